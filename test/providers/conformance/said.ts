/** A piece of an answer, in no dialect's words. `seal` is what its provider wants back with it. */
export type Block =
  | { readonly kind: 'text'; readonly text: string; readonly seal?: string }
  | { readonly kind: 'thought'; readonly text: string; readonly seal?: string }
  | {
      readonly kind: 'call';
      readonly id: string;
      readonly name: string;
      readonly arguments: string;
      readonly seal?: string;
    };

/** Tokens of an answer: `input` and `output` are the whole, the others parts of them. */
export interface Counts {
  readonly input: number;
  readonly output: number;
  readonly reasoning?: number;
  readonly cached?: number;
  readonly written?: number;
}

/** An answer, in no dialect's words. */
export interface Said {
  readonly blocks: readonly Block[];
  /** The dialect's own word for the end; absent: that of an answer, or of tool calls where there are some. */
  readonly word?: string;
  readonly counts?: Counts;
}

/** Without anything said of them, an answer has 11 tokens of input and 7 of output. */
export const usualCounts: Counts = { input: 11, output: 7 };

export const textBlock = (text: string, seal?: string): Block => ({ kind: 'text', text, ...sealed(seal) });
export const thoughtBlock = (text: string, seal?: string): Block => ({
  kind: 'thought',
  text,
  ...sealed(seal),
});
export const callBlock = (id: string, city: string | null, seal?: string): CallBlock => ({
  kind: 'call',
  ...{ id, name: 'weather', arguments: city === null ? '' : JSON.stringify({ city }) },
  ...sealed(seal),
});

function sealed(seal: string | undefined): { readonly seal?: string } {
  return seal === undefined ? {} : { seal };
}

/** A text in two pieces, as streams bring it. */
export function halves(text: string): readonly string[] {
  const middle = Math.ceil(text.length / 2);
  return [text.slice(0, middle), text.slice(middle)].filter((half) => half !== '');
}

/** All texts of a kind, one after the other. */
export function joined(blocks: readonly Block[], kind: 'text' | 'thought'): string {
  return blocks.map((block) => (block.kind === kind ? block.text : '')).join('');
}

export type CallBlock = Extract<Block, { kind: 'call' }>;

export function callsOf(blocks: readonly Block[]): readonly CallBlock[] {
  return blocks.filter((block) => block.kind === 'call');
}

/** A call's arguments as JSON; those of a tool without any are an empty object. */
export function inputOf(call: CallBlock): unknown {
  return call.arguments === '' ? {} : (JSON.parse(call.arguments) as unknown);
}
