import type { RedisConnection } from '../fleet/connection.redis.ts';
import { sharedPrefix } from '../fleet/keyspace.ts';
import { decodeLimits, encodeLimits } from './provider-limit-codec.ts';
import { holdsMs, type ProviderLimitExchange } from './provider-limit-exchange.ts';

const KEY = `${sharedPrefix}limits`;

/**
 * One hash, a field for each instance: until when anything in it holds, when it was told, both by the one clock of
 * Redis, and what was told. A field outlives its instance for as long as it holds, and the hash all of its fields.
 */
const SCRIPT = `
local hash, instance, holdsMs = KEYS[1], ARGV[1], tonumber(ARGV[2])
local time = redis.call('TIME')
local nowMs = time[1] * 1000 + math.floor(time[2] / 1000)
local others = {}
local fields = redis.call('HGETALL', hash)
for i = 1, #fields, 2 do
  if fields[i] ~= instance then
    local untilMs, toldAtMs, told = string.match(fields[i + 1], '^(%d+) (%d+) (.*)$')
    if untilMs and tonumber(untilMs) > nowMs then
      table.insert(others, { math.max(0, nowMs - toldAtMs), told })
    else
      redis.call('HDEL', hash, fields[i])
    end
  end
end
if holdsMs == 0 then
  redis.call('HDEL', hash, instance)
else
  redis.call('HSET', hash, instance, string.format('%.0f %.0f %s', nowMs + holdsMs, nowMs, ARGV[3]))
  if redis.call('PTTL', hash) < holdsMs then redis.call('PEXPIRE', hash, holdsMs) end
end
return others
`;

/** For each other instance, how many milliseconds ago it told what. */
type Reply = readonly (readonly [ageMs: number, told: string])[];

/** Exchanges what is known of limits through Redis, in one call. `instanceId` is this instance's alone. */
export function createRedisProviderLimitExchange(
  redis: RedisConnection,
  instanceId: string,
): ProviderLimitExchange {
  return {
    async exchange(own) {
      const holds = Math.ceil(holdsMs(own));
      const reply = (await redis.client.eval(SCRIPT, 1, KEY, instanceId, holds, encodeLimits(own))) as Reply;
      return reply.map(([ageMs, told]) => decodeLimits(told, ageMs));
    },
  };
}
