/** Calls back once when a signal aborts, at once when it has. Disposing of what it returns stops listening. */
export function onAbort(signal: AbortSignal, callback: () => void): Disposable {
  if (signal.aborted) callback();
  else signal.addEventListener('abort', callback);
  return { [Symbol.dispose]: () => signal.removeEventListener('abort', callback) };
}

/** The outcome of some work, unless the signal aborts first: then rejects with its reason, and the work goes on alone. */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  using _listening = onAbort(signal, () => aborted.reject(signal.reason));
  return await Promise.race([work, aborted.promise]);
}
