import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readLimits } from '../../../src/limits/limit-headers.ts';
import { catalogProviders } from './catalog.ts';
import { SENT_AT_MS, toldLimits, type ToldLimits } from './limit-headers.ts';
import { textBlock } from './said.ts';
import { openConformanceStage, type ConformanceStage } from './stage.ts';
import { subjects } from './subjects.ts';

let stage: ConformanceStage;
beforeAll(async () => {
  stage = await openConformanceStage();
});
afterAll(() => stage[Symbol.asyncDispose]());

const meter = (numbers: ToldLimits['requests']) => {
  if (numbers === undefined) return null;
  const [limit, remaining, resetMs] = numbers;
  return { limit, remaining, resetMs };
};

describe('the limits of each provider of the built-in catalog', () => {
  it('are known', () => {
    expect(Object.keys(toldLimits).toSorted()).toEqual(catalogProviders.map(({ slug }) => slug).toSorted());
  });

  it.each(catalogProviders)('$slug: are read of answers, streams and refusals', async ({ slug, adapter }) => {
    const subject = subjects.find((one) => one.adapter === adapter && one.apiVersion === undefined);
    const told = toldLimits[slug];
    if (subject === undefined || told === undefined) throw new Error(`nothing is known of ${slug}`);
    const cell = await stage.cell(subject);
    const headers = { date: new Date(SENT_AT_MS).toUTCString(), ...told.headers };
    const said = { blocks: [textBlock('Fine.')] };
    const { fixture, refusals } = subject;
    const limited = refusals.find(({ means }) => means === 'RATE_LIMITED');
    if (limited === undefined) throw new Error('nothing is refused');
    const came = [
      await cell.reply({ body: fixture.whole(said), headers }, 'whole'),
      await cell.reply({ body: fixture.stream(said), headers }, 'streamed'),
      await cell.reply({ status: 429, body: fixture.error(limited), headers }, 'whole'),
    ];
    expect(came.map(({ result }) => result.ok)).toEqual([true, true, false]);
    for (const { result } of came) {
      expect(readLimits(result.headers, SENT_AT_MS)).toEqual({
        requests: meter(told.requests),
        tokens: meter(told.tokens),
      });
    }
  });

  it.each(subjects)('$name: says for how long it is to be left alone', async (subject) => {
    const cell = await stage.cell(subject);
    const limited = subject.refusals.find(({ means }) => means === 'RATE_LIMITED');
    if (limited === undefined) throw new Error('nothing is refused');
    for (const headers of [{ 'retry-after': '7' }, { 'retry-after-ms': '7000', 'retry-after': '8' }]) {
      const reply = { status: 429, body: subject.fixture.error(limited), headers };
      for (const how of ['whole', 'streamed'] as const) {
        const { result } = await cell.reply(reply, how);
        expect(result).toMatchObject({
          ok: false,
          failure: { failureClass: 'RATE_LIMITED', retryAfterMs: 7000 },
        });
      }
    }
  });
});
