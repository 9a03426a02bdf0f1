import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inTime } from '../time/in-time.ts';
import { sendStream, type ScriptedStream } from './scripted-stream.ts';

/**
 * What a scripted provider does with one request. Without anything said it answers `Hello.` at once, as a stream when
 * it is asked for one.
 */
export interface ScriptedReply extends ScriptedStream {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Waits before the first byte: so long, and until this has happened. */
  readonly delayMs?: number;
  readonly until?: Promise<unknown>;
  /** The answer's text, its tool calls, and why it ended. */
  readonly text?: string;
  readonly toolCalls?: readonly { readonly id: string; readonly name: string; readonly arguments: string }[];
  readonly finishReason?: string;
  /** The whole body instead of an answer: text and bytes as they are, anything else as JSON. */
  readonly body?: unknown;
  /** hang: never answers; reset: cuts the connection; truncate: cuts it amid the body, after the headers. */
  readonly fault?: 'hang' | 'reset' | 'truncate';
}

/** One request as it arrived. */
export interface ScriptedRequest {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  /** The parsed JSON body. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** A reply, or what makes one of a request. */
export type ScriptedBehavior = ScriptedReply | ((request: ScriptedRequest) => ScriptedReply);

/** A provider on a real socket that speaks OpenAI's Chat Completions and does what it is told. */
export interface ScriptedProvider extends AsyncDisposable {
  /** For `openai-compatible` connections. */
  readonly baseUrl: string;
  /** Everything that arrived, in order; empty when recording is off. */
  readonly requests: readonly ScriptedRequest[];
  /** How many requests arrived, and how many of them their caller cut before they were answered. */
  readonly received: number;
  readonly abandoned: number;
  /** How many connections were opened. */
  readonly connections: number;
  /** How many chunks of streams were handed to sockets. */
  readonly sentChunks: number;
  /** Replies for the next requests, one each, in order; after them `always` rules again. */
  next(...behaviors: ScriptedBehavior[]): void;
  /** The reply to every request that `next` says nothing about. */
  always(behavior: ScriptedBehavior): void;
  /** Forgets what `next` and `always` have said; the counts go on. */
  reset(): void;
  /** Resolves when so many requests have arrived since the start. */
  arrival(count: number): Promise<void>;
  /** Resolves when so many requests have been cut by their caller since the start. */
  abandonment(count: number): Promise<void>;
}

/**
 * Starts one on a free port. Without `record` it neither reads nor keeps what it is asked, for benchmarks, and streams
 * what has `chunks`.
 */
export async function startScriptedProvider({ record = true } = {}): Promise<ScriptedProvider> {
  const requests: ScriptedRequest[] = [];
  const queue: ScriptedBehavior[] = [];
  const arrivals = createCounter('requests have arrived');
  const abandonments = createCounter('requests were cut by their callers');
  let standing: ScriptedBehavior = {};
  let sentChunks = 0;
  const onChunk = () => void (sentChunks += 1);

  const server = createServer((incoming, response) => {
    response.on('close', () => {
      if (!response.writableFinished && !brokenByUs.has(response)) abandonments.count();
    });
    readRequest(incoming, record).then(
      (request) => {
        if (record) requests.push(request);
        const behavior = queue.shift() ?? standing;
        arrivals.count();
        const scripted = typeof behavior === 'function' ? behavior(request) : behavior;
        const streams = record ? request.body['stream'] === true : scripted.chunks !== undefined;
        const includeUsage = !record || 'stream_options' in request.body;
        reply(
          response,
          scripted,
          streams || scripted.events !== undefined ? { includeUsage, onChunk } : null,
        );
      },
      // The caller left before it had said what it wanted.
      () => response.destroy(),
    );
  });
  server.keepAliveTimeout = 60_000;
  let connections = 0;
  server.on('connection', () => void (connections += 1));
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));

  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    get received() {
      return arrivals.total();
    },
    get abandoned() {
      return abandonments.total();
    },
    get connections() {
      return connections;
    },
    get sentChunks() {
      return sentChunks;
    },
    next: (...behaviors) => void queue.push(...behaviors),
    always: (behavior) => void (standing = behavior),
    reset() {
      queue.length = 0;
      standing = {};
    },
    arrival: arrivals.reached,
    abandonment: abandonments.reached,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Responses whose end is the script's doing, not their caller's. */
const brokenByUs = new WeakSet<ServerResponse>();

type Streaming = { readonly includeUsage: boolean; onChunk(): void } | null;

function reply(response: ServerResponse, scripted: ScriptedReply, streaming: Streaming): void {
  if (scripted.delayMs !== undefined) {
    const { delayMs, ...rest } = scripted;
    const timer = setTimeout(() => reply(response, rest, streaming), delayMs);
    response.on('close', () => clearTimeout(timer));
    return;
  }
  if (scripted.until !== undefined) {
    const { until, ...rest } = scripted;
    void until.then(() => reply(response, rest, streaming));
    return;
  }
  if (scripted.fault === 'hang') return;
  if (scripted.fault === 'reset') {
    brokenByUs.add(response);
    response.socket?.resetAndDestroy();
    return;
  }
  if (streaming !== null && scripted.body === undefined && (scripted.status ?? 200) < 400) {
    response.writeHead(scripted.status ?? 200, { 'content-type': 'text/event-stream', ...scripted.headers });
    response.flushHeaders();
    const onCut = () => void brokenByUs.add(response);
    void sendStream(response, scripted, { ...streaming, onCut });
    return;
  }
  const body = bodyOf(scripted);
  const length = { 'content-type': 'application/json', 'content-length': String(body.byteLength) };
  response.writeHead(scripted.status ?? 200, { ...length, ...scripted.headers });
  if (scripted.fault === 'truncate') {
    brokenByUs.add(response);
    response.write(body.subarray(0, body.byteLength / 2), () => response.socket?.destroy());
    return;
  }
  response.end(body);
}

const plainAnswer = Buffer.from(JSON.stringify(chatCompletion({})));

function bodyOf(scripted: ScriptedReply): Buffer {
  if (Buffer.isBuffer(scripted.body)) return scripted.body;
  if (typeof scripted.body === 'string') return Buffer.from(scripted.body);
  if (scripted.body !== undefined) return Buffer.from(JSON.stringify(scripted.body));
  if ((scripted.status ?? 200) >= 400) {
    return Buffer.from(
      JSON.stringify({ error: { message: 'scripted failure', type: 'scripted', code: null } }),
    );
  }
  const text = scripted.text ?? scripted.chunks?.join('');
  const isPlain = (text ?? scripted.toolCalls ?? scripted.finishReason) === undefined;
  if (isPlain) return plainAnswer;
  return Buffer.from(JSON.stringify(chatCompletion({ ...scripted, ...(text !== undefined && { text }) })));
}

/** A response body of Chat Completions; 10 input and 5 output tokens. */
export function chatCompletion({ text = 'Hello.', toolCalls = [], finishReason }: ScriptedReply): object {
  const calls = toolCalls.map(({ id, name, arguments: args }) => ({
    id,
    type: 'function',
    function: { name, arguments: args },
  }));
  const message = {
    role: 'assistant',
    content: calls.length > 0 && text === 'Hello.' ? null : text,
    ...(calls.length > 0 && { tool_calls: calls }),
  };
  return {
    id: 'chatcmpl-scripted',
    object: 'chat.completion',
    created: 1_700_000_000,
    model: 'scripted',
    choices: [
      { index: 0, message, finish_reason: finishReason ?? (calls.length > 0 ? 'tool_calls' : 'stop') },
    ],
    usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
  };
}

async function readRequest(incoming: IncomingMessage, parse: boolean): Promise<ScriptedRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) if (parse) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  const body = (text === '' ? {} : JSON.parse(text)) as ScriptedRequest['body'];
  return { path: incoming.url ?? '', headers: incoming.headers, body };
}

/** Counts up and wakes those who wait for a total; says of what, when that does not come. */
function createCounter(what: string) {
  let total = 0;
  let waiting: { readonly target: number; readonly wake: () => void }[] = [];
  return {
    total: () => total,
    count(): void {
      total += 1;
      for (const { target, wake } of waiting) if (target <= total) wake();
      waiting = waiting.filter(({ target }) => target > total);
    },
    async reached(target: number): Promise<void> {
      if (target <= total) return;
      const reached = new Promise<void>((wake) => void waiting.push({ target, wake }));
      await inTime(reached, () => `${total} of ${target} ${what}`);
    },
  };
}
