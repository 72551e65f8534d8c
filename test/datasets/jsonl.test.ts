import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { AcceptedNote } from '../../src/datasets/accepted-note.ts';
import { jsonlRows } from '../../src/datasets/jsonl.ts';
import { acceptedNote, streamOf } from '../support/accepted-notes.ts';
import { accepted, codeSetOf, dx } from '../support/ledger-fixture.ts';

const options = { campaign: 'pilot', writer: 'scaffold', nameOf: (id: string) => `src-${id.length}` } as const;

async function rowsOf(...notes: readonly AcceptedNote[]): Promise<Record<string, any>[]> {
  const lines = await Array.fromAsync(jsonlRows(streamOf(...notes), options));
  expect(lines.every((line) => line.endsWith('\n') && line.indexOf('\n') === line.length - 1)).toBe(true);
  return lines.map((line) => JSON.parse(line) as Record<string, any>);
}

test('a row has the keys and values of schema version 1', async () => {
  const codeSet = codeSetOf('E75.21', 1, { strategy: 'substitute', rung: 'sibling', sibling: dx('E75.22') });
  expect(await rowsOf(acceptedNote({ codeSet }))).toEqual([
    {
      schemaVersion: 1,
      id: 'pilot/icd10cm/dx/E75.21/1',
      campaign: 'pilot',
      target: { system: 'icd10cm', type: 'dx', code: 'E75.21' },
      tier: 'few-shot',
      split: 'train',
      codes: [dx('E75.21'), dx('I10')],
      text: 'Fabry disease, fiction.',
      evidence: [{ ...dx('E75.21'), start: 0, end: 5, text: 'Fabry', mode: 'title' }],
      provenance: {
        writer: 'scaffold',
        model: 'fiction-1',
        strategy: 'substitute',
        rung: 'sibling',
        anchor: 'src-2',
        sibling: dx('E75.22'),
        promptHash: 'f00d',
        attempt: 2,
        replyId: 'pilot/icd10cm/dx/E75.21/1/r0/a2/c1',
        review: null,
      },
    },
  ]);
});

test('offsets count code points: the evidence text is what Python slices, whatever stands before it', async () => {
  const character = fc.oneof(
    fc.constantFrom('a', '\n', 'é', '🩺', '𝛼', '👩‍⚕️', '\u{10FFFF}'),
    fc.string({ maxLength: 3 }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(character), fc.array(character), async (before, after) => {
      const text = `${before.join('')}Fabry 🧬 disease${after.join('')}`;
      const start = Array.from(before.join('')).length;
      const evidence = [{ code: dx('E75.21'), start, end: start + 15, mode: 'title' as const }];
      const [row] = await rowsOf(acceptedNote({ text, verdict: { ...accepted, evidence } }));
      expect(row!['evidence'][0]).toMatchObject({ start, end: start + 15, text: 'Fabry 🧬 disease' });
      expect(pythonSlice(row!['text'], start, start + 15)).toBe('Fabry 🧬 disease');
    }),
  );
});

/** `text[start:end]` of Python, by the text's UTF-32. */
function pythonSlice(text: string, start: number, end: number): string {
  const points: number[] = [];
  for (let at = 0; at < text.length; at += text.codePointAt(at)! > 0xffff ? 2 : 1) points.push(text.codePointAt(at)!);
  return String.fromCodePoint(...points.slice(start, end));
}

test('the anchor is named as the caller says, and the example notes not at all', async () => {
  const codeSet = codeSetOf('E75.21', 1, { anchor: 'real-admission-77', examples: ['real-admission-88'] });
  const line = JSON.stringify(await rowsOf(acceptedNote({ codeSet })));
  expect(line).not.toContain('real-admission');
  expect(line).toContain('"anchor":"src-17"');
});

test('no note gives no row', async () => {
  expect(await rowsOf()).toEqual([]);
});
