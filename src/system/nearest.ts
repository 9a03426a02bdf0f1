/** Longer texts are compared by their beginnings: whoever misspells a name does not do so a thousand times. */
const COMPARED_CHARACTERS = 100;

/** The candidate that takes the fewest single-character edits to become `text`; the first of several. */
export function nearest(text: string, candidates: readonly string[]): string {
  const characters = Array.from(text.slice(0, COMPARED_CHARACTERS));
  let best = { candidate: candidates[0] ?? '', edits: Infinity };
  for (const candidate of candidates) {
    const others = Array.from(candidate.slice(0, COMPARED_CHARACTERS));
    // It takes as many edits at least as one is longer than the other.
    if (Math.abs(others.length - characters.length) >= best.edits) continue;
    const edits = editDistance(characters, others);
    if (edits < best.edits) best = { candidate, edits };
  }
  return best.candidate;
}

/** Levenshtein's distance, one row of his matrix at a time. */
function editDistance(from: readonly string[], to: readonly string[]): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let index = 0; index < from.length; index += 1) {
    const next = [index + 1];
    for (let column = 0; column < to.length; column += 1) {
      const substitution = (row[column] ?? 0) + (from[index] === to[column] ? 0 : 1);
      next.push(Math.min(substitution, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
