import { expect } from 'vitest';
import { fieldOf, send } from '../support/graphql-client.ts';
import { decisionUuid } from '../support/route-call.ts';
import { adminKey } from '../support/server.ts';
import { readRecords } from './records.ts';

/** A call as its caller saw it end. */
export interface SeenCall {
  readonly id: string;
  readonly auditSeq: number | null;
  readonly degraded: readonly string[];
  readonly tookMs: number;
}

interface RouteAnswer {
  readonly __typename: string;
  readonly message?: string;
  readonly degraded: readonly string[];
  readonly completion: { readonly model: { readonly key: string } };
  readonly decision: {
    readonly id: string;
    readonly auditSeq: number | null;
    readonly degraded: readonly string[];
  };
}

const mutation = `mutation ($input: RouteInput!) {
  route(input: $input) {
    __typename
    ... on Error { message }
    ... on RouteSuccess {
      degraded completion { text model { key provider { slug } } }
      decision { id auditSeq degraded status model { key } plan { ranked { position } } }
    }
  }
}`;

/** Makes one call; whatever is no success fails the test. */
export async function routeOnce(url: string): Promise<SeenCall> {
  const startedMs = performance.now();
  const input = { messages: [{ role: 'USER', content: 'Say hello.' }] };
  const answer = fieldOf<RouteAnswer>(await send(url, adminKey, mutation, { input }), 'route');
  expect(answer.__typename, answer.message).toBe('RouteSuccess');
  const { decision, degraded } = answer;
  expect(decision.degraded).toEqual(degraded);
  return { id: decision.id, auditSeq: decision.auditSeq, degraded, tookMs: performance.now() - startedMs };
}

/** Calls that follow each other, so many at a time, until it is told to stop. */
export interface Load {
  readonly calls: readonly SeenCall[];
  /** Resolves when so many more calls have ended that began after now; rejects when one has failed. */
  more(count: number): Promise<void>;
  stop(): Promise<void>;
}

export function startLoad(url: string, inFlight: number): Load {
  const calls: SeenCall[] = [];
  let stopped = false;
  let onCall = () => {};
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => {});
  async function callOn(): Promise<void> {
    while (!stopped) {
      calls.push(await routeOnce(url));
      onCall();
    }
  }
  const workers = Array.from({ length: inFlight }, callOn);
  for (const worker of workers) worker.catch(failed.reject);
  return {
    calls,
    more(count) {
      const wanted = calls.length + inFlight + count;
      const reached = new Promise<void>((resolve) => {
        onCall = () => calls.length >= wanted && resolve();
      });
      return Promise.race([reached, failed.promise]);
    },
    async stop() {
      stopped = true;
      await Promise.all(workers);
    },
  };
}

/** Every call is recorded: once, its beginning before its end, in a chain that is whole, as its caller was told. */
export async function expectRecorded(url: string, calls: readonly SeenCall[]): Promise<void> {
  const { decisions, entries, verification } = await readRecords(url);
  expect(verification).toEqual({ ok: true, checked: entries.length, headSeq: entries.length });
  const ofCalls = entries.filter(({ type }) => type.startsWith('routing.'));
  expect(ofCalls).toHaveLength(2 * calls.length);
  const chained = Map.groupBy(ofCalls, ({ payload }) => payload['decisionId'] as string);
  const stored = new Map(decisions.map((decision) => [decision.id, decision]));
  for (const { id, auditSeq, degraded } of calls) {
    const own = chained.get(decisionUuid({ id })) ?? [];
    expect(own.map(({ type }) => type)).toEqual(['routing.decided', 'routing.completed']);
    const decision = stored.get(id);
    expect(decision).toMatchObject({ status: 'SUCCEEDED', auditSeq: own[1]?.seq });
    expect(own[1]?.payload['degraded']).toEqual(degraded);
    if (degraded.length === 0) expect(auditSeq).toBe(own[1]?.seq);
    else expect(auditSeq).toBeNull();
  }
  expect(decisions).toHaveLength(calls.length);
}
