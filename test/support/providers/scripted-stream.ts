import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

/** What a scripted provider streams. Without anything said: `Hello.` in one chunk, properly ended. */
export interface ScriptedStream {
  /** The answer's text, a chunk each; absent: `text` in one. */
  readonly chunks?: readonly string[];
  /** Real milliseconds before each chunk but the first. */
  readonly chunkDelayMs?: number;
  /** Waited for before the chunk of this number (from 0); the headers are out by then. */
  readonly gate?: (chunk: number) => Promise<unknown> | undefined;
  /** Data of server-sent events instead of chunks, for other dialects: text as it is, anything else as JSON. */
  readonly events?: readonly unknown[];
  /**
   * cut: the connection; stall: nothing comes any more; malformed: a chunk that is no JSON, then the rest; error: an
   * error chunk (`error`), then the proper end; no-finish: ends without saying why the model did; no-done: ends
   * without `[DONE]`.
   */
  readonly streamFault?: 'cut' | 'stall' | 'malformed' | 'error' | 'no-finish' | 'no-done';
  /** Chunks before the fault; absent: all of them. */
  readonly afterChunks?: number;
  /** The body of the error chunk. */
  readonly error?: unknown;
  readonly toolCalls?: readonly { readonly id: string; readonly name: string; readonly arguments: string }[];
  readonly text?: string;
  readonly finishReason?: string;
}

/** How a stream is sent. */
export interface StreamSending {
  readonly includeUsage: boolean;
  /** A chunk is about to be written. */
  onChunk(): void;
  /** The connection is about to be cut by script. */
  onCut(): void;
}

/** Sends a stream of server-sent events in the words of Chat Completions; reads on as slowly as its reader does. */
export async function sendStream(
  response: ServerResponse,
  scripted: ScriptedStream,
  { includeUsage, onChunk, onCut }: StreamSending,
): Promise<void> {
  const gone = once(response, 'close');
  const send = async (data: unknown): Promise<void> => {
    onChunk();
    const text = typeof data === 'string' ? data : JSON.stringify(data);
    if (!response.write(`data: ${text}\n\n`)) await Promise.race([once(response, 'drain'), gone]);
  };
  const { streamFault: fault, chunkDelayMs, gate } = scripted;
  const chunks = scripted.events ?? textChunks(scripted);
  const brokenAt = fault === undefined ? Infinity : (scripted.afterChunks ?? chunks.length);
  for (let index = 0; index <= chunks.length && !response.destroyed; index += 1) {
    if (index > 0 && chunkDelayMs !== undefined) {
      await Promise.race([new Promise((resolve) => setTimeout(resolve, chunkDelayMs)), gone]);
    }
    if (index < chunks.length) await Promise.race([gate?.(index), gone]);
    if (index === brokenAt && fault === 'stall') return;
    if (index === brokenAt && fault === 'cut') {
      onCut();
      return void response.write(' ', () => response.socket?.destroy());
    }
    if (index === brokenAt && fault === 'malformed') await send('{"choices":[{');
    if (index === brokenAt && fault === 'error') await send({ error: scripted.error ?? { message: 'no' } });
    if (index < chunks.length) await send(chunks[index]);
  }
  if (scripted.events === undefined) {
    if (fault !== 'no-finish') await send(finishChunk(scripted));
    if (includeUsage && fault !== 'no-finish') await send({ ...chunkOf([]), usage });
    if (fault !== 'no-done') await send('[DONE]');
  }
  response.end();
}

const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };

function textChunks({ chunks, text, toolCalls = [] }: ScriptedStream): object[] {
  const texts = chunks ?? (text === undefined && toolCalls.length > 0 ? [] : [text ?? 'Hello.']);
  const calls = toolCalls.flatMap(({ id, name, arguments: args }, index) => {
    const half = Math.ceil(args.length / 2);
    return [
      { tool_calls: [{ index, id, type: 'function', function: { name, arguments: args.slice(0, half) } }] },
      { tool_calls: [{ index, function: { arguments: args.slice(half) } }] },
    ];
  });
  return [...texts.map((content) => ({ content })), ...calls].map((delta) =>
    chunkOf([{ index: 0, delta, finish_reason: null }]),
  );
}

function finishChunk({ finishReason, toolCalls = [] }: ScriptedStream): object {
  const reason = finishReason ?? (toolCalls.length > 0 ? 'tool_calls' : 'stop');
  return chunkOf([{ index: 0, delta: {}, finish_reason: reason }]);
}

function chunkOf(choices: readonly object[]): object {
  const created = 1_700_000_000;
  return { id: 'chatcmpl-scripted', object: 'chat.completion.chunk', created, model: 'scripted', choices };
}
