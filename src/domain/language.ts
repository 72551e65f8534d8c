import type { Token } from './tokens.ts';

/** The commonest function words of English, and of neighbours that share none of them. */
const ENGLISH = new Set(
  (
    'the of and to in a is was with for on no at by he she his her has had have were are be this that from not after or an as which ' +
    'patient history denies noted without due'
  ).split(' '),
);
const FOREIGN = new Set(
  (
    'el la los las de del que una un con por para se su al es en y le les des du et est une dans pour avec sur der die das und den von mit ' +
    'ist ein eine zu auf il di che per non sono della dos da em uma com não os as ao het een van op te'
  ).split(' '),
);

/** Words below which a text is too short to tell. */
const enoughWords = 12;

/**
 * Whether a text is mostly English: mostly Latin script, and English function words outweigh those of other languages.
 * A list of terms without function words passes; so does a very short text in Latin script.
 */
export function isMostlyEnglish(tokens: readonly Token[]): boolean {
  let words = 0;
  let latin = 0;
  let english = 0;
  let foreign = 0;
  for (const token of tokens) {
    if (token.kind !== 'word') continue;
    words += 1;
    if (/^[a-z\u00c0-\u024f]/u.test(token.lower)) latin += 1;
    if (ENGLISH.has(token.lower)) english += 1;
    else if (FOREIGN.has(token.lower)) foreign += 1;
  }
  if (words === 0) return true;
  if (latin < 0.8 * words) return false;
  return words < enoughWords || foreign <= english || foreign < 0.1 * words;
}
