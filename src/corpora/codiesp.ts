import type { SourceNote } from '../activities/ports.ts';
import { parseJsonObject, LineProblem, readCodes, readId, readSplit, readText } from './corpus-note.ts';

/**
 * One line of CodiEsp as JSONL (doi:10.5281/zenodo.3837305): `id`, `split`, `text_en` (the machine translation that is used
 * here), `dx` (ICD-10-CM) and `px` (ICD-10-PCS, often cut short). The cases are anonymous reports without sex or age fields.
 *
 * @throws LineProblem that does not quote the line
 */
export function parseCodiespNote(line: string): { readonly note: SourceNote; readonly meta: unknown } {
  const fields = parseJsonObject(line);
  const id = readId(fields['id'], 'id');
  const codes = (['dx', 'px'] as const).flatMap((type) => {
    const list = fields[type];
    if (!Array.isArray(list)) throw new LineProblem(`${type} is missing: expected a list of codes`);
    return list.map((raw: unknown, index) => ({ type, raw, field: `${type}[${index}]` }));
  });
  return {
    note: {
      id,
      text: readText(fields['text_en'], 'text_en'),
      codes: readCodes(codes, 'icd10cm'),
      subject: null,
      split: readSplit(fields['split']),
      sex: null,
      age: null,
    },
    meta: null,
  };
}
