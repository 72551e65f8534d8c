import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import type { IndexedChunk, VectorIndex } from '../../src/activities/ports.ts';
import { cosine } from '../support/memory-vector-index.ts';

const dimension = 4;
const gaucher = 'icd10cm/dx/E75.22';
const fabry = 'icd10cm/dx/E75.21';
const hypertension = 'icd10cm/dx/I10';

const east = Float32Array.of(1, 0, 0, 0);
const north = Float32Array.of(0, 1, 0, 0);
const between = Float32Array.of(1, 1, 0, 0);

function chunk(noteId: string, number: number, vector: Float32Array, codes: readonly string[] = []): IndexedChunk {
  return { noteId, chunk: number, vector, codes };
}

/** What every vector index must do. `open` gives a new, empty one that `ensure` was not called on. */
export function vectorIndexContract(open: () => Promise<VectorIndex>): void {
  let index: VectorIndex;

  beforeEach(async () => {
    index = await open();
    await index.ensure(dimension);
  });

  test('is empty at first, and stays as it is when ensured again', async () => {
    expect(await index.count()).toBe(0);
    await index.upsert([chunk('a', 0, east)]);
    await index.ensure(dimension);
    expect(await index.count()).toBe(1);
  });

  test('refuses another dimension than the one it was made with', async () => {
    await expect(index.ensure(dimension + 1)).rejects.toThrow(/dimension/);
  });

  test('ranks notes by the best of their chunks, each note once', async () => {
    await index.upsert([
      chunk('a', 0, north),
      chunk('a', 1, east),
      chunk('b', 0, between),
      chunk('c', 0, north),
      chunk('c', 1, north),
    ]);
    const found = await index.nearest(east, { limit: 10 });
    expect(found.map((match) => match.noteId)).toEqual(['a', 'b', 'c']);
    expect(found[0]?.score).toBeCloseTo(1, 4);
    expect(found[1]?.score).toBeCloseTo(Math.SQRT1_2, 4);
    expect(found[2]?.score).toBeCloseTo(0, 4);
  });

  test('finds enough notes although the chunks of one note come first', async () => {
    const crowd = Array.from({ length: 60 }, (_, number) => chunk('long', number, east));
    await index.upsert([...crowd, chunk('second', 0, between), chunk('third', 0, north)]);
    const found = await index.nearest(east, { limit: 2 });
    expect(found.map((match) => match.noteId)).toEqual(['long', 'second']);
  });

  test('gives only notes that carry any of the codes asked for', async () => {
    await index.upsert([
      chunk('a', 0, east, [fabry, hypertension]),
      chunk('b', 0, between, [gaucher]),
      chunk('c', 0, north, [hypertension]),
    ]);
    const named = async (anyCode: string[]) =>
      (await index.nearest(east, { limit: 10, anyCode })).map((match) => match.noteId);
    expect(await named([gaucher])).toEqual(['b']);
    expect(await named([gaucher, hypertension])).toEqual(['a', 'b', 'c']);
    expect(await named(['icd10cm/dx/Z99.9'])).toEqual([]);
    expect(await named([])).toEqual([]);
  });

  test('never gives an excluded note', async () => {
    await index.upsert([chunk('a', 0, east, [fabry]), chunk('b', 0, between, [fabry])]);
    const found = await index.nearest(east, { limit: 10, anyCode: [fabry], exclude: ['a', 'unknown'] });
    expect(found.map((match) => match.noteId)).toEqual(['b']);
  });

  test('keeps to the limit, and gives nothing for a limit of nought', async () => {
    await index.upsert([chunk('a', 0, east), chunk('b', 0, between), chunk('c', 0, north)]);
    expect(await index.nearest(east, { limit: 2 })).toHaveLength(2);
    expect(await index.nearest(east, { limit: 0 })).toEqual([]);
  });

  test('replaces all chunks of a note, its codes too, also when the new note is shorter', async () => {
    await index.upsert([chunk('a', 0, east, [fabry]), chunk('a', 1, north, [fabry]), chunk('b', 0, north, [fabry])]);
    await index.upsert([chunk('a', 0, between, [gaucher])]);
    expect(await index.count()).toBe(2);
    const found = await index.nearest(east, { limit: 10, anyCode: [fabry] });
    expect(found.map((match) => match.noteId)).toEqual(['b']);
  });

  test('takes the same chunks twice as once', async () => {
    const chunks = [chunk('a', 0, east), chunk('b', 0, north), chunk('b', 1, between)];
    await index.upsert(chunks);
    await index.upsert(chunks);
    expect(await index.count()).toBe(3);
  });

  test('removes the notes named, and takes unknown names for removed', async () => {
    await index.upsert([chunk('a', 0, east), chunk('a', 1, north), chunk('b', 0, north)]);
    await index.remove(['a', 'unknown']);
    await index.remove([]);
    expect(await index.count()).toBe(1);
    expect((await index.nearest(east, { limit: 5 })).map((match) => match.noteId)).toEqual(['b']);
  });

  test('takes more chunks than fit one request', async () => {
    const many = Array.from({ length: 700 }, (_, at) => chunk(`n${Math.floor(at / 3)}`, at % 3, between));
    await index.upsert(many);
    expect(await index.count()).toBe(700);
    expect(await index.nearest(east, { limit: 200 })).toHaveLength(200);
  });

  test('takes note ids as they come', async () => {
    const ids = ['Ärztebrief 7', "o'neil", 'a/b?c=d&e', '🦓', '{"x":1}', '0'];
    await index.upsert(ids.map((id) => chunk(id, 0, east)));
    const found = await index.nearest(east, { limit: 10 });
    expect(found.map((match) => match.noteId).sort()).toEqual([...ids].sort());
    await index.remove(ids);
    expect(await index.count()).toBe(0);
  });

  test('refuses a batch with a vector of another dimension, and keeps nothing of it', async () => {
    const batch = [chunk('a', 0, east), chunk('b', 0, Float32Array.of(1, 2, 3)), chunk('c', 0, north)];
    await expect(index.upsert(batch)).rejects.toThrow(/dimension/);
    expect(await index.count()).toBe(0);
  });

  test('refuses a query of another dimension', async () => {
    await expect(index.nearest(Float32Array.of(1, 2), { limit: 1 })).rejects.toThrow(/dimension/);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'refuses a vector that holds %s, and keeps nothing of its batch',
    async (value) => {
      await expect(index.upsert([chunk('a', 0, east), chunk('b', 0, Float32Array.of(value, 0, 0, 1))])).rejects.toThrow(
        /finite|refused a request \(HTTP 400\)/,
      );
      expect(await index.count()).toBe(0);
    },
  );

  test('scores every note with the cosine of its nearest chunk', async () => {
    const vector = fc
      .tuple(...Array.from({ length: dimension }, () => fc.integer({ min: -100, max: 100 })))
      .filter((numbers) => numbers.some((number) => number !== 0))
      .map((numbers) => Float32Array.from(numbers));
    const notes = fc.array(fc.array(vector, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(notes, vector, async (vectors, query) => {
        await index.remove(Array.from({ length: 6 }, (_, at) => `n${at}`));
        await index.upsert(vectors.flatMap((list, at) => list.map((one, number) => chunk(`n${at}`, number, one))));
        const found = await index.nearest(query, { limit: 6 });
        const scores = new Map(found.map((match) => [match.noteId, match.score]));
        expect(scores.size).toBe(vectors.length);
        for (const [at, list] of vectors.entries()) {
          expect(scores.get(`n${at}`)).toBeCloseTo(Math.max(...list.map((one) => cosine(query, one))), 4);
        }
        const order = found.map((match) => match.score);
        expect(order).toEqual([...order].sort((a, b) => b - a));
      }),
      { numRuns: 25 },
    );
  });
}
