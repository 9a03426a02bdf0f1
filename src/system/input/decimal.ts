/**
 * The integer `value · 10^decimals`, or undefined when `value` has more decimals than that or is no finite
 * number. `0.29` has two decimals although 0.29 · 100 is 28.999… in binary: the shortest text of the number
 * counts, which is what its sender wrote.
 */
export function toScaledInteger(value: number, decimals: number): number | undefined {
  if (!Number.isFinite(value)) return undefined;
  if (Number(value.toFixed(decimals)) !== value) return undefined;
  return Math.round(value * 10 ** decimals);
}

/** The number `scaled / 10^decimals`. */
export function fromScaledInteger(scaled: number, decimals: number): number {
  return scaled / 10 ** decimals;
}

/** The number as people and JSON see it: with so many decimals at most, without the noise of binary fractions. */
export function roundTo(decimals: number, value: number): number {
  return Number(value.toFixed(decimals));
}
