/** Words that begin a title before "disease" or "syndrome" and are no person's name. */
const COMMON_WORDS = new Set(
  (
    'heart kidney liver lung brain bowel bone skin eye ear blood muscle joint nerve valve coronary celiac graft lyme sickle-cell cell ' +
    'periodontal gum vascular acute chronic other rectal spleen tonsil thyroid breast prostate pulp disc nail hair serum withdrawal'
  ).split(' '),
);

type Rewrite = readonly [RegExp, string];

const CLASSIFICATION_TALK: readonly Rewrite[] = [
  [/,? ?\b(?:not elsewhere (?:classified|classifiable)|not otherwise specified|NOS|NEC)\b/g, ''],
  [/ or unspecified (?:type|site|cause)\b/gi, ''],
  [/,? ?\b(?:initial|subsequent) encounter(?: for closed fracture)?(?: with routine healing)?(?= ?$)/gi, ''],
  [/,? ?\bunspecified as to episode of care(?: or not applicable)?/gi, ''],
  [/,? ?\bnot stated as (?:uncontrolled|unspecified)/gi, ''],
  [/,? ?\b(?:organism|site|side|severity|trimester|cause) unspecified/gi, ''],
  [/,? ?\bunspecified (?:site|location|severity|trimester|organism|cause)(?= ?$|,)/gi, ''],
  [/,? unspecified(?= ?$|,)/gi, ''],
  [/\bunspecified (?=\p{L})/giu, ''],
  [/\bspecified (?=\p{L})/giu, ''],
];

/** Nonessential modifiers stand in round brackets (ICD conventions): what is left names the same. */
const ROUND_BRACKETS = /\s*\([^()]*\)/g;
/** A synonym in square brackets; some titles run on without a space after it. */
const SQUARE_BRACKETS = /\s*\[[^\]]+\]/;
const RUN_ON = /\](?=\p{L})/u;

/**
 * A title or inclusion term as a clinician writes it: without brackets, "unspecified", "NOS" and "initial encounter", and with a
 * small first letter unless it begins with a short form or a person's name. What it says of the patient stays.
 */
export function clinicianName(name: string): string {
  const open = name.replace(RUN_ON, '] ').replace(SQUARE_BRACKETS, '').replace(ROUND_BRACKETS, '');
  const plain = CLASSIFICATION_TALK.reduce((text, [talk, instead]) => text.replace(talk, instead), open)
    .replace(/\s+/g, ' ')
    .replace(/^[\s,;:.]+|[\s,;:.]+$/g, '');
  return smallFirst(plain === '' ? name : plain);
}

/** The same with a capital first letter, to begin a sentence or a line. */
export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function smallFirst(text: string): string {
  const [first = '', second = ''] = text.split(' ');
  const written = /^[A-Z][a-z]+(?:-[a-z]+)*,?$/.test(first); // no short form, no 's, no second capital
  const eponym = /^(?:disease|syndrome)/i.test(second) && !isCommon(first.toLowerCase());
  return written && !eponym ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}

function isCommon(word: string): boolean {
  return COMMON_WORDS.has(word) || /(?:ic|al|ar|ary|ory|ous|ive|ed|ing|oid|less|ness)$/.test(word);
}
