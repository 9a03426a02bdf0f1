import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { createDataDir } from '../../support/databases/fresh-databases.ts';
import { freePort } from '../../support/run/services.ts';
import { adminKey } from '../../support/graphql/client.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';
import { change } from '../../support/graphql/admin.ts';
import { startChild } from '../../support/servers/child-process.ts';

const example = fileURLToPath(new URL('../../../examples/dashboard.ts', import.meta.url));

test('the example of a dashboard prints each transition once, in order, across a restart of the server', async () => {
  await using stack = new AsyncDisposableStack();
  const { path } = stack.use(await createDataDir());
  const environment = { PORT: String(await freePort()), SWITCHYARD_DATA_DIR: path };
  const server = stack.use(await startServer(environment));
  const dashboard = stack.use(startDashboard(`${server.url.replace('http', 'ws')}/graphql`));
  const said = (count: number) => expect.poll(() => dashboard.lines.length, { timeout: 20_000 }).toBe(count);

  // Until it follows, it may have begun after a change: changes are made until it has seen one.
  let generation = 0;
  await expect
    .poll(
      async () => {
        generation = await force(server, generation, `change ${generation}`);
        return dashboard.lines.length;
      },
      { timeout: 20_000, interval: 500 },
    )
    .toBeGreaterThan(0);
  const seen = generation - Number(/change (\d+)/.exec(dashboard.lines[0]!)![1]);
  await said(seen);

  await server[Symbol.asyncDispose]();
  const again = stack.use(await startServer(environment));
  generation = await force(again, generation, `change ${generation}`);
  await said(seen + 1);
  const numbers = dashboard.lines.map((line) => Number(/change (\d+)$/.exec(line)![1]));
  expect(numbers).toEqual(numbers.map((_, index) => generation - numbers.length + index));
  expect(dashboard.lines.at(-1)).toMatch(/ simulated\/quick \w+ -> \w+ FORCED_(OPEN|CLOSED): change \d+$/);
});

/** The example as a reader runs it. */
function startDashboard(url: string) {
  const child = startChild(example, [], {
    PATH: process.env['PATH'],
    SWITCHYARD_URL: url,
    SWITCHYARD_KEY: adminKey,
  });
  const lines: string[] = [];
  const read = async () => {
    for await (const line of child.lines) lines.push(line);
  };
  void read();
  return { lines: lines as readonly string[], [Symbol.asyncDispose]: child.kill };
}

/** Has an operator change the mode of a breaker; returns its new generation. */
async function force(server: TestServer, generation: number, reason: string): Promise<number> {
  const mode = generation % 2 === 0 ? 'FORCED_OPEN' : 'FORCED_CLOSED';
  const input = { providerSlug: 'simulated', modelSlug: 'quick', mode, reason, generation };
  const { breaker } = await change<{ breaker: { generation: number } }>(
    server,
    'overrideBreaker',
    input,
    'breaker { generation }',
  );
  return breaker.generation;
}
