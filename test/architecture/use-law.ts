import type { Use } from './source.ts';

/** One thing that files may not mention, where they may nevertheless, and why not elsewhere. */
interface Ban {
  readonly names: readonly string[];
  readonly allowedIn: RegExp;
  readonly reason: string;
}

const BANS: readonly Ban[] = [
  {
    names: ['Date.now', 'new Date()', 'Date()', 'performance'],
    allowedIn: /^system\/[\w-]+\.node\.ts$/,
    reason: 'time is an argument: take `now` or a Clock, so that the same input gives the same result',
  },
  {
    names: ['Math.random', 'crypto'],
    allowedIn: /^system\/[\w-]+\.node\.ts$/,
    reason: 'randomness is an argument: take a Random, so that tests can repeat what happened',
  },
  {
    names: [
      'AbortSignal.timeout',
      'setTimeout',
      'setInterval',
      'setImmediate',
      'clearTimeout',
      'clearInterval',
      'clearImmediate',
    ],
    allowedIn: /^system\/[\w-]+\.node\.ts$/,
    reason: 'timers are an argument: take Timers, so that tests move them and disposal cancels them',
  },
  {
    names: ['process'],
    allowedIn: /^main\.ts$/,
    reason: 'main.ts alone reads the process: everything else is configured by its arguments',
  },
  {
    names: ['console'],
    allowedIn: /^cli\//,
    reason: 'report through Log, which an operator can filter: only a command line prints',
  },
];

/** Why a file may not mention what it mentions, or undefined when it may. */
export function objectionToUse(path: string, use: Use): string | undefined {
  const ban = BANS.find(({ names }) => names.includes(use.name));
  return ban === undefined || ban.allowedIn.test(path) ? undefined : `uses ${use.name}: ${ban.reason}`;
}
