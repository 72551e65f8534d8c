/**
 * The names nearest to a mistyped one by edit distance (insert, delete, replace, swap of neighbours), nearest first.
 *
 * @param limit most names returned
 * @param within names further away than this many edits are left out
 */
export function nearest(name: string, known: Iterable<string>, limit = 1, within = 3): string[] {
  const wanted = name.toLowerCase();
  const found: { known: string; distance: number }[] = [];
  for (const candidate of known) {
    if (Math.abs(candidate.length - wanted.length) > within) continue;
    const distance = editDistance(wanted, candidate.toLowerCase());
    if (distance <= within) found.push({ known: candidate, distance });
  }
  found.sort((left, right) => left.distance - right.distance || (left.known < right.known ? -1 : 1));
  return found.slice(0, limit).map((entry) => entry.known);
}

/** Optimal string alignment distance. */
function editDistance(left: string, right: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const same = left[row - 1] === right[column - 1];
      let cost = Math.min(last[column]! + 1, current[column - 1]! + 1, last[column - 1]! + (same ? 0 : 1));
      const swapped =
        row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      if (swapped) cost = Math.min(cost, beforeLast[column - 2]! + 1);
      current.push(cost);
    }
    beforeLast = last;
    last = current;
  }
  return last[right.length]!;
}
