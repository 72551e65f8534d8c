import type { WriterKind } from '../domain/revision.ts';
import { sliceCodePoints } from '../domain/tokens.ts';
import type { AcceptedNote } from './accepted-note.ts';

export interface JsonlOptions {
  readonly campaign: string;
  readonly writer: WriterKind;
  /** Names the anchor: its pseudonym, or its own id. */
  readonly nameOf: (sourceId: string) => string;
}

/** Notes as `notes.jsonl`: one accepted note a line, offsets in Unicode code points. */
export async function* jsonlRows(
  notes: AsyncIterable<AcceptedNote>,
  { campaign, writer, nameOf }: JsonlOptions,
): AsyncGenerator<string> {
  for await (const note of notes) {
    const { codeSet } = note;
    const row = {
      schemaVersion: 1,
      id: note.id,
      campaign,
      target: note.target,
      tier: note.tier,
      split: 'train',
      codes: codeSet.codes,
      text: note.text,
      evidence: note.verdict.evidence.map(({ code, start, end, mode }) => ({
        ...code,
        start,
        end,
        text: sliceCodePoints(note.text, start, end),
        mode,
      })),
      provenance: {
        writer,
        model: note.model,
        strategy: codeSet.strategy,
        rung: codeSet.rung,
        anchor: nameOf(codeSet.anchor),
        sibling: codeSet.sibling,
        promptHash: note.promptHash,
        attempt: note.attempt,
        replyId: note.replyId,
        review: null,
      },
    };
    yield `${JSON.stringify(row)}\n`;
  }
}
