/** What a run of load has shown. */
export interface LoadResult {
  readonly latenciesMs: readonly number[];
  readonly failures: number;
  readonly elapsedMs: number;
}

/** Keeps `inFlight` calls under way for `durationMs`; a call says whether it succeeded. */
export async function runLoad(
  call: () => Promise<boolean>,
  inFlight: number,
  durationMs: number,
): Promise<LoadResult> {
  const latenciesMs: number[] = [];
  let failures = 0;
  const startedMs = performance.now();
  const untilMs = startedMs + durationMs;
  const worker = async () => {
    for (let sentMs = performance.now(); sentMs < untilMs; sentMs = performance.now()) {
      if (!(await call())) failures += 1;
      latenciesMs.push(performance.now() - sentMs);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  return { latenciesMs, failures, elapsedMs: performance.now() - startedMs };
}

/** Makes so many calls, `inFlight` at once; how many of them failed. */
export async function runCalls(
  call: () => Promise<boolean>,
  inFlight: number,
  count: number,
): Promise<number> {
  let left = count;
  let failures = 0;
  const worker = async () => {
    while ((left -= 1) >= 0) if (!(await call())) failures += 1;
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  return failures;
}
