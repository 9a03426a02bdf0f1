import type { Admission } from '../../../src/calls/admission.ts';
import { createGuardedCall } from '../../../src/calls/guarded-call.service.ts';
import type { Places } from '../../../src/limits/places/places.service.ts';
import type { FailureClass, ProviderFailure } from '../../../src/providers/failure.ts';
import type { ProviderFactory, ProviderResult } from '../../../src/providers/provider.ts';
import type { Candidate } from '../../../src/routing/plan/plan-input.ts';
import type { RoutingPolicy } from '../../../src/policies/policy.ts';
import { createWaitingRoom } from '../../../src/routing/act/waiting-room.service.ts';
import { walkPlan } from '../../../src/routing/act/walk-plan.service.ts';
import { createNodeRandom } from '../../../src/system/random.node.ts';
import { createManualTime } from '../../support/time/manual-time.ts';
import { openAdmission } from '../../calls/open-admission.ts';
import { silentLog } from '../../support/logs/silent-log.ts';
import { candidate, planInput } from '../plan/plan-inputs.ts';
import { routedCall } from './routed-calls.ts';

type Reply = 'answer' | 'silence' | FailureClass | ProviderFailure;

const answer: ProviderResult = {
  ok: true,
  headers: {},
  answer: {
    text: 'Hello.',
    toolCalls: [],
    finishReason: 'stop',
    usage: { inputTokens: 1000, outputTokens: 500, reasoningTokens: 0 },
  },
};

/** Three models of three providers, the best first. */
export const candidates = [
  candidate('a/first', { atsBps: 9900 }),
  candidate('b/second', { atsBps: 8500 }),
  candidate('c/third', { atsBps: 7000 }),
];

interface Setting {
  readonly replies?: Readonly<Record<string, readonly Reply[]>>;
  readonly rules?: Partial<RoutingPolicy>;
  readonly among?: readonly Candidate[];
  readonly admission?: Admission | ((now: () => number) => Admission);
  readonly places?: Pick<Places, 'wait'>;
}

const noPlaces = { wait: () => Promise.reject(new Error('nobody asked for a place')) };

/** An executor over providers that reply as told, in order, and then answer. */
export function setUp({
  replies = {},
  rules = {},
  among = candidates,
  admission: wanted = openAdmission,
  places: wantedPlaces = noPlaces,
}: Setting) {
  const time = createManualTime();
  const admission = typeof wanted === 'function' ? wanted(time.clock.monotonicMs) : wanted;
  const called: { readonly key: string; readonly atMs: number }[] = [];
  const queues = new Map(Object.entries(replies).map(([key, queue]) => [key, [...queue]]));
  const providers: ProviderFactory = {
    provider: ({ slug }) =>
      Promise.resolve({
        call({ modelSlug }) {
          const key = `${slug}/${modelSlug}`;
          called.push({ key, atMs: time.clock.monotonicMs() });
          const reply = queues.get(key)?.shift() ?? 'answer';
          if (reply === 'answer') return Promise.resolve(answer);
          if (reply === 'silence') return new Promise(() => {});
          const failure = typeof reply === 'string' ? { failureClass: reply, message: 'scripted' } : reply;
          return Promise.resolve({ ok: false, headers: {}, failure });
        },
        stream: () => {
          throw new Error('nobody asked for a stream');
        },
      }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const { clock, timers } = time;
  const guardedCall = createGuardedCall({ admission, providers, clock, timers, log: silentLog });
  const call = routedCall(planInput(among, { rules }));
  const run = () =>
    walkPlan(call, guardedCall, {
      clock,
      timers,
      random: { ...createNodeRandom(clock.now), next: () => 0.5 },
      waitingRoom: createWaitingRoom({
        ...{ timers, waitMsOf: () => 0, isShut: () => false, onBreaker: () => {} },
        places: wantedPlaces,
      }),
      coolDownMsOf: () => 0,
      attemptBaseMs: 30_000,
    });
  return { time, called, run, leave: call.abort, keys: () => called.map(({ key }) => key) };
}
