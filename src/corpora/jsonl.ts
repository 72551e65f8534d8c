import type { SourceNote } from '../activities/ports.ts';
import type { CodeSystem, CodeType } from '../domain/icd.ts';
import { nearest } from '../domain/nearest.ts';
import {
  LineProblem,
  parseJsonObject,
  readAge,
  readCodes,
  readId,
  readSex,
  readSplit,
  readText,
} from './corpus-note.ts';

const FIELDS = ['id', 'text', 'codes', 'subject', 'split', 'sex', 'age', 'meta'];

/**
 * One line of Zebra's native corpus form: `{"id","text","codes":[{"type":"dx","code":"E75.21"}],"subject"?,"split"?,"sex"?,"age"?,"meta"?}`.
 * A bare string code is a diagnosis; the first code is the principal one; a note without a split is a training note.
 *
 * @throws LineProblem that does not quote the line
 */
export function parseNativeNote(
  line: string,
  system: CodeSystem,
): { readonly note: SourceNote; readonly meta: unknown } {
  const fields = parseJsonObject(line);
  for (const name of Object.keys(fields)) {
    if (FIELDS.includes(name)) continue;
    const [meant] = nearest(name, FIELDS, 1, 1);
    if (meant !== undefined) throw new LineProblem(`a field's name is almost, but not quite, ${meant}`);
  }
  const id = readId(fields['id'], 'id');
  const text = readText(fields['text'], 'text');
  if (!Array.isArray(fields['codes'])) throw new LineProblem('codes is missing: expected a list of codes');
  const codes = fields['codes'].map((entry: unknown, index) => readEntry(entry, `codes[${index}]`));
  return {
    note: {
      id,
      text,
      codes: readCodes(codes, system),
      subject:
        fields['subject'] === null || fields['subject'] === undefined ? null : readId(fields['subject'], 'subject'),
      split: fields['split'] === null || fields['split'] === undefined ? 'train' : readSplit(fields['split']),
      sex: readSex(fields['sex']),
      age: readAge(fields['age']),
    },
    meta: fields['meta'] ?? null,
  };
}

function readEntry(entry: unknown, field: string): { type: CodeType; raw: unknown; field: string } {
  if (typeof entry !== 'object' || entry === null) return { type: 'dx', raw: entry, field };
  const { type = 'dx', code } = entry as { type?: unknown; code?: unknown };
  if (type !== 'dx' && type !== 'px') throw new LineProblem(`${field}.type: expected dx or px`);
  return { type, raw: code, field: `${field}.code` };
}
