import { UnavailableError } from '../../system/expected-error.ts';

/** See `EdgeOptions.introduce`. */
export type Introduce = (credential: string) => Promise<void> | undefined;

/**
 * Resolves when a credential can be judged, if it can be: `false` where it cannot be now. Undefined: there is nothing to
 * wait for, as with every API key.
 */
export function introduced(
  credential: string | undefined,
  introduce: Introduce | undefined,
): Promise<boolean> | undefined {
  if (credential === undefined) return undefined;
  return introduce?.(credential)?.then(
    () => true,
    (error: unknown) => {
      if (!(error instanceof UnavailableError)) throw error;
      return false;
    },
  );
}
