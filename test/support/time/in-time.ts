/** How long a test waits for what must happen, on a machine that is busy otherwise, before it gives up. */
export const LONGEST_WAIT_MS = 30_000;

/** What a promise becomes; rejects, saying what has not happened, when that takes longer than anybody waits. */
export async function inTime<T>(promise: Promise<T>, missing: () => string): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(missing())), LONGEST_WAIT_MS);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
