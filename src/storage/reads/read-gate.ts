import { RateLimitedError, RETRY_SOON_MS } from '../../system/expected-error.ts';

/** Lets reads pass a few at a time, and everybody in turn. */
export interface ReadGate {
  /**
   * Does the work when it is its holder's turn. Throws RateLimitedError, without doing it, when its holder has too
   * many waiting already.
   */
  run<T>(holder: string, work: () => Promise<T>): Promise<T>;
}

/** How many pass. */
export interface ReadGateLimits {
  readonly atOnce: number;
  /** Of one holder. */
  readonly perHolder: number;
  /** Of one holder, beside those that pass. */
  readonly waiting: number;
}

interface Line {
  passing: number;
  /** The number of its last pass; 0: none. */
  passedAt: number;
  readonly waiting: (() => void)[];
}

/** Nobody passes yet. Of holders who wait it is the turn of whoever has had none for longest. */
export function createReadGate({ atOnce, perHolder, waiting: mostWaiting }: ReadGateLimits): ReadGate {
  const lines = new Map<string, Line>();
  let passing = 0;
  let passed = 0;

  /** Of those who wait and may pass, whoever passed longest ago. */
  function nextLine(): Line | undefined {
    let next: Line | undefined;
    for (const line of lines.values()) {
      if (line.waiting.length === 0 || line.passing >= perHolder) continue;
      if (next === undefined || line.passedAt < next.passedAt) next = line;
    }
    return next;
  }

  function letPass(): void {
    while (passing < atOnce) {
      const line = nextLine();
      const go = line?.waiting.shift();
      if (line === undefined || go === undefined) return;
      passing += 1;
      line.passing += 1;
      line.passedAt = passed += 1;
      go();
    }
  }

  function leave(holder: string, line: Line): void {
    passing -= 1;
    line.passing -= 1;
    if (line.passing === 0 && line.waiting.length === 0) lines.delete(holder);
    letPass();
  }

  return {
    async run(holder, work) {
      const line = lines.get(holder) ?? { passing: 0, passedAt: 0, waiting: [] };
      if (line.waiting.length >= mostWaiting) {
        throw new RateLimitedError('This tenant has too many reads under way.', RETRY_SOON_MS);
      }
      lines.set(holder, line);
      await new Promise<void>((resolve) => {
        line.waiting.push(resolve);
        letPass();
      });
      try {
        return await work();
      } finally {
        leave(holder, line);
      }
    },
  };
}
