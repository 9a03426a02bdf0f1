// A provider in a process of its own whose streams write a token at a time, at the rate of a quick model.
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Milliseconds from token to token of one stream. */
const EVERY_MS = 20;
const tokens = Number(process.env['STREAM_TOKENS'] ?? '500');

function chunk(delta: object, finishReason: string | null, more: object = {}): string {
  const choices = [{ index: 0, delta, finish_reason: finishReason }];
  const frame = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1_700_000_000, model: 'model' };
  return `data: ${JSON.stringify({ ...frame, choices, ...more })}\n\n`;
}

function answer(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(chunk({ role: 'assistant', content: '' }, null));
  let written = 0;
  const timer = setInterval(() => {
    written += 1;
    if (written <= tokens) return void response.write(chunk({ content: ` w${written % 97}` }, null));
    clearInterval(timer);
    const usage = { prompt_tokens: 10, completion_tokens: tokens, total_tokens: tokens + 10 };
    response.end(`${chunk({}, 'stop', { usage })}data: [DONE]\n\n`);
  }, EVERY_MS);
  response.once('close', () => clearInterval(timer));
}

const server = createServer((request, response) => {
  request.resume().on('end', () => answer(response));
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () =>
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
);
process.once('SIGTERM', () => process.exit(0));
