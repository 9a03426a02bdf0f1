/** Why the process cannot start: one sentence for the operator, who needs no stack to act on it. */
export class StartError extends Error {
  override readonly name: string = 'StartError';
}
