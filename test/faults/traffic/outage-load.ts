import { expect } from 'vitest';
import { adminKey, fieldOf, send } from '../../support/graphql/client.ts';
import { routeDocument, sayHello } from '../../support/graphql/route-call.ts';

/** A call as its caller saw it end. */
export interface SeenCall {
  readonly id: string;
  readonly auditSeq: number | null;
  readonly degraded: readonly string[];
  readonly startedMs: number;
  readonly tookMs: number;
}

type RouteAnswer = Pick<SeenCall, 'degraded'> & {
  readonly __typename: string;
  readonly message?: string;
  readonly decision: Pick<SeenCall, 'id' | 'auditSeq' | 'degraded'>;
};

/** Little of what there is to tell: who makes the load is on the machine of those who bear it. */
const mutation = routeDocument(`... on RouteSuccess {
  degraded completion { text model { key provider { slug } } }
  decision { id auditSeq degraded status model { key } plan { ranked { position } } }
}`);

/** Makes one call; throws whatever is no success. */
export async function routeOnce(url: string, key = adminKey, idempotencyKey?: string): Promise<SeenCall> {
  const startedMs = performance.now();
  const variables = { input: sayHello({ idempotencyKey }) };
  const answer = fieldOf<RouteAnswer>(await send(url, key, mutation, variables), 'route');
  expect(answer.__typename, answer.message).toBe('RouteSuccess');
  const { decision, degraded } = answer;
  expect(decision.degraded).toEqual(degraded);
  const tookMs = performance.now() - startedMs;
  return { id: decision.id, auditSeq: decision.auditSeq, degraded, startedMs, tookMs };
}

/** Calls that follow each other, so many at a time, until it is told to stop. */
export interface Load {
  readonly calls: readonly SeenCall[];
  /** What went wrong with calls that were no success. */
  readonly failures: readonly string[];
  /** Resolves when so many more calls have ended that began after now. */
  more(count: number): Promise<void>;
  stop(): Promise<void>;
}

/** Starts it on one instance, for the tenant of a key. */
export function startLoad(url: string, inFlight: number, key = adminKey): Load {
  const calls: SeenCall[] = [];
  const failures: string[] = [];
  let stopped = false;
  let onCall = () => {};
  async function callOn(): Promise<void> {
    while (!stopped) {
      await routeOnce(url, key).then(
        (call) => calls.push(call),
        (error: unknown) => failures.push(String(error)),
      );
      onCall();
    }
  }
  const ended = () => calls.length + failures.length;
  const workers = Array.from({ length: inFlight }, callOn);
  return {
    ...{ calls, failures },
    more(count) {
      const wanted = ended() + inFlight + count;
      return new Promise((resolve) => {
        onCall = () => ended() >= wanted && resolve();
      });
    },
    async stop() {
      stopped = true;
      await Promise.all(workers);
    },
  };
}

/** The longest that any of these calls took. */
export function slowestMs(calls: readonly SeenCall[]): number {
  return Math.max(...calls.map(({ tookMs }) => tookMs));
}

/** Adds calls, one after the other, until one is recorded in the database itself: nothing waits in a spool then. */
export async function backInOrder(url: string, calls: SeenCall[]): Promise<void> {
  const lastSeq = async () => {
    const call = await routeOnce(url);
    calls.push(call);
    return call.auditSeq;
  };
  await expect.poll(lastSeq, { timeout: 30_000 }).not.toBeNull();
}
