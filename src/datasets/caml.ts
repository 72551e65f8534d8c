import type { AcceptedNote } from './accepted-note.ts';

/**
 * Notes as CAML's `train_full.csv` (Mullenbach et al. 2018): SUBJECT_ID, HADM_ID, TEXT, LABELS, length.
 *
 * As CAML's notebooks do, text is cut into Python's `\w+`, tokens of digits only are dropped, and the rest is lower-cased; LABELS are
 * dotted codes joined by `;`.
 * The ids are negative, so that they meet no admission of MIMIC. CAML's batches want rows by length: sort the joined file.
 */
export async function* camlRows(notes: AsyncIterable<AcceptedNote>): AsyncGenerator<string> {
  yield 'SUBJECT_ID,HADM_ID,TEXT,LABELS,length\n';
  let row = 0;
  for await (const note of notes) {
    row += 1;
    const words = (note.text.match(/[\p{L}\p{N}_]+/gu) ?? []).filter((word) => !/^\p{N}+$/u.test(word));
    const tokens = words.map((word) => word.toLowerCase());
    const labels = [...new Set(note.codeSet.codes.map((code) => code.code))].join(';');
    yield `${-row},${-row},${tokens.join(' ')},${labels},${tokens.length}\n`;
  }
}
