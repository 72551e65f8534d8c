import type { AcceptedNote } from './accepted-note.ts';

/**
 * Notes as CAML's `train_full.csv` (Mullenbach et al. 2018): SUBJECT_ID, HADM_ID, TEXT, LABELS, length.
 *
 * Text is lower-cased and tokens without a letter are dropped, as CAML's notebooks do; LABELS are dotted codes joined by `;`.
 * The ids are negative, so that they meet no admission of MIMIC. CAML's batches want rows by length: sort the joined file.
 */
export async function* camlRows(notes: AsyncIterable<AcceptedNote>): AsyncGenerator<string> {
  yield 'SUBJECT_ID,HADM_ID,TEXT,LABELS,length\n';
  let row = 0;
  for await (const note of notes) {
    row += 1;
    const tokens = (note.text.toLowerCase().match(/\w+/gu) ?? []).filter((token) => /\p{Letter}/u.test(token));
    const labels = [...new Set(note.codeSet.codes.map((code) => code.code))].join(';');
    yield `${-row},${-row},${tokens.join(' ')},${labels},${tokens.length}\n`;
  }
}
