import { anyNumberOfSockets } from './any-number-of-sockets.ts';
import { createProviderFactory } from '../../../src/providers/provider-factory.service.ts';
import type {
  Provider,
  ProviderAnswer,
  ProviderFactory,
  ProviderRequest,
  ProviderResult,
  StreamPart,
} from '../../../src/providers/provider.ts';
import type { ProviderFailure } from '../../../src/providers/failure.ts';
import { openOutbound } from '../../../src/providers/base-url.ts';
import { nodeClock } from '../../../src/system/clock.node.ts';
import { createNodeRandom } from '../../../src/system/random.node.ts';
import { nodeTimers } from '../../../src/system/timers.node.ts';
import { createErrorLog, type ErrorLog } from '../logs/error-log.ts';

/** A factory on this machine's time, and what it logged as errors. */
export function createTestFactory(): Pick<ErrorLog, 'errors'> & { readonly factory: ProviderFactory } {
  const log = createErrorLog();
  const random = createNodeRandom(nodeClock.now);
  const factory = createProviderFactory({
    clock: nodeClock,
    timers: nodeTimers,
    random,
    log,
    outbound: openOutbound,
    sockets: anyNumberOfSockets(),
  });
  return { factory, errors: log.errors };
}

/** A plain question, with what a test changes about it. */
export function question(changes: Partial<ProviderRequest> = {}): ProviderRequest {
  return {
    modelSlug: 'small',
    messages: [{ role: 'user', parts: [{ type: 'text', text: 'How are you?' }] }],
    outputBudgetTokens: 100,
    tools: [],
    responseFormat: { type: 'text' },
    ...changes,
  };
}

/** The answer of a result that must be one. */
export function answerOf(result: ProviderResult): ProviderAnswer {
  if (!result.ok) throw new Error(`expected an answer, not ${JSON.stringify(result.failure)}`);
  return result.answer;
}

/** The failure of a result that must be one. */
export function failureOf(result: ProviderResult): ProviderFailure {
  if (result.ok) throw new Error(`expected a failure, not ${JSON.stringify(result.answer)}`);
  return result.failure;
}

/** A signal that never aborts. */
export function nobodyLeaves(): AbortSignal {
  return new AbortController().signal;
}

/** A stream that was read to its end. */
export interface ReadStream {
  /** All but the end, in order. */
  readonly parts: readonly Exclude<StreamPart, { kind: 'end' }>[];
  /** The texts of all parts. */
  readonly text: string;
  readonly result: ProviderResult;
}

/** Reads a stream to its end, which must come last and once. */
export async function readAll(stream: AsyncIterable<StreamPart>): Promise<ReadStream> {
  const parts: Exclude<StreamPart, { kind: 'end' }>[] = [];
  let result: ProviderResult | undefined;
  for await (const part of stream) {
    if (result !== undefined) throw new Error(`a part came after the end: ${JSON.stringify(part)}`);
    if (part.kind === 'end') result = part.result;
    else parts.push(part);
  }
  if (result === undefined) throw new Error('the stream has no end');
  return { parts, text: parts.map((part) => (part.kind === 'text' ? part.text : '')).join(''), result };
}

/** What comes of a stream in the end. */
export async function streamedResult(provider: Provider, request: ProviderRequest): Promise<ProviderResult> {
  const { result } = await readAll(provider.stream(request, nobodyLeaves()));
  return result;
}
