/** The candidate that takes the fewest single-character edits to become `text`; the first of several. */
export function nearest(text: string, candidates: readonly string[]): string {
  let best = { candidate: '', edits: Infinity };
  for (const candidate of candidates) {
    const edits = editDistance(text, candidate);
    if (edits < best.edits) best = { candidate, edits };
  }
  return best.candidate;
}

/** Levenshtein's distance, one row of his matrix at a time. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const [index, character] of Array.from(from).entries()) {
    const next = [index + 1];
    for (const [column, other] of Array.from(to).entries()) {
      const substitution = (row[column] ?? 0) + (character === other ? 0 : 1);
      next.push(Math.min(substitution, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
