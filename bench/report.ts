import { cpus, totalmem } from 'node:os';

/** One measured quantity: its samples, in `unit`, and what it may be at most. */
export interface Measurement {
  readonly name: string;
  readonly unit: string;
  readonly samples: readonly number[];
  /** Compared with the 99th percentile; absent when nothing is promised. */
  readonly limit?: number;
}

/** The machine that a figure belongs to, in one line. */
export function machineName(): string {
  const processors = cpus();
  const model = processors[0]?.model ?? 'unknown processor';
  const memoryGb = Math.round(totalmem() / 2 ** 30);
  return `${processors.length} × ${model}, ${memoryGb} GB, Node ${process.version}, ${process.platform}-${process.arch}`;
}

/** The value that `share` (0..1) of the samples, in ascending order, do not exceed. */
export function percentile(ascending: readonly number[], share: number): number {
  return ascending[Math.max(0, Math.ceil(ascending.length * share) - 1)] ?? Number.NaN;
}

/** Prints a table of percentiles under the machine's name; false when a limit is exceeded. */
export function report(title: string, measurements: readonly Measurement[]): boolean {
  console.log(`${title}\n${machineName()}\n`);
  const rows = measurements.map(({ name, unit, samples, limit }) => {
    const ascending = [...samples].sort((a, b) => a - b);
    const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => percentile(ascending, share)) as [
      number,
      number,
      number,
    ];
    const kept = limit === undefined ? '' : p99 <= limit ? 'kept' : 'EXCEEDED';
    return { name, unit, p50, p95, p99, max: ascending.at(-1) ?? Number.NaN, limit: limit ?? '', kept };
  });
  console.table(
    rows.map((row) => ({
      ...row,
      p50: short(row.p50),
      p95: short(row.p95),
      p99: short(row.p99),
      max: short(row.max),
    })),
  );
  return rows.every(({ kept }) => kept !== 'EXCEEDED');
}

function short(value: number): number {
  return Number(value.toPrecision(3));
}
