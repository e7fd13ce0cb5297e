import { FILE_LUA } from './file-lua.js';

/**
 * Bookkeeping of the room that a tenant takes: uploaded files (file-lua.ts), and beside them artifacts, and files that came with requests. For
 * scripts with P, str and now.
 *
 *   kept:<tenant>        hash: what takes room → bytes
 *   kept:<tenant>:until  zset: the same by the time of its end
 *   kept:<tenant>:bytes  all together
 */
export const LET_GO_LUA = `
-- One book for all families of jobs, whose prefixes begin with the deployment's.
local function kept_of(tenant) return string.match(P, '^{[^}]*}') .. ':kept:' .. tenant end
local function add_kept(tenant, bytes)
  local sum = kept_of(tenant) .. ':bytes'
  if bytes ~= 0 and redis.call('INCRBY', sum, str(bytes)) <= 0 then redis.call('DEL', sum) end
end
local function let_go(tenant, entry)
  local kept = kept_of(tenant)
  local bytes = redis.call('HGET', kept, entry)
  if not bytes then return end
  add_kept(tenant, -tonumber(bytes))
  redis.call('HDEL', kept, entry)
  redis.call('ZREM', kept .. ':until', entry)
end
`;

/** With LET_GO_LUA before it. */
export const ROOM_LUA = `${FILE_LUA}
local function hold(tenant, entry, bytes, till)
  local kept = kept_of(tenant)
  add_kept(tenant, bytes - tonumber(redis.call('HGET', kept, entry) or '0'))
  redis.call('HSET', kept, entry, str(bytes))
  redis.call('ZADD', kept .. ':until', till, entry)
  -- All goes with what is kept longest.
  local last = redis.call('ZREVRANGE', kept .. ':until', 0, 0, 'WITHSCORES')[2]
  for _, key in ipairs({ kept, kept .. ':until', kept .. ':bytes' }) do redis.call('PEXPIREAT', key, str(tonumber(last) + 3600000)) end
end
local function kept_bytes(tenant)
  local till = kept_of(tenant) .. ':until'
  -- Bounded: what is left is taken by the next call.
  for _, entry in ipairs(redis.call('ZRANGEBYSCORE', till, '-inf', str(now()), 'LIMIT', 0, 500)) do let_go(tenant, entry) end
  return tonumber(redis.call('GET', kept_of(tenant) .. ':bytes') or '0')
end
-- Sets how much an entry takes; false when it would grow above the cap ('' = none). And what the tenant takes now.
local function take_room(tenant, entry, bytes, till, cap)
  -- Before the entry is looked at: what has expired, itself perhaps, takes nothing.
  local taken = file_bytes(tenant) + kept_bytes(tenant)
  local before = tonumber(redis.call('HGET', kept_of(tenant), entry) or '0')
  if bytes > before and cap ~= '' and taken - before + bytes > tonumber(cap) then return false, taken end
  hold(tenant, entry, bytes, till)
  return true, taken - before + bytes
end
`;
