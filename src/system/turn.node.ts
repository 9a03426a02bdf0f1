/** Resolves when the process has attended to what else is waiting for it: not a time, so no test needs to move it. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
