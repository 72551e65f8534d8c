import type { CorpusWriter, Embedder, IndexedChunk, VectorIndex } from '../activities/ports.ts';
import { codeKey } from '../domain/icd.ts';
import { createPace, type Progress } from './progress.ts';

/** Notes embedded and flushed at once: what an interruption can cost. */
const NOTES_PER_ROUND = 32;

interface EmbedRequest {
  readonly corpus: { readonly id: string };
  readonly ledger: CorpusWriter;
  readonly index: VectorIndex;
  readonly embedder: Embedder;
  readonly onProgress?: (progress: Progress) => void;
  readonly signal?: AbortSignal;
}

/**
 * Embeds the training notes that the index lacks and puts their chunks into it; a changed note's old chunks are replaced. An
 * index found empty is filled again, whatever the ledger believes it to hold.
 *
 * @param known `expected` notes to embed, for the progress; `indexedIds` that the ledger believes to be in the index
 * @returns how many notes were embedded
 */
export async function embedNotes(
  { corpus, ledger, index, embedder, onProgress, signal }: EmbedRequest,
  known: { readonly expected: number; readonly indexedIds: readonly string[] },
): Promise<number> {
  await index.ensure(embedder.dimension);
  let expected = known.expected;
  if (known.indexedIds.length > 0 && (await index.count()) === 0) {
    await ledger.markRemoved(corpus.id, known.indexedIds);
    expected += known.indexedIds.length;
  }
  const pace = createPace('embed', 'notes', onProgress);
  let done = 0;
  for (;;) {
    signal?.throwIfAborted();
    const notes = await ledger.notesToIndex(corpus.id, embedder.model, NOTES_PER_ROUND);
    if (notes.length === 0) break;
    const pieces = notes.flatMap((note) => embedder.chunk(note.text).map((text, chunk) => ({ note, chunk, text })));
    const vectors = await embedder.embed(pieces.map(({ text }) => text));
    const chunks = pieces.map(({ note, chunk }, place): IndexedChunk => ({
      noteId: note.id,
      chunk,
      vector: vectors[place]!,
      codes: note.codes.map(codeKey),
    }));
    await index.upsert(chunks);
    await ledger.markIndexed(
      corpus.id,
      notes.map(({ id, hash }) => ({ id, hash, model: embedder.model })),
    );
    done += notes.length;
    pace.tell(done, Math.max(expected, done));
  }
  if (done > 0) pace.finish(done);
  return done;
}
