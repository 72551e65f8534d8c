/** What a piece of text identifies; each becomes a placeholder of that name, as `[name]`. */
export type Identifier =
  | 'name'
  | 'date'
  | 'phone'
  | 'email'
  | 'url'
  | 'ip'
  | 'ssn'
  | 'id-number'
  | 'age'
  | 'address'
  | 'zip'
  | 'residue';

export interface Deidentified {
  readonly text: string;
  /** How many of each kind were replaced. */
  readonly replaced: Readonly<Partial<Record<Identifier, number>>>;
}

interface Rule {
  readonly identifier: Identifier;
  readonly pattern: RegExp;
  /** The first group, a label, stays. */
  readonly keep?: 'before';
}

const months =
  '(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)';
const capitalised = "\\p{Lu}(?:['’]\\p{Lu})?\\p{Ll}+(?:\\p{Lu}\\p{Ll}+)?(?:-\\p{Lu}\\p{Ll}+)?";
const particle = '(?:(?:van|von|der|den|de|del|della|di|da|la|le|bin|al|el)[ ])';
const fullName = `(?:\\p{Lu}\\.[ ]?){0,2}${particle}{0,2}${capitalised}(?:[ ](?:\\p{Lu}\\.|${particle}{0,2}${capitalised})){0,2}`;
const streets =
  '(?:Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Place|Pl|Highway|Hwy|Terrace|Parkway|Pkwy)';
/** What follows a number that is no day of a month. */
const dose = '(?!\\s*(?:mg|mcg|ml|g|units?|tab(?:let)?s?|%)\\b)';

/**
 * Detectors over the identifiers of 45 CFR 164.514(b)(2), most specific first. Clinical numbers look like many of them: blood
 * pressures, doses, vertebral levels and laboratory values stay because a date needs three parts or a month's name, and an account number a label.
 */
const RULES: readonly Rule[] = [
  { identifier: 'residue', pattern: /\[\*\*.*?\*\*\]/gs },
  { identifier: 'residue', pattern: /(?<!_)_{3,}/g },
  { identifier: 'email', pattern: /(?<![\p{L}\p{N}._%+-])[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+/gu },
  { identifier: 'url', pattern: /\b(?:https?:\/\/|www\.)[^\s<>()[\]]*[^\s<>()[\].,;:]/gi },
  {
    identifier: 'ip',
    pattern: /(?<![\d.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?!\d|\.\d)/g,
  },
  { identifier: 'ssn', pattern: /(?<![\d-])\d{3}-\d{2}-\d{4}(?![\d-])/g },
  {
    identifier: 'id-number',
    pattern:
      /(\b(?:mrn|medical record(?: (?:number|no\.?|#))?|account(?: (?:number|no\.?|#))?|acct\.?|encounter (?:id|number|no\.?)|patient id|policy(?: (?:number|no\.?))?|member id|license(?: (?:number|no\.?))?|licence(?: (?:number|no\.?))?|serial(?: (?:number|no\.?))?|case (?:number|no\.?)|unit (?:number|no\.?)|ssn)\s*[:#]?\s*#?\s*)(?=[A-Z-]*\d)[A-Z0-9][A-Z0-9-]{3,}/giu,
    keep: 'before',
  },
  {
    identifier: 'phone',
    pattern: /(?<![\d.])(?:\+?1[-. ])?(?:\(\d{3}\)\s?|\d{3}[-. ])\d{3}[-. ]\d{4}(?!\d)(?:\s?(?:x|ext\.?)\s?\d{1,5})?/gi,
  },
  {
    identifier: 'phone',
    pattern: /(\b(?:phone|tel|telephone|pager|fax|beeper|mobile)\.?\s*[:#]?\s*)\+?\d[\d ().-]{4,}\d/gi,
    keep: 'before',
  },
  {
    identifier: 'date',
    pattern: /(?<![\d/.-])(?:19|20)\d{2}[-/.](?:0?[1-9]|1[0-2])[-/.](?:0?[1-9]|[12]\d|3[01])(?![\d/])/g,
  },
  {
    identifier: 'date',
    pattern: /(?<![\d/.-])(?:0?[1-9]|[12]\d|3[01])([-/.])(?:0?[1-9]|[12]\d|3[01])\1(?:(?:19|20)\d{2}|\d{2})(?![\d/])/g,
  },
  {
    identifier: 'date',
    pattern: new RegExp(
      `\\b${months}\\.?\\s+(?:0?[1-9]|[12]\\d|3[01])(?:st|nd|rd|th)?(?!\\d)${dose}(?:,?\\s+(?:19|20)\\d{2}\\b)?`,
      'gi',
    ),
  },
  {
    identifier: 'date',
    pattern: new RegExp(
      `\\b(?:0?[1-9]|[12]\\d|3[01])(?:st|nd|rd|th)?(?: of)?[ -]${months}\\b\\.?(?:,?[ -](?:19|20)?\\d{2}\\b)?`,
      'gi',
    ),
  },
  { identifier: 'date', pattern: new RegExp(`\\b${months}\\.?,?(?: of)?\\s+(?:19|20)\\d{2}\\b`, 'gi') },
  {
    identifier: 'date',
    pattern:
      /(\b(?:date|dob|d\.o\.b\.|admitted|discharged|admission|discharge|seen|birth|born|on)(?: date)?(?: of birth)?\s*(?:on\s+)?:?\s*)(?:0?[1-9]|1[0-2])\/(?:0?[1-9]|[12]\d|3[01])(?![\d/])/gi,
    keep: 'before',
  },
  {
    identifier: 'age',
    pattern: /(?<![\d.])(?:9\d|1[0-2]\d)(?=[- ]?(?:years?|yrs?|y\/o|yo\b|y\.o\.)[- ]?(?:old|of age)?)/gi,
  },
  { identifier: 'date', pattern: /(?<![\d/.-])(?:0?[1-9]|1[0-2])\/(?:19|20)\d{2}(?![\d/])/g },
  { identifier: 'age', pattern: /(\bage[d]?\s*:?\s*)(?:9\d|1[0-2]\d)(?!\d|\.\d|%)/gi, keep: 'before' },
  {
    identifier: 'name',
    pattern: new RegExp(
      `(\\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Drs|Prof|Professor|Doctor|Sr|Sra|Nurse)\\b\\.?[ ]+)${fullName}`,
      'gu',
    ),
    keep: 'before',
  },
  {
    identifier: 'name',
    pattern: new RegExp(
      `(\\b(?:patient name|name|attending(?: physician)?|physician|provider|surgeon|dictated by|signed(?: electronically)? by|electronically signed by|referring(?: physician)?|pcp|next of kin|contact)[ \\t]*:[ \\t]*)(?-i:${fullName}(?:,[ ]${capitalised})?)`,
      'giu',
    ),
    keep: 'before',
  },
  {
    identifier: 'name',
    pattern: new RegExp(
      `${fullName}(?=,? (?:M\\.?D\\.?|D\\.?O\\.?|R\\.?N\\.?|Ph\\.?D\\.?|N\\.?P\\.?|P\\.?A\\.?-?C?)(?![\\p{L}]))`,
      'gu',
    ),
  },
  {
    identifier: 'name',
    pattern: new RegExp(
      `(?<![\\p{L}\\p{N}.] ?)(?!(?:He|She|This|Patient|The|Pt|It|Who|Mother|Father)\\b)${fullName}(?=,? (?:is |was )?an? \\d{1,3}[- ](?:year|month|week|day|y))`,
      'gu',
    ),
  },
  {
    identifier: 'address',
    pattern: new RegExp(
      `(?<![\\d./])\\d{1,5}[ ]+(?:[NSEW]\\.?[ ]+)?(?:${capitalised}[ ]+){1,3}${streets}\\b\\.?`,
      'gu',
    ),
  },
  { identifier: 'address', pattern: /\bP\.?\s?O\.?\s+Box\s+\d+/gi },
  { identifier: 'zip', pattern: /(\b[A-Z]{2}[ ]+)\d{5}(?:-\d{4})?(?![\d-])/g, keep: 'before' },
];

/** Words after a name that is an eponym. */
const eponym = "(?!['’]?s? (?:disease|syndrome|sign|test|criteria|score|lymphoma|tumou?r|fracture|disorder)\\b)";

/**
 * Replaces what may identify a person by placeholders, before a real note is shown to a model as an example. Deterministic, and
 * idempotent: a placeholder is never replaced again.
 *
 * It finds identifiers that their form or a label gives away, and then every other place where a name so found stands. A name that only
 * ever stands bare in running text it does not find.
 */
export function deidentify(text: string): Deidentified {
  const replaced: Partial<Record<Identifier, number>> = {};
  const count = (identifier: Identifier): string => {
    replaced[identifier] = (replaced[identifier] ?? 0) + 1;
    return `[${identifier}]`;
  };
  let [before, scrubbed] = ['', text];
  while (scrubbed !== before) [before, scrubbed] = [scrubbed, scrubOnce(scrubbed, count)];
  return { text: scrubbed, replaced };
}

function scrubOnce(text: string, placeholder: (identifier: Identifier) => string): string {
  const names = new Set<string>();
  let scrubbed = text;
  for (const { identifier, pattern, keep } of RULES) {
    scrubbed = scrubbed.replace(pattern, (...groups: unknown[]) => {
      const kept = keep === 'before' ? String(groups[1]) : '';
      if (identifier === 'name') for (const part of nameParts(String(groups[0]).slice(kept.length))) names.add(part);
      return `${kept}${placeholder(identifier)}`;
    });
  }
  for (const name of names) {
    const elsewhere = new RegExp(`(?<![\\p{L}\\p{N}[])${name}(?![\\p{L}\\p{N}])${eponym}`, 'gu');
    scrubbed = scrubbed.replace(elsewhere, () => placeholder('name'));
  }
  return scrubbed;
}

function nameParts(name: string): string[] {
  return name.split(/[ ,.]+/).filter((part) => /^\p{Lu}/u.test(part) && part.length >= 4);
}
