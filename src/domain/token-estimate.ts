/**
 * Tokens of a text for budgets and context limits, where the model's own tokenizer is not at hand.
 *
 * Leans high: one token per 3.6 ASCII characters (the usual byte-pair vocabularies need one per 4 to 4.5 in English prose), one
 * for every other character.
 */
export function estimateTokens(text: string): number {
  let ascii = 0;
  let other = 0;
  for (const character of text) {
    if (character <= '\u007f') ascii += 1;
    else other += 1;
  }
  return Math.ceil(ascii / 3.6) + other;
}
