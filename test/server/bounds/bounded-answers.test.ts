import fc from 'fast-check';
import { parse } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { boundAnswer } from '../../../src/server/bounds/bounded-answers.ts';
import { adminKey } from '../../support/graphql/client.ts';
import { route } from '../../support/graphql/route-call.ts';
import { exchange, transports } from '../../support/hostile/transports.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';

const aliases = (count: number, field: string) =>
  Array.from({ length: count }, (_, index) => `a${index}:${field}`).join(' ');

describe('an answer is bounded as it is, whatever its document was thought to be answered by', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer();
    const input = { workflowId: 'w'.repeat(200), models: ['simulated/steady'] };
    await Promise.all(Array.from({ length: 40 }, () => route(server, input)));
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test.each([
    ['long names of workflows', `{routingDecisions(first:40){nodes{${aliases(300, 'workflowId')}}}}`],
    ['what was recorded', `{auditLog(first:80){nodes{${aliases(150, 'payload')}}}}`],
    ['sentences of plans', `{routingDecisions(first:40){nodes{plan{${aliases(50, 'rejected{detail}')}}}}}`],
  ])('%s', async (_, query) => {
    for (const transport of transports) {
      const { requestBytes, answerBytes, text } = await exchange(server.url, adminKey, transport, { query });
      expect(text).toMatch(/The answer has more than \d+ bytes: ask for smaller pages.*INVALID_INPUT/);
      expect(answerBytes).toBeLessThan(100 * requestBytes + 1_000_000);
    }
  });

  test('a page as clients ask for it is answered', async () => {
    const query = '{auditLog(first:200){nodes{id seq type actor payload canonical prevHash hash}}}';
    expect((await server.ask(query)).errors).toBeUndefined();
  });
});

describe('what counts', () => {
  const query = parse('{ viewer { id } }');
  const mutation = parse('mutation { route(input: {}) { __typename } }');
  const isRefused = (data: object, document = query) =>
    boundAnswer({ data: data as never }, document).errors !== undefined;

  test('is no less than what is sent', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (data) => {
        const times = Math.ceil(1_010_000 / Buffer.byteLength(JSON.stringify(data)));
        expect(isRefused({ all: Array.from({ length: times }, () => data) })).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  test('is little more than what is sent', () => {
    const row = { id: 'x'.repeat(40), at: '2026-01-01T00:00:00Z', count: 12, none: null, is: true };
    const rows = (bytes: number) => Array.from({ length: bytes / JSON.stringify(row).length }, () => row);
    expect(isRefused({ rows: rows(950_000) })).toBe(false);
    expect(isRefused({ rows: rows(1_050_000) })).toBe(true);
  });

  test('of what was done, a long text counts only when it is repeated: it was paid for', () => {
    const text = 'x'.repeat(20_000_000);
    expect(isRefused({ text }, mutation)).toBe(false);
    expect(isRefused({ text, again: text }, mutation)).toBe(true);
    expect(isRefused({ text }, query)).toBe(true);
  });
});
