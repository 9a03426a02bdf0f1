import { expect, test } from 'vitest';
import { makeEndable } from '../../src/server/endable.ts';
import { createPace } from '../../src/graphql/pace.ts';

test('ending answers a consumer that waits, though the source waits for ever and hears nothing', async () => {
  const { stream, told } = stage(waitForEver());
  const next = stream.next();
  stream.end();
  expect(await next).toEqual({ value: undefined, done: true });
  expect(await stream.next()).toEqual({ value: undefined, done: true });
  stream.end();
  expect(told).toEqual(['end']);
});

test('a consumer that leaves does not wait for what the source waits for', async () => {
  const { stream, told } = stage(waitForEver());
  void stream.next();
  expect(await stream.return?.()).toEqual({ value: undefined, done: true });
  expect(told).toEqual(['end']);
});

test('the failure of a source is the last value', async () => {
  const { stream, told } = stage(fail('first'));
  const values: string[] = [];
  for await (const value of stream) values.push(value);
  expect(values).toEqual(['first', 'last word: bug']);
  expect(told).toEqual(['end']);
});

test('a value that nothing can be made of is the last one', async () => {
  const { stream, told } = stage(always(), () => Promise.reject(new Error('bug')));
  const values: string[] = [];
  for await (const value of stream) values.push(value);
  expect(values).toEqual(['last word: bug']);
  expect(told).toEqual(['end']);
});

test('a source that fails as it is let go of is told about, and harms nobody', async () => {
  const { stream, told } = stage(failAtReturn());
  await stream.next();
  stream.end();
  await expect.poll(() => told).toEqual(['end', 'late: bug']);
});

test('a source that never waits does not keep the process from its other work', async () => {
  const { stream } = stage(always());
  // Can only be run while the values are being drawn.
  setImmediate(() => stream.end());
  let drawn = 0;
  for await (const _value of stream) drawn += 1;
  expect(drawn).toBeGreaterThan(0);
});

function stage(
  source: AsyncIterable<string>,
  toValue: (event: string) => string | Promise<string> = (event) => event,
) {
  const told: string[] = [];
  const stream = makeEndable(source, {
    toValue,
    pace: createPace(64),
    onEnd: () => told.push('end'),
    lastWord: (error) => `last word: ${(error as Error).message}`,
    onLateFailure: (error) => told.push(`late: ${(error as Error).message}`),
  });
  return { stream, told };
}

async function* waitForEver(): AsyncGenerator<string> {
  await new Promise(() => {});
  yield 'never';
}

async function* fail(first: string): AsyncGenerator<string> {
  yield first;
  throw new Error('bug');
}

async function* failAtReturn(): AsyncGenerator<string> {
  try {
    yield 'first';
  } finally {
    await Promise.reject(new Error('bug'));
  }
}

async function* always(): AsyncGenerator<string> {
  for (;;) yield 'value';
}
