export type CodeSystem = 'icd9cm' | 'icd10cm';
export type CodeType = 'dx' | 'px';

/** A code of one classification, in its canonical spelling: upper case, dotted (ICD-10-PCS has no dot). */
export interface Code {
  readonly system: CodeSystem;
  readonly type: CodeType;
  readonly code: string;
}

/**
 * `system/type/code`, as `icd10cm/dx/E75.21`. The type is part of the key: without it, and without dots, 533 labels of MIMIC-III
 * collide (4019 is the diagnosis 401.9 and the procedure 40.19).
 */
export type CodeKey = string;

interface CodeForm {
  /** Characters before the dot, of the undotted code. */
  readonly stem: (undotted: string) => number;
  /** The canonical spelling. */
  readonly pattern: RegExp;
  readonly description: string;
}

const FORMS: Record<CodeSystem, Record<CodeType, CodeForm>> = {
  icd10cm: {
    dx: {
      stem: () => 3,
      pattern: /^[A-Z](?:\d[0-9A-Z]|[A-Z]\d)(?:\.[0-9A-Z]{1,4})?$/,
      description:
        'an ICD-10-CM diagnosis is a letter and two more letters or digits, one of them a digit, then up to four after the dot, as E75.21',
    },
    px: {
      stem: (undotted) => undotted.length,
      pattern: /^[0-9A-HJ-NP-Z]{3,7}$/,
      description:
        'an ICD-10-PCS procedure is seven letters or digits (never I or O) without a dot, or at least the first three, as 0TJB8ZZ',
    },
  },
  icd9cm: {
    dx: {
      stem: (undotted) => (undotted.startsWith('E') ? 4 : 3),
      pattern: /^(?:(?:\d{3}|V\d{2})(?:\.\d{1,2})?|E\d{3}(?:\.\d)?)$/,
      description:
        'an ICD-9-CM diagnosis is three digits, V and two, or E and three, then up to two digits after the dot (E codes: one), as 401.9',
    },
    px: {
      stem: () => 2,
      pattern: /^\d{2}(?:\.\d{1,2})?$/,
      description: 'an ICD-9-CM procedure is two digits, then up to two more after the dot, as 40.19',
    },
  },
};

/**
 * Brings a code as people and data sets write it into its canonical spelling: upper case, no white space, the dot in its place, no
 * trailing dot. Placeholders stay (`s02.5xx` is `S02.5XX`). ICD-10-PCS codes cut short to their first three to six characters, as
 * some corpora label them, are well-formed.
 *
 * @returns the code, or why the text is not one; the reason does not quote the text, which may hold anything
 */
export function normaliseCode(system: CodeSystem, type: CodeType, raw: string): { code: Code } | { malformed: string } {
  const { stem, pattern, description } = FORMS[system][type];
  const written = raw.replace(/\s+/g, '').replace(/\.+$/, '').toUpperCase();
  const undotted = written.replaceAll('.', '');
  const length = stem(undotted);
  const code = undotted.length > length ? `${undotted.slice(0, length)}.${undotted.slice(length)}` : undotted;
  if (undotted === '') return { malformed: 'the code is empty' };
  if (written.includes('.') && written !== code) return { malformed: `the dot is out of place: ${description}` };
  return pattern.test(code) ? { code: { system, type, code } } : { malformed: description };
}

export function codeKey({ system, type, code }: Code): CodeKey {
  return `${system}/${type}/${code}`;
}

/**
 * The inverse of {@link codeKey}.
 *
 * @throws Error when the text is not the key of a canonically spelt code
 */
export function parseCodeKey(key: CodeKey): Code {
  const match = /^(icd9cm|icd10cm)\/(dx|px)\/([0-9A-Z.]+)$/.exec(key);
  if (match !== null) {
    const [system, type, text] = match.slice(1) as [CodeSystem, CodeType, string];
    const result = normaliseCode(system, type, text);
    if ('code' in result && result.code.code === text) return result.code;
  }
  throw new Error('not a code key: expected system/type/code, as icd10cm/dx/E75.21');
}

/** Orders by system, type and code, by code unit: the same on every machine, whatever its locale. */
export function compareCodes(a: Code, b: Code): number {
  const [left, right] = [codeKey(a), codeKey(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}
