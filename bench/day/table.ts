import type { Tally } from './worth.ts';

/** One line of a table: a router and what its day came to. */
export interface Line {
  readonly router: string;
  readonly tally: Tally;
}

/** Prints the lines of one policy; the first is the oracle's, from which regret is told. */
export function printLines(policy: string, lines: readonly Line[]): void {
  const best = lines[0]?.tally;
  const bestWorth = best === undefined ? 0 : best.worth / best.calls;
  console.log(`\n${policy}`);
  console.table(
    Object.fromEntries(
      lines.map(({ router, tally }) => {
        const { calls, answered } = tally;
        const worth = tally.worth / calls;
        const row = {
          'USD / 1000 calls': round(3, (tally.costMicroUsd * 1000) / calls / 1e6),
          'latency ms': Math.round(tally.latencyMs / answered),
          quality: round(3, tally.atsBps / answered / 10_000),
          'success %': round(3, (100 * answered) / calls),
          worth: round(4, worth),
          regret: round(4, bestWorth - worth),
        };
        return [router, row];
      }),
    ),
  );
}

function round(digits: number, value: number): number {
  return Number(value.toFixed(digits));
}
