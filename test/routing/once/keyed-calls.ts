import type { CallEnd } from '../../../src/routing/act/execution.ts';
import {
  createIdempotency,
  type IdempotencyDependencies,
  type KeyedCall,
} from '../../../src/routing/once/idempotency.service.ts';
import { viewDecision } from '../../../src/routing/record/decision-view.ts';
import { endDecision, toOutcome, type EndedCall } from '../../../src/routing/record/call-end.ts';
import type { Database } from '../../../src/storage/database.ts';
import { nodeClock } from '../../../src/system/clock.node.ts';
import { nodeTimers } from '../../../src/system/timers.node.ts';
import { silentLog } from '../../support/logs/silent-log.ts';
import { decidedFacts, pendingDecision, random, succeeded } from '../record/decisions.ts';
import { createTestRecorder } from '../record/recorders.ts';

/** Digests of inputs. */
export const input = 'ab'.repeat(32);
export const otherInput = 'cd'.repeat(32);

const usage = { inputTokens: 100, outputTokens: 20, reasoningTokens: 0 };

export const answered: CallEnd = {
  kind: 'answered',
  modelKey: 'openai/gpt',
  answer: { text: 'Hello "you" \u0000 \ud83d', toolCalls: [], finishReason: 'stop', usage },
};

export const refused: CallEnd = {
  kind: 'refused',
  failureClass: 'CONTENT_FILTER',
  message: 'It was filtered.',
};

/** Adds a tenant; returns its id. */
export async function addTenant({ prisma }: Database): Promise<string> {
  const id = random.uuid();
  await prisma.tenant.create({ data: { id, slug: `t-${id}`, name: 'Tenant' } });
  return id;
}

/** A call with the key `k`; what is not said is the same for all. */
export interface CallOptions {
  readonly tenantId: string;
  readonly inputSha256?: string;
  readonly timeoutMs?: number;
  /** How it ends if it acts. */
  readonly end?: CallEnd;
}

type Act = (call: KeyedCall) => Promise<EndedCall>;

/** An instance of the service on a database, whose calls record their decisions; `gated` ones wait for `gate` first. */
export function createInstance(
  database: Database,
  options: Partial<IdempotencyDependencies> & { readonly gated?: boolean } = {},
) {
  const parts = { database, clock: nodeClock, timers: nodeTimers, log: silentLog };
  const { recorder } = createTestRecorder(database);
  const idempotency = createIdempotency({ ...parts, ...options });
  const gate = Promise.withResolvers<void>();
  if (options.gated !== true) gate.resolve();
  const acted: string[] = [];
  const arrivals: (() => void)[] = [];

  function once({ tenantId, inputSha256 = input, timeoutMs = 15_000 }: CallOptions, act: Act, id?: string) {
    const deadlineMs = (options.clock ?? nodeClock).monotonicMs() + timeoutMs;
    const decisionId = id ?? random.uuid();
    const own = new AbortController();
    const call: KeyedCall = {
      tenantId,
      key: { name: 'k', inputSha256 },
      decisionId,
      deadlineMs,
      signal: own.signal,
      abort: (reason) => own.abort(reason),
    };
    return idempotency.once(call, () => act(call));
  }

  return {
    recorder,
    gate,
    once,
    /** The decisions of the calls that acted. */
    acted: () => acted,
    /** Resolves when so many have begun to act. */
    acting: (count: number) =>
      acted.length >= count ? Promise.resolve() : new Promise<void>((resolve) => void arrivals.push(resolve)),
    stop: () => idempotency[Symbol.asyncDispose](),
    call(call: CallOptions) {
      const pending = pendingDecision({ tenantId: call.tenantId });
      return once(
        call,
        async (keyed) => {
          acted.push(pending.id);
          for (const arrived of arrivals.splice(0)) arrived();
          const decided = recorder.decided(pending, decidedFacts(pending));
          await gate.promise;
          const end = call.end ?? answered;
          const { attempts } = succeeded(pending);
          const ended = endDecision(pending, { attempts, end }, 950);
          const facts = { actor: 'key:test', answerSha256: null };
          const [{ auditSeq }] = await Promise.all([
            recorder.completed(ended, facts, idempotency.settlementOf(keyed, end)),
            decided,
          ]);
          return toOutcome(viewDecision({ ...ended, auditSeq }), end);
        },
        pending.id,
      );
    },
  };
}
