/**
 * Which tenants a model has lately answered: the two that it answered last. That is enough to know of any tenant when
 * the last of all others was.
 */
export class Activity {
  readonly #answered = new Map<string, { tenant: string; atMs: number; other: Answered | null }>();

  /** A call of this tenant's was answered; `atMs` never decreases. */
  note(key: string, tenant: string, atMs: number): void {
    const last = this.#answered.get(key);
    if (last === undefined) this.#answered.set(key, { tenant, atMs, other: null });
    else {
      if (last.tenant !== tenant) {
        last.other = { tenant: last.tenant, atMs: last.atMs };
        last.tenant = tenant;
      }
      last.atMs = atMs;
    }
  }

  /** When another tenant was last answered; -Infinity: none was. */
  lastOfOthersMs(key: string, tenant: string): number {
    const last = this.#answered.get(key);
    if (last === undefined) return -Infinity;
    return last.tenant === tenant ? (last.other?.atMs ?? -Infinity) : last.atMs;
  }
}

interface Answered {
  readonly tenant: string;
  readonly atMs: number;
}
