import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ProviderResult } from '../../../src/providers/provider.ts';
import { dialectAnswers } from '../../support/providers/dialect-answers.ts';
import { nobodyLeaves, question, readAll } from '../../support/providers/provider-calls.ts';
import { openProviderStage, weather, type ProviderStage } from '../provider-stage.ts';

let stage: ProviderStage;
beforeAll(async () => {
  stage = await openProviderStage();
});
afterAll(() => stage[Symbol.asyncDispose]());

const run = { seed: Number(process.env['FC_SEED'] ?? 20_261_128) };

const adapters = ['openai-compatible', 'openai', 'anthropic', 'google'] as const;

/** What may stand anywhere in JSON. */
const odd = fc.constantFrom<unknown>(
  ...[null, true, '', 'x', '12', 0, -1, 12.5, 1e18, 4_294_967_296, 2 ** 53, [], {}, [null], { a: 1 }],
);

/** One change of a JSON value: where, counted over all of its places, and what. */
const change = fc.record({
  place: fc.nat(200),
  deed: fc.constantFrom('replace', 'remove', 'add'),
  value: odd,
});

type Change = typeof change extends fc.Arbitrary<infer Value> ? Value : never;

function mutated(sound: unknown, changes: readonly Change[]): unknown {
  const copy: unknown = structuredClone(sound);
  for (const { place, deed, value } of changes) {
    // A copy: a later change may go into it.
    const instead: unknown = structuredClone(value);
    const places: [Record<string, unknown>, string][] = [];
    const visit = (node: unknown) => {
      if (typeof node !== 'object' || node === null) return;
      for (const key of Object.keys(node)) {
        places.push([node as Record<string, unknown>, key]);
        visit((node as Record<string, unknown>)[key]);
      }
    };
    visit(copy);
    const found = places[place % Math.max(1, places.length)];
    if (found === undefined) continue;
    const [owner, key] = found;
    if (deed === 'replace') owner[key] = instead;
    else if (deed === 'remove') Reflect.deleteProperty(owner, key);
    else owner[`unknown_${place}`] = instead;
  }
  return copy;
}

function expectSound(result: ProviderResult): void {
  if (!result.ok) expect(result.failure.failureClass).not.toBe('INTERNAL');
  const usage = result.ok ? result.answer.usage : result.usage;
  for (const tokens of [usage?.inputTokens ?? 0, usage?.outputTokens ?? 0, usage?.reasoningTokens ?? 0]) {
    expect(Number.isInteger(tokens) && tokens >= 0 && tokens < 2 ** 31).toBe(true);
  }
  if (result.ok) expect(typeof result.answer.text).toBe('string');
}

it.each(adapters)('a whole answer of %s, mutated, is an answer or a classified failure', async (adapter) => {
  const provider = await stage.provider(adapter);
  const body = dialectAnswers[adapter].whole('Hello.', { input: 10, output: 5, reasoning: 2 });
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
      stage.server.next({ body: mutated(body, changes) });
      expectSound(await provider.call(question({ tools: [weather] }), nobodyLeaves()));
      expect(stage.errors).toEqual([]);
    }),
    { ...run, numRuns: 60, timeout: 10_000 },
  );
});

it.each(adapters)('a stream of %s, mutated, is an answer or a classified failure', async (adapter) => {
  const provider = await stage.provider(adapter);
  const events = dialectAnswers[adapter].events('Hello.', { input: 10, output: 5, reasoning: 2 });
  const mutation = fc.record({
    changes: fc.array(fc.tuple(fc.nat(10), change), { maxLength: 3 }),
    order: fc.constantFrom('as it was', 'cut', 'without one', 'one twice'),
    at: fc.nat(10),
  });
  await fc.assert(
    fc.asyncProperty(mutation, async ({ changes, order, at }) => {
      let sent = events.map((event, index) =>
        mutated(
          event,
          changes.filter(([which]) => which % events.length === index).map(([, what]) => what),
        ),
      );
      const index = at % sent.length;
      if (order === 'cut') sent = sent.slice(0, index);
      if (order === 'without one') sent = sent.toSpliced(index, 1);
      if (order === 'one twice') sent = sent.toSpliced(index, 0, sent[index]);
      stage.server.next({ events: sent });
      const { result, text } = await readAll(provider.stream(question({ tools: [weather] }), nobodyLeaves()));
      expectSound(result);
      if (result.ok) expect(result.answer.text).toBe(text);
      expect(stage.errors).toEqual([]);
    }),
    { ...run, numRuns: 60, timeout: 10_000 },
  );
});
