import type { RedisConnection } from '../fleet/connection.redis.ts';
import { sharedPrefix } from '../fleet/keyspace.ts';
import { quotaWindowMs, type SharedUse } from './quota.ts';
import type { QuotaExchange, SharedUses } from './quota-exchange.ts';

const PREFIX = `${sharedPrefix}quota:`;

/**
 * A hash for each caller, a field for each instance that holds its uses and when it told them, by the one clock of
 * Redis. A field outlives its instance for as long as its uses count, and the hash all of its fields.
 */
const SCRIPT = `
local instance, windowMs = ARGV[1], tonumber(ARGV[2])
local time = redis.call('TIME')
local nowMs = time[1] * 1000 + math.floor(time[2] / 1000)
local told = {}
for index, key in ipairs(KEYS) do
  local others = {}
  local fields = redis.call('HGETALL', key)
  for i = 1, #fields, 2 do
    if fields[i] ~= instance then
      local toldAtMs, uses = string.match(fields[i + 1], '^(%d+) (.*)$')
      local ageMs = toldAtMs and math.max(0, nowMs - toldAtMs) or windowMs
      if ageMs < windowMs then
        table.insert(others, { ageMs, uses })
      else
        redis.call('HDEL', key, fields[i])
      end
    end
  end
  redis.call('HSET', key, instance, string.format('%.0f %s', nowMs, ARGV[index + 2]))
  redis.call('PEXPIRE', key, windowMs)
  told[index] = others
end
return told
`;

/** For each caller, what each other instance has told of it and how many milliseconds ago. */
type Reply = readonly (readonly (readonly [ageMs: number, uses: string])[])[];

/** Exchanges uses through Redis, in one call for all callers. `instanceId` is this instance's alone. */
export function createRedisQuotaExchange(redis: RedisConnection, instanceId: string): QuotaExchange {
  return {
    async exchange(own) {
      const ids = [...own.keys()];
      const reply = (await redis.client.eval(
        SCRIPT,
        ids.length,
        ...ids.map((id) => PREFIX + id),
        instanceId,
        quotaWindowMs,
        ...[...own.values()].map(encode),
      )) as Reply;
      return toSharedUses(ids, reply);
    },
  };
}

function toSharedUses(ids: readonly string[], reply: Reply): SharedUses {
  return new Map(
    ids.map((id, index) => [id, (reply[index] ?? []).flatMap(([ageMs, uses]) => decode(uses, ageMs))]),
  );
}

function encode(uses: readonly SharedUse[]): string {
  return uses.map(({ leftMs, requests, tokens }) => `${leftMs}:${requests}:${tokens}`).join(' ');
}

/** What still counts of the uses that were told so long ago. */
function decode(text: string, ageMs: number): SharedUse[] {
  return [...text.matchAll(/(\d+):(\d+):(\d+)/g)]
    .map(([, leftMs, requests, tokens]) => ({
      leftMs: Number(leftMs) - ageMs,
      requests: Number(requests),
      tokens: Number(tokens),
    }))
    .filter(({ leftMs }) => leftMs > 0);
}
