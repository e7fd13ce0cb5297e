/**
 * What tenants used, counted in the script that writes the end. For scripts with P, rec, str and now.
 *
 *   usage:<tenant>:<day>  hash: ended executions by status, cpu and run (ms); `day` is days since the epoch
 *   usage-tenants         zset: tenants by the last day on which they used something
 */
export const USAGE_LUA = `
local DAY_MS = 86400000
local KEPT_DAYS = 31
local function usage_key(tenant, day) return P .. ':usage:' .. tenant .. ':' .. str(day) end
local function count_time(tenant, cpu, run, at)
  local day = math.floor(at / DAY_MS)
  local key = usage_key(tenant, day)
  redis.call('HINCRBY', key, 'cpu', str(cpu))
  redis.call('HINCRBY', key, 'run', str(run))
  redis.call('PEXPIREAT', key, str((day + KEPT_DAYS + 1) * DAY_MS))
  redis.call('ZADD', P .. ':usage-tenants', str(day), tenant)
  redis.call('ZREMRANGEBYSCORE', P .. ':usage-tenants', '-inf', '(' .. str(day - KEPT_DAYS))
  return key
end
-- Where processor time was not measured the program's wall time counts, so that there is no way around the quota.
local function count_end(tenant, status, result, at)
  if not string.find(result, '"usage":', 1, true) then return end
  local ok, facts = pcall(cjson.decode, result)
  if not ok or type(facts.usage) ~= 'table' then return end
  local run = tonumber(facts.executionMs) or 0
  local cpu = tonumber(facts.usage.cpuMs) or run
  redis.call('HINCRBY', count_time(tenant, cpu, run, at), status, 1)
end
-- What the attempt has used until now, in case that nothing more is heard of it.
local function note_usage(data, at) redis.call('HSET', rec, 'used', str(at) .. ' ' .. data) end
-- Of an attempt that was lost with its worker counts what it had told.
local function count_lost(tenant, at)
  local r = redis.call('HMGET', rec, 'used', 'started')
  local told_at, data = string.match(r[1] or '', '^(%d+) (.*)$')
  if not told_at or not r[2] then return end
  local ok, usage = pcall(cjson.decode, data)
  if not ok or type(usage) ~= 'table' then return end
  local run = math.max(0, tonumber(told_at) - tonumber(r[2]))
  count_time(tenant, tonumber(usage.cpuMs) or run, run, at)
end
-- Today's processor time of a tenant, and when the day ends.
local function cpu_spent(tenant, at)
  local day = math.floor(at / DAY_MS)
  return tonumber(redis.call('HGET', usage_key(tenant, day), 'cpu') or '0'), (day + 1) * DAY_MS
end
`;
