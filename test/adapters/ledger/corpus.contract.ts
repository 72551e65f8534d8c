import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UnknownRecord } from '../../../src/adapters/ledger.ts';
import { corpus, dx, type LedgerOpener, type LedgerUnderTest, sourceNote } from '../../support/ledger-fixture.ts';

/** What the corpus half of any ledger must do. */
export function describeCorpus(name: string, open: LedgerOpener): void {
  describe(`the corpus in ${name}`, () => {
    let test: LedgerUnderTest;
    beforeEach(async () => {
      test = await open();
      await test.ledger.putCorpus(corpus);
    });
    afterEach(() => test.remove());

    it('gives back a note as it came, with its codes in their order', async () => {
      const { ledger } = test;
      const note = sourceNote('s1', {
        codes: [dx('I10'), dx('E75.21'), dx('I10')],
        sex: null,
        age: null,
        subject: null,
      });
      await ledger.putSourceNotes('fiction', [note]);
      const { id, text, codes, subject, split, sex, age } = note;
      expect(await ledger.sourceNotes('fiction', ['s1'])).toEqual([{ id, text, codes, subject, split, sex, age }]);
    });

    it('gives notes in the order asked for, and names the id that it does not hold', async () => {
      const { ledger } = test;
      await ledger.putSourceNotes(
        'fiction',
        ['a', 'b', 'c'].map((id) => sourceNote(id)),
      );
      const notes = await ledger.sourceNotes('fiction', ['c', 'a', 'c']);
      expect(notes.map(({ id }) => id)).toEqual(['c', 'a', 'c']);
      await expect(ledger.sourceNotes('fiction', ['a', 'zz'])).rejects.toThrow(UnknownRecord);
      await expect(ledger.sourceNotes('fiction', ['a', 'zz'])).rejects.toThrow('zz');
    });

    it('never gives a validation or test note to whoever asks for source notes', async () => {
      const { ledger } = test;
      await ledger.putSourceNotes('fiction', [
        sourceNote('v', { split: 'validation' }),
        sourceNote('t', { split: 'test' }),
      ]);
      await expect(ledger.sourceNotes('fiction', ['v'])).rejects.toThrow(UnknownRecord);
      await expect(ledger.sourceNotes('fiction', ['t'])).rejects.toThrow(UnknownRecord);
      expect(await ledger.notesWithCode('fiction', dx('I10'), 10)).toEqual([]);
      expect(await ledger.trainingCounts('fiction')).toEqual(new Map());
      expect(await ledger.wordCounts('fiction')).toEqual([]);
      expect(await ledger.notesToIndex('fiction', 'minilm', 10)).toEqual([]);
    });

    it('counts a training note once for a code that it lists twice', async () => {
      const { ledger } = test;
      await ledger.putSourceNotes('fiction', [
        sourceNote('a', { codes: [dx('I10'), dx('I10')] }),
        sourceNote('b', { codes: [dx('I10'), dx('E75.21')] }),
        sourceNote('c', { codes: [{ system: 'icd10cm', type: 'px', code: 'I10' }], split: 'train' }),
      ]);
      expect(await ledger.trainingCounts('fiction', [dx('I10'), dx('Z99.9')])).toEqual(
        new Map([['icd10cm/dx/I10', 2]]),
      );
      expect(await ledger.trainingCounts('fiction')).toEqual(
        new Map([
          ['icd10cm/dx/E75.21', 1],
          ['icd10cm/dx/I10', 2],
          ['icd10cm/px/I10', 1],
        ]),
      );
      expect(await ledger.notesWithCode('fiction', dx('I10'), 10)).toEqual(['a', 'b']);
      expect(await ledger.notesWithCode('fiction', dx('I10'), 1)).toEqual(['a']);
    });

    it('changes nothing when the same notes come again', async () => {
      const { ledger } = test;
      const notes = [sourceNote('a'), sourceNote('b')];
      expect(await ledger.putSourceNotes('fiction', notes)).toEqual({ added: 2, changed: 0, same: 0 });
      await ledger.markIndexed(
        'fiction',
        notes.map(({ id, hash }) => ({ id, hash, model: 'minilm' })),
      );
      const before = await ledger.corpusSummary('fiction');
      expect(await ledger.putSourceNotes('fiction', notes)).toEqual({ added: 0, changed: 0, same: 2 });
      expect(await ledger.corpusSummary('fiction')).toEqual(before);
      expect(await ledger.notesToIndex('fiction', 'minilm', 10)).toEqual([]);
    });

    it('asks for a changed note to be indexed again, and for all notes when the model changes', async () => {
      const { ledger } = test;
      const [a, b] = [sourceNote('a', { ordinal: 0 }), sourceNote('b', { ordinal: 1 })];
      await ledger.putSourceNotes('fiction', [a, b]);
      await ledger.markIndexed(
        'fiction',
        [a, b].map(({ id, hash }) => ({ id, hash, model: 'minilm' })),
      );
      const changed = sourceNote('a', { text: 'Another fictional text.', ordinal: 0 });
      expect(await ledger.putSourceNotes('fiction', [changed, b])).toEqual({ added: 0, changed: 1, same: 1 });
      expect(await ledger.noteStates('fiction', ['a', 'b', 'zz'])).toEqual(
        new Map([
          ['a', { hash: changed.hash, indexedHash: null }],
          ['b', { hash: b.hash, indexedHash: b.hash }],
        ]),
      );
      const open = await ledger.notesToIndex('fiction', 'minilm', 10);
      expect(open.map(({ id, text, hash }) => [id, text, hash])).toEqual([['a', changed.text, changed.hash]]);
      await ledger.markIndexed('fiction', [{ id: 'a', hash: changed.hash, model: 'minilm' }]);
      expect((await ledger.notesToIndex('fiction', 'other', 10)).map(({ id }) => id)).toEqual(['a', 'b']);
    });

    it('leaves a note to be indexed that changed while its old version was embedded', async () => {
      const { ledger } = test;
      const old = sourceNote('a');
      await ledger.putSourceNotes('fiction', [old]);
      await ledger.putSourceNotes('fiction', [sourceNote('a', { text: 'Changed meanwhile.' })]);
      await ledger.markIndexed('fiction', [{ id: 'a', hash: old.hash, model: 'minilm' }]);
      expect((await ledger.notesToIndex('fiction', 'minilm', 10)).map(({ id }) => id)).toEqual(['a']);
    });

    it('lists a note that left the training split for removal from the index, even if nobody said that it was indexed', async () => {
      const { ledger } = test;
      const [said, unsaid] = [sourceNote('said'), sourceNote('unsaid')];
      await ledger.putSourceNotes('fiction', [said, unsaid, sourceNote('never', { split: 'test' })]);
      await ledger.markIndexed('fiction', [{ id: 'said', hash: said.hash, model: 'minilm' }]);
      await ledger.putSourceNotes('fiction', [
        sourceNote('said', { split: 'test' }),
        sourceNote('unsaid', { split: 'validation' }),
      ]);
      expect(await ledger.indexedNonTraining('fiction')).toEqual(['said', 'unsaid']);
      await ledger.markRemoved('fiction', ['said', 'unsaid']);
      expect(await ledger.indexedNonTraining('fiction')).toEqual([]);
    });

    it('sums a corpus up, with the codes that no table describes', async () => {
      const { ledger } = test;
      await ledger.putSourceNotes('fiction', [
        sourceNote('a', { codes: [dx('I10'), dx('Q00.99')], unknownCodes: [dx('Q00.99')], text: 'one two three' }),
        sourceNote('b', { codes: [dx('Q00.99')], unknownCodes: [dx('Q00.99')], split: 'test' }),
        sourceNote('c', { codes: [dx('E75.21')], text: 'one  two\n' }),
      ]);
      const summary = await ledger.corpusSummary('fiction');
      expect(summary).toMatchObject({ ...corpus, notes: 3, training: 2, validation: 0, test: 1, codes: 3 });
      expect(summary.unknownCodes).toEqual([{ code: dx('Q00.99'), count: 2 }]);
      expect(await ledger.wordCounts('fiction')).toEqual([2, 3]);
    });

    it('has a hash that follows the notes, not the order in which they came', async () => {
      const { ledger } = test;
      await ledger.putCorpus({ ...corpus, id: 'other' });
      await ledger.putSourceNotes('fiction', [sourceNote('a'), sourceNote('b')]);
      await ledger.putSourceNotes('other', [sourceNote('b')]);
      const hashOf = async (id: string) => (await ledger.corpusSummary(id)).hash;
      expect(await hashOf('other')).not.toBe(await hashOf('fiction'));
      await ledger.putSourceNotes('other', [sourceNote('a')]);
      expect(await hashOf('other')).toBe(await hashOf('fiction'));
      await ledger.putSourceNotes('other', [sourceNote('a', { text: 'changed' })]);
      expect(await hashOf('other')).not.toBe(await hashOf('fiction'));
    });

    it('says which corpus it does not know', async () => {
      await expect(test.ledger.corpusSummary('nowhere')).rejects.toThrow('the ledger has no corpus nowhere');
    });
  });
}
