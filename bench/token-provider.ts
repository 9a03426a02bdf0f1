// A provider in a process of its own whose streams begin after a while. Its first token tells when the request was there
// and when the token was written, on the clock that all processes of a machine share.
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sharedMs } from './child.ts';

const waitMs = Number(process.env['FIRST_TOKEN_MS'] ?? '150');

function chunk(delta: object, finishReason: string | null, more: object = {}): string {
  const choices = [{ index: 0, delta, finish_reason: finishReason }];
  const frame = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1_700_000_000, model: 'model' };
  return `data: ${JSON.stringify({ ...frame, choices, ...more })}\n\n`;
}

function answer(response: ServerResponse, arrivedMs: number): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(chunk({ role: 'assistant', content: `<${arrivedMs};${sharedMs()}>` }, null));
  setTimeout(() => {
    const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };
    response.end(`${chunk({}, 'stop', { usage })}data: [DONE]\n\n`);
  }, 20);
}

const server = createServer((request, response) => {
  request.resume().on('end', () => {
    const arrivedMs = sharedMs();
    if (waitMs === 0) answer(response, arrivedMs);
    else setTimeout(() => answer(response, arrivedMs), waitMs);
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () =>
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
);
process.once('SIGTERM', () => process.exit(0));
