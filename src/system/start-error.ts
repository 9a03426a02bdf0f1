/** Why the process cannot start: one sentence for the operator, who needs no stack to act on it. */
export class StartError extends Error {
  override readonly name: string = 'StartError';
  /** What the process ends with. */
  readonly exitCode: 1 | 2 = 1;
}

/** What a setting names cannot be used: as wrong as a setting that cannot be read, and told before anything is served. */
export class UnusableSettingError extends StartError {
  override readonly name = 'UnusableSettingError';
  override readonly exitCode = 2;
}
