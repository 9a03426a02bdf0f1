import type { Redis } from 'ioredis';

/** For how long an installation that says nothing is taken to be there. */
const HOLDS_MS = 5_000;

/**
 * Writes down that an installation is there, and reads which others are, by the one clock of Redis. That it writes is
 * as much its purpose: a server that takes nothing says so.
 */
const SCRIPT = `
local time = redis.call('TIME')
local nowMs = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f', nowMs))
redis.call('PEXPIRE', KEYS[1], ARGV[2])
local others = {}
local fields = redis.call('HGETALL', KEYS[1])
for i = 1, #fields, 2 do
  local saidAtMs = tonumber(fields[i + 1])
  if not saidAtMs or math.abs(nowMs - saidAtMs) > tonumber(ARGV[2]) then
    redis.call('HDEL', KEYS[1], fields[i])
  elseif fields[i] ~= ARGV[1] then
    table.insert(others, fields[i])
  end
end
return others
`;

/** Tells Redis that this installation is there; resolves with the names of others that use the same keys. */
export async function sendBeat(client: Redis, keyspace: string, installation: string): Promise<string[]> {
  const reply = await client.eval(SCRIPT, 1, `${keyspace}installations`, installation, HOLDS_MS);
  return (reply as unknown[]).map(String);
}
