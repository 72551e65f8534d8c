const sentences = new Intl.Segmenter('en', { granularity: 'sentence' });

/**
 * Cuts a text into sentence-aligned chunks of at most `limit` tokens, as full as sentences allow.
 *
 * The chunks joined give the text back, character by character; a blank text has none. A sentence longer than `limit` is
 * halved at the white space nearest to its middle until its parts fit.
 *
 * @param limit most tokens of a chunk, at least the most that one character can have
 * @param countTokens tokens of a piece of text
 */
export function chunkText(text: string, limit: number, countTokens: (piece: string) => number): string[] {
  if (text.trim() === '') return [];
  const chunks: string[] = [];
  let open = '';
  let openTokens = 0;
  for (const { segment } of sentences.segment(text)) {
    for (const piece of fitting(segment, limit, countTokens)) {
      const tokens = countTokens(piece);
      if (open !== '' && openTokens + tokens > limit) {
        chunks.push(open);
        open = '';
        openTokens = 0;
      }
      open += piece;
      openTokens += tokens;
    }
  }
  chunks.push(open);
  // Tokenizers may read two pieces joined as more tokens than apart where no white space stands between them.
  return chunks.flatMap((chunk) => fitting(chunk, limit, countTokens));
}

function fitting(piece: string, limit: number, countTokens: (piece: string) => number): string[] {
  if (countTokens(piece) <= limit) return [piece];
  const cut = nearMiddle(piece);
  if (cut === null) return [piece];
  return [...fitting(piece.slice(0, cut), limit, countTokens), ...fitting(piece.slice(cut), limit, countTokens)];
}

/** Where to cut: behind the white space nearest to the middle, else between two code points; null for a single one. */
function nearMiddle(piece: string): number | null {
  const middle = piece.length / 2;
  let best: number | null = null;
  for (const match of piece.matchAll(/[ \t\r\n]+(?=[^ \t\r\n])/g)) {
    const cut = match.index + match[0].length;
    if (best === null || Math.abs(cut - middle) < Math.abs(best - middle)) best = cut;
  }
  if (best !== null) return best;
  const cut = Math.floor(middle);
  const insidePair = (piece.codePointAt(cut - 1) ?? 0) > 0xffff;
  const whole = insidePair ? cut + 1 : cut;
  return whole > 0 && whole < piece.length ? whole : null;
}
