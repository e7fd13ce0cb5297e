/**
 * What tenants used, counted in the script that writes the end. For scripts with P, str and now.
 *
 *   usage:<tenant>:<day>  hash: ended executions by status, cpu and run (ms); `day` is days since the epoch
 *   usage-tenants         zset: tenants by the last day on which they used something
 */
export const USAGE_LUA = `
local DAY_MS = 86400000
local KEPT_DAYS = 31
local function usage_key(tenant, day) return P .. ':usage:' .. tenant .. ':' .. str(day) end
-- Where processor time was not measured the program's wall time counts, so that there is no way around the quota.
local function count_end(tenant, status, result, at)
  if not string.find(result, '"usage":', 1, true) then return end
  local ok, facts = pcall(cjson.decode, result)
  if not ok or type(facts.usage) ~= 'table' then return end
  local run = tonumber(facts.executionMs) or 0
  local cpu = tonumber(facts.usage.cpuMs) or run
  local day = math.floor(at / DAY_MS)
  local key = usage_key(tenant, day)
  redis.call('HINCRBY', key, status, 1)
  redis.call('HINCRBY', key, 'cpu', str(cpu))
  redis.call('HINCRBY', key, 'run', str(run))
  redis.call('PEXPIREAT', key, str((day + KEPT_DAYS + 1) * DAY_MS))
  redis.call('ZADD', P .. ':usage-tenants', str(day), tenant)
  redis.call('ZREMRANGEBYSCORE', P .. ':usage-tenants', '-inf', '(' .. str(day - KEPT_DAYS))
end
-- Today's processor time of a tenant, and when the day ends.
local function cpu_spent(tenant, at)
  local day = math.floor(at / DAY_MS)
  return tonumber(redis.call('HGET', usage_key(tenant, day), 'cpu') or '0'), (day + 1) * DAY_MS
end
`;
