/** What only the inside of a server knows: stacks, files, SQL, the words of its libraries. */
const insides: readonly RegExp[] = [
  /\bat \S+ \(/,
  /node_modules|\/src\/|\.ts:\d|node:internal/,
  /\b(SELECT|INSERT INTO|UPDATE|DELETE FROM)\b/,
  /prisma|pglite|SQLSTATE|\b22021\b/i,
  /"code":"INTERNAL"/,
  /Cannot read propert|is not a function|is not iterable|undefined \(reading|Maximum call stack/,
];

/** What an answer tells of the server's inside; null: nothing. */
export function indiscretionIn(text: string): string | null {
  return insides.map((inside) => inside.exec(text)?.[0]).find((found) => found !== undefined) ?? null;
}
