/** What a chunk tells of a tool call. */
export interface CallDelta {
  readonly index?: number | null;
  readonly id?: string | null;
  readonly function: { readonly name?: string | null; readonly arguments?: string | null };
  readonly extra_content?: {
    readonly google?: { readonly thought_signature?: string | null } | null;
  } | null;
}

interface Nameless {
  id: string | null;
  written: string;
  extra: CallDelta['extra_content'];
}

/** Hands calls on once they have a name: some providers send it in a later piece than the id, or than arguments. */
export class NamedCalls {
  readonly #handOn: (delta: CallDelta) => void;
  readonly #nameless = new Map<number, Nameless>();
  readonly #named = new Set<number>();

  constructor(handOn: (delta: CallDelta) => void) {
    this.#handOn = handOn;
  }

  take(delta: CallDelta): void {
    const { index, id, function: called, extra_content: extra } = delta;
    if (index == null || this.#named.has(index)) return this.#handOn(delta);
    const call = this.#nameless.get(index) ?? { id: null, written: '', extra: null };
    this.#nameless.set(index, call);
    call.id ??= id ?? null;
    call.extra ??= extra ?? null;
    call.written += called.arguments ?? '';
    if (called.name == null) return;
    this.#nameless.delete(index);
    this.#named.add(index);
    const whole = { name: called.name, arguments: call.written };
    this.#handOn({ index, id: call.id, function: whole, extra_content: call.extra });
  }

  /** No more comes: what has no name by now has none. */
  end(): void {
    for (const [index, { id, written }] of this.#nameless) {
      this.#handOn({ index, id, function: { arguments: written } });
    }
    this.#nameless.clear();
  }
}
