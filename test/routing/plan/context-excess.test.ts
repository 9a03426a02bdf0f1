import { expect, it } from 'vitest';
import { contextExcess } from '../../../src/routing/plan/context-excess.ts';
import { planRoute } from '../../../src/routing/plan/plan-route.ts';
import { candidate, planInput } from './plan-inputs.ts';

const small = candidate('a/small', { contextWindowTokens: 1500 });
const smaller = candidate('a/smaller', { contextWindowTokens: 1200 });
const large = candidate('a/large');
const keyless = candidate('a/keyless', { disabledCause: 'no_credentials' });
const unable = candidate('a/unable', { capabilities: [] });
const excess = { neededTokens: 2000, windowTokens: 1500 };

type Case = [
  of: string,
  Parameters<typeof planInput>[0],
  Parameters<typeof planInput>[1],
  typeof excess | null,
];

it.each<Case>([
  ['the largest window counts', [small, smaller], {}, excess],
  [
    'models that are not for the request do not count',
    [small, keyless, unable],
    { request: { requires: ['TOOLS'] } },
    excess,
  ],
  [
    'models that the request does not name do not count',
    [small, large],
    { request: { models: ['a/small'] } },
    excess,
  ],
  ['one that can take it is enough', [small, large], {}, null],
  [
    'one that may take it later, too',
    [small, candidate('a/open', {}, { breakerRetryAfterMs: 90_000 })],
    { request: { timeoutMs: 1000 } },
    null,
  ],
  ['nothing is too long for no model', [keyless], {}, null],
])(
  'a request is too long when nothing but its length is in its way: %s',
  (_, candidates, options, expected) => {
    const input = planInput(candidates, options);
    expect(contextExcess(planRoute(input), input)).toEqual(expected);
  },
);
