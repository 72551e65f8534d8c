import type { IndexedChunk, VectorIndex } from '../../src/activities/ports.ts';

/** A vector index in memory, exact, for tests of what stands above the port. */
export function createMemoryIndex(): VectorIndex {
  const notes = new Map<string, IndexedChunk[]>();
  let dimension = 0;

  function check(vector: Float32Array): void {
    if (vector.length !== dimension) throw new Error(`the index has dimension ${dimension}, not ${vector.length}`);
    if (!vector.every(Number.isFinite)) throw new Error('a vector must be finite');
  }

  return {
    async ensure(wanted) {
      if (dimension !== 0 && dimension !== wanted)
        throw new Error(`the index has dimension ${dimension}, not ${wanted}`);
      dimension = wanted;
    },
    async upsert(chunks) {
      for (const chunk of chunks) check(chunk.vector);
      for (const [noteId, replaced] of Map.groupBy(chunks, (chunk) => chunk.noteId)) notes.set(noteId, replaced);
    },
    async remove(noteIds) {
      for (const noteId of noteIds) notes.delete(noteId);
    },
    async nearest(vector, { limit, anyCode, exclude = [] }) {
      check(vector);
      return [...notes]
        .filter(([noteId]) => !exclude.includes(noteId))
        .map(([noteId, chunks]) => ({
          noteId,
          score: Math.max(
            ...chunks
              .filter((chunk) => anyCode === undefined || anyCode.some((code) => chunk.codes.includes(code)))
              .map((chunk) => cosine(vector, chunk.vector)),
          ),
        }))
        .filter(({ score }) => score > -Infinity)
        .sort((a, b) => b.score - a.score)
        .slice(0, Math.max(0, limit));
    },
    async count() {
      return [...notes.values()].reduce((sum, chunks) => sum + chunks.length, 0);
    },
  };
}

/** Cosine of the angle between two vectors of the same length. */
export function cosine(a: Float32Array, b: Float32Array): number {
  const dot = (x: Float32Array, y: Float32Array) => x.reduce((sum, value, at) => sum + value * (y[at] ?? 0), 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}
