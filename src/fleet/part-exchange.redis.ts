import type { RedisLink } from './link.redis.ts';
import { encodeRow, MOST_HELD_MS, type PartExchange, type RemoteUpdate } from './replication.ts';

/** A hash of parts by author, kind and name; and by when they were changed, and by when they end, sorted sets of those. */
function keysOf(keyspace: string): readonly string[] {
  return [`${keyspace}parts`, `${keyspace}parts:order`, `${keyspace}parts:ends`];
}

/** So many parts of others are read at once, and so many that have ended removed: a script holds everybody up. */
const MOST_READ = 1000;

/**
 * Writes the caller's parts and reads what the others have changed since number `after`, all by Redis's own clock.
 * Numbers are given in the order of changes. A counter that is behind the caller belongs to an earlier copy of the
 * data, or to another server: everything there is news. It begins at the microseconds of the clock, so that one that
 * begins again is ahead of what it was.
 */
const SCRIPT = `
local parts, order, ends = KEYS[1], KEYS[2], KEYS[3]
local author, after, most = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local nowMs = time[1] * 1000 + math.floor(time[2] / 1000)

local ended = redis.call('ZRANGE', ends, '-inf', nowMs, 'BYSCORE', 'LIMIT', 0, most)
if #ended > 0 then
  redis.call('HDEL', parts, unpack(ended))
  redis.call('ZREM', order, unpack(ended))
  redis.call('ZREM', ends, unpack(ended))
end

local number = tonumber(redis.call('HGET', parts, 'number') or nowMs * 1000)
local startsAnew = number < after and 1 or 0
if startsAnew == 1 then after = 0 end

local longestMs = 0
local values, numbers, untils = {}, {}, {}
for i = 4, #ARGV, 3 do
  local field, holdsMs = author .. ' ' .. ARGV[i], tonumber(ARGV[i + 1])
  longestMs = math.max(longestMs, holdsMs)
  number = number + 1
  table.insert(values, field)
  table.insert(values, string.format('%.0f %.0f %s', nowMs + holdsMs, nowMs, ARGV[i + 2]))
  table.insert(numbers, string.format('%.0f', number))
  table.insert(numbers, field)
  table.insert(untils, string.format('%.0f', nowMs + holdsMs))
  table.insert(untils, field)
end
if #values > 0 then
  redis.call('HSET', parts, 'number', string.format('%.0f', number), unpack(values))
  redis.call('ZADD', order, unpack(numbers))
  redis.call('ZADD', ends, unpack(untils))
  for _, key in ipairs(KEYS) do
    if redis.call('PTTL', key) < longestMs then redis.call('PEXPIRE', key, longestMs) end
  end
end

local changed = redis.call('ZRANGE', order, string.format('(%.0f', after), '+inf', 'BYSCORE', 'LIMIT', 0, most, 'WITHSCORES')
local fields = {}
for i = 1, #changed, 2 do table.insert(fields, changed[i]) end
local reply = { number, 0, startsAnew }
if #fields == most then reply[1], reply[2] = tonumber(changed[#changed]), 1 end
local found = #fields > 0 and redis.call('HMGET', parts, unpack(fields)) or {}
for i, field in ipairs(fields) do
  local untilMs, changedAtMs, row = string.match(found[i] or '', '^(%d+) (%d+) (.*)$')
  if row and string.sub(field, 1, #author + 1) ~= author .. ' ' then
    local leftMs = math.min(untilMs - nowMs, ${MOST_HELD_MS})
    local ageMs = math.min(math.max(0, nowMs - changedAtMs), ${MOST_HELD_MS})
    if leftMs > 0 then
      for _, value in ipairs({ field, leftMs, ageMs, row }) do table.insert(reply, value) end
    end
  end
end
return reply
`;

type Reply = readonly [number: number, hasMore: number, startsAnew: number, ...parts: (string | number)[]];

/** Exchanges parts through Redis, in one call. `instanceId` is this instance's alone, and has no space. */
export function createRedisPartExchange(
  link: Pick<RedisLink, 'keyspace' | 'run' | 'timesUp'>,
  instanceId: string,
): PartExchange {
  const keys = keysOf(link.keyspace);
  let after = 0;
  let seenUp = 0;
  return {
    async exchange(updates) {
      const timesUp = link.timesUp();
      const isFirst = timesUp !== seenUp;
      const args = updates.flatMap(({ kind, name, holdsMs, row }) => [
        `${kind} ${name}`,
        Math.min(MOST_HELD_MS, Math.ceil(holdsMs)),
        encodeRow(row),
      ]);
      const header = [instanceId, isFirst ? 0 : after, MOST_READ];
      const reply = await link.run('replicate', (client) =>
        client.eval(SCRIPT, keys.length, ...keys, ...header, ...args),
      );
      const [number, hasMore, isBehind, ...parts] = reply as Reply;
      if (!Number.isSafeInteger(number)) throw new Error('Redis answers what the script does not return.');
      after = number;
      seenUp = timesUp;
      return { updates: readUpdates(parts), hasMore: hasMore === 1, startsAnew: isFirst || isBehind === 1 };
    },
  };
}

/** What has another form is nobody's part, and passed over. */
function readUpdates(values: readonly (string | number)[]): RemoteUpdate[] {
  const updates: RemoteUpdate[] = [];
  for (let at = 0; at + 3 < values.length; at += 4) {
    const [field, left, age, text] = values.slice(at, at + 4);
    const [, author, kind, name] = /^(\S+) (\S+) (.+)$/s.exec(String(field)) ?? [];
    const [leftMs, ageMs] = [Number(left), Number(age)];
    if (author === undefined || kind === undefined || name === undefined) continue;
    if (isDuration(leftMs) && isDuration(ageMs)) {
      updates.push({ author, kind, name, text: String(text), leftMs, ageMs });
    }
  }
  return updates;
}

function isDuration(ms: number): boolean {
  return Number.isSafeInteger(ms) && ms >= 0 && ms <= MOST_HELD_MS;
}
