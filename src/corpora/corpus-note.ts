import type { SourceNote } from '../activities/ports.ts';
import { type Code, type CodeSystem, type CodeType, codeKey, normaliseCode } from '../domain/icd.ts';

/** What a reader makes of one line of a corpus. A problem never quotes the line: it may be patient text. */
export type CorpusLine =
  | { readonly line: number; readonly note: SourceNote; readonly meta?: unknown }
  | { readonly line: number; readonly problem: string };

/** Thrown inside a reader when a line is no note; its message is the problem. */
export class LineProblem extends Error {}

export function parseJsonObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new LineProblem('not valid JSON; each line must be one whole JSON object');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new LineProblem('not a JSON object');
  return value as Record<string, unknown>;
}

/** An id: text without control characters, of at most 200 characters, or a whole number. */
export function readId(value: unknown, field: string): string {
  const id = Number.isSafeInteger(value) ? String(value) : value;
  if (typeof id !== 'string' || id.trim() === '')
    throw new LineProblem(`${field} is missing: expected text or a whole number`);
  // oxlint-disable-next-line no-control-regex
  if (id.length > 200 || /[\u0000-\u001f\u007f]/.test(id)) {
    throw new LineProblem(`${field} must have at most 200 characters, no control characters among them`);
  }
  return id;
}

export function readText(value: unknown, field: string): string {
  if (typeof value !== 'string') throw new LineProblem(`${field} is missing: expected the note's text`);
  if (value.trim() === '') throw new LineProblem(`${field} is empty`);
  return value;
}

const SPLITS: Readonly<Record<string, SourceNote['split']>> = {
  train: 'train',
  training: 'train',
  dev: 'validation',
  val: 'validation',
  valid: 'validation',
  validation: 'validation',
  test: 'test',
};

export function readSplit(value: unknown, field = 'split'): SourceNote['split'] {
  const split =
    typeof value === 'string' && Object.hasOwn(SPLITS, value.toLowerCase()) ? SPLITS[value.toLowerCase()] : undefined;
  if (split === undefined) throw new LineProblem(`${field}: expected train, validation or test`);
  return split;
}

export function readSex(value: unknown): SourceNote['sex'] {
  if (value === null || value === undefined) return null;
  const sex = typeof value === 'string' ? value.toLowerCase() : '';
  if (sex === 'f' || sex === 'female') return 'F';
  if (sex === 'm' || sex === 'male') return 'M';
  throw new LineProblem('sex: expected F or M, or null where it is not known');
}

/** Age in whole years; 0 for a newborn. */
export function readAge(value: unknown): number | null {
  if (value === null || value === undefined) return null;
  if (typeof value !== 'number' || !(value >= 0 && value <= 130)) {
    throw new LineProblem('age: expected years from 0 to 130, or null where it is not known');
  }
  return Math.floor(value);
}

/** Codes in the order of the note, each once. Well-formed codes that no table holds are kept. */
export function readCodes(
  values: readonly { readonly type: CodeType; readonly raw: unknown; readonly field: string }[],
  system: CodeSystem,
): Code[] {
  const codes = new Map<string, Code>();
  for (const { type, raw, field } of values) {
    if (typeof raw !== 'string') throw new LineProblem(`${field}: expected a code as text`);
    const result = normaliseCode(system, type, raw);
    if ('malformed' in result) throw new LineProblem(`${field} is malformed: ${result.malformed}`);
    const key = codeKey(result.code);
    if (!codes.has(key)) codes.set(key, result.code);
  }
  return [...codes.values()];
}
