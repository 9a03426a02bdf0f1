import { describe, expect, test } from 'vitest';
import { createReplication, EXCHANGE_MS, RENEW_MS } from '../../../src/fleet/replication.service.ts';
import { numberOf, USUAL_CACHE_TTL_MS } from '../../../src/routing/session/last-answer.ts';
import { MOST_SESSIONS, shareSessions } from '../../../src/routing/session/sessions.service.ts';
import { nodeSha256 as sha256 } from '../../../src/system/digest.node.ts';
import { createScriptedExchange, remote } from '../../fleet/scripted-exchange.ts';
import { catalogOf } from '../../limits/limits-stage.ts';
import { silentLog } from '../../support/logs/silent-log.ts';
import { createManualTime } from '../../support/time/manual-time.ts';

/** One instance's sessions over the models `one/a`, `one/b` and `two/a`, between others who say what they are told to. */
function stage() {
  const time = createManualTime();
  const exchange = createScriptedExchange();
  const replication = createReplication({ ...time, exchange, log: silentLog, hint: () => {} });
  let catalog = catalogOf(1);
  const sessions = shareSessions({ replication, catalog: () => catalog, clock: time.clock, sha256 });
  return {
    ...{ time, exchange },
    answered: (modelKey: string, sessionId = 's', tenantId = 't') =>
      sessions.answered({ tenantId, sessionId }, modelKey),
    modelOf: (sessionId = 's', tenantId = 't') => sessions.modelOfSession(tenantId, sessionId),
    useCatalog: (next: typeof catalog) => void (catalog = next),
    /** What was told of sessions so far. */
    told: () => exchange.sent.flat().filter(({ kind }) => kind === 'session'),
    /** Another instance tells of an answer, so long ago. */
    async hear(name: string, modelKey: string, agoMs: number, author = 'another') {
      const row = [numberOf(sha256(modelKey)), agoMs];
      exchange.heard([remote('session', name, row, { author, leftMs: 3_600_000 - agoMs })]);
      await time.advance(EXCHANGE_MS);
    },
  };
}

describe('a session', () => {
  test('is with the model that answered its last call, each tenant’s own', () => {
    const { answered, modelOf } = stage();
    expect(modelOf()).toBeNull();
    answered('one/a');
    answered('one/b', 'other');
    answered('two/a', 's', 'another-tenant');
    expect([modelOf(), modelOf('other'), modelOf('s', 'another-tenant')]).toEqual([
      'one/a',
      'one/b',
      'two/a',
    ]);
    answered('two/a');
    expect(modelOf()).toBe('two/a');
  });

  test('is with nobody when its last call was longer ago than providers keep prompts', async () => {
    const { time, answered, modelOf } = stage();
    answered('one/a');
    await time.advance(USUAL_CACHE_TTL_MS);
    expect(modelOf()).toBe('one/a');
    await time.advance(1);
    expect(modelOf()).toBeNull();
  });

  test('stays as long as its model’s own provider keeps them, where the catalog says', async () => {
    const { time, answered, modelOf, useCatalog } = stage();
    useCatalog(catalogOf(2, { modelCacheTtlMs: 10_000 }));
    answered('one/a');
    await time.advance(10_000);
    expect(modelOf()).toBe('one/a');
    await time.advance(1);
    expect(modelOf()).toBeNull();
  });

  test('is with nobody when the catalog does not have its model', () => {
    const { answered, modelOf } = stage();
    answered('gone/model');
    expect(modelOf()).toBeNull();
  });

  test('is forgotten when too many others have spoken since', () => {
    const { answered, modelOf } = stage();
    for (let index = 0; index <= MOST_SESSIONS; index += 1) answered('one/a', `s${index}`);
    expect(modelOf('s0')).toBeNull();
    expect(modelOf('s1')).toBe('one/a');
  });
});

describe('instances', () => {
  test('are told of a session when it goes elsewhere, and of all that still matter from time to time', async () => {
    const { time, answered, told } = stage();
    answered('one/a');
    answered('one/a');
    await time.advance(EXCHANGE_MS);
    expect(told()).toHaveLength(1);
    answered('one/a');
    await time.advance(EXCHANGE_MS);
    expect(told()).toHaveLength(1);
    answered('one/b');
    await time.advance(EXCHANGE_MS);
    expect(told().map(({ row }) => row[0])).toEqual(['one/a', 'one/b'].map((key) => numberOf(sha256(key))));
    await time.advance(RENEW_MS);
    expect(told()).toHaveLength(3);
    expect(JSON.stringify(told())).not.toContain('"s"');
  });

  test('agree on the latest answer, wherever it was given', async () => {
    const { time, exchange, answered, modelOf, hear, told } = stage();
    answered('one/a');
    await time.advance(EXCHANGE_MS);
    const name = told()[0]!.name;
    await hear(name, 'one/b', 60_000);
    expect(modelOf()).toBe('one/a');
    await hear(name, 'two/a', 0, 'a third');
    expect(modelOf()).toBe('two/a');
    answered('one/a');
    expect(modelOf()).toBe('one/a');
    expect(exchange.sent.length).toBeGreaterThan(0);
  });

  test('know a session that they have never served', async () => {
    const known = stage();
    known.answered('one/b');
    await known.time.advance(EXCHANGE_MS);
    const other = stage();
    await other.hear(known.told()[0]!.name, 'one/b', 1_000);
    expect(other.modelOf()).toBe('one/b');
    other.answered('one/b');
    await other.time.advance(EXCHANGE_MS);
    expect(other.told()).toEqual([]);
  });

  test('pass over what no answer can be', async () => {
    const { time, exchange, answered, modelOf, told } = stage();
    answered('one/a');
    await time.advance(EXCHANGE_MS);
    const { name } = told()[0]!;
    exchange.heard([remote('session', name, []), remote('session', name, [7], { author: 'a third' })]);
    await time.advance(EXCHANGE_MS);
    expect(modelOf()).toBe('one/a');
  });
});
