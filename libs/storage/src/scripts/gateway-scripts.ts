import { PRELUDE } from './prelude.js';

/** ARGV: id tenant spec code stdin fp idem within maxAll maxTenant image traceparent tracestate lane|'-' priority maxRunning|'' cpuMsPerDay|'' storageBytes|'' webhook|'' webhookHost */
export const CREATE = `${PRELUDE}
local tenant, idem = ARGV[2], ARGV[7]
local idem_key = P .. ':idem:' .. tenant .. ':' .. idem
if idem ~= '' then
  local found = redis.call('HMGET', idem_key, 'id', 'fp')
  if found[1] then
    focus(found[1])
    local r = redis.call('HMGET', rec, 'accepted', 'deadline')
    if r[1] == '1' then return { 'existing', found[1], found[2] } end
    -- An offer is nothing yet: whoever made it may have been told so.
    if r[1] and now() <= tonumber(r[2]) then return { 'existing', found[1], found[2], 'offered' } end
    if r[1] then drop_offer() end
    focus(ARGV[1])
  end
end
local mine = redis.call('ZCARD', P .. ':queued:' .. tenant)
if mine >= tonumber(ARGV[10]) then return { 'tenant_queue_full', mine } end
local all = redis.call('ZCARD', P .. ':queued')
if all >= tonumber(ARGV[9]) then return { 'queue_full', all } end
-- Each lane costs every worker that serves it a look; one tenant must not make thousands of them.
local lanes_of = P .. ':lanes-of:' .. tenant
if ARGV[14] ~= '-' and ARGV[14] ~= '' and redis.call('SISMEMBER', lanes_of, ARGV[14]) == 0 and redis.call('SCARD', lanes_of) >= 16 then return { 'too_many_lanes', 16 } end
local at = now()
if ARGV[17] ~= '' then
  local spent, resets = cpu_spent(tenant, at)
  if spent >= tonumber(ARGV[17]) then return { 'cpu_quota_exceeded', str(spent), str(resets), str(resets - at) } end
end
-- For what the execution leaves.
if ARGV[18] ~= '' then redis.call('HSET', P .. ':storage-caps', tenant, ARGV[18]) else redis.call('HDEL', P .. ':storage-caps', tenant) end
local deadline = at + tonumber(ARGV[8])
redis.call('HSET', rec, 'tenant', tenant, 'status', 'pending', 'accepted', '0', 'deadline', str(deadline), 'spec', ARGV[3], 'code', ARGV[4],
  'stdin', ARGV[5], 'fp', ARGV[6], 'idem', idem, 'att', '0', 'cancel', '0', 'created', str(at), 'seq', '0')
if ARGV[14] ~= '-' then redis.call('HSET', rec, 'lane', ARGV[14], 'priority', ARGV[15], 'cap', ARGV[16]) end
if ARGV[11] ~= '' then redis.call('HSET', rec, 'image', ARGV[11]) end
if ARGV[12] ~= '' then redis.call('HSET', rec, 'traceparent', ARGV[12]) end
if ARGV[13] ~= '' then redis.call('HSET', rec, 'tracestate', ARGV[13]) end
if ARGV[19] ~= '' then redis.call('HSET', rec, 'hook', ARGV[19], 'hookhost', ARGV[20], 'hookstate', 'waiting') end
redis.call('ZADD', P .. ':queued', str(at), id)
redis.call('ZADD', P .. ':queued:' .. tenant, str(at), id)
redis.call('ZADD', P .. ':offers', str(deadline), id)
if idem ~= '' then redis.call('HSET', idem_key, 'id', id, 'fp', ARGV[6]) end
return { 'created' }
`;

/** ARGV: id keepMs. 1 accepted, 0 too late or gone. */
export const ACCEPT = `${PRELUDE}
local r = redis.call('HMGET', rec, 'status', 'accepted', 'deadline', 'tenant', 'created', 'lane', 'priority', 'cap')
if not r[1] then return 0 end
if r[2] == '1' then return 1 end
local at = now()
if at > tonumber(r[3]) then drop_offer() return 0 end
redis.call('HSET', rec, 'accepted', '1')
redis.call('ZREM', P .. ':offers', id)
local index = P .. ':index:' .. r[4]
redis.call('ZADD', index, r[5], id)
-- Entries whose record is long gone; the list skips those that are not pruned yet.
redis.call('ZREMRANGEBYSCORE', index, '-inf', str(at - 2 * tonumber(ARGV[2])))
redis.call('PEXPIRE', index, 2 * tonumber(ARGV[2]))
if r[6] then
  local tenant = P .. ':tenant:' .. r[4]
  if r[8] ~= '' then redis.call('HSET', tenant, 'max', r[8]) else redis.call('HDEL', tenant, 'max') end
  -- Higher priority first, then in the order of acceptance.
  local place = str((9 - tonumber(r[7])) * 2 ^ 44 + redis.call('INCR', P .. ':places'))
  redis.call('HSET', rec, 'place', place)
  line_up(r[4], r[6], place)
  unpark(r[4])
end
append('status', '{"status":"pending","attempt":0}', at)
say('more')
return 1
`;

/** ARGV: id cancelledResult emptyOutput keepMs. Nobody was told this id, unless another request came with the same idempotency key. How many tokens are owed. */
export const WITHDRAW = `${PRELUDE}
local r = redis.call('HMGET', rec, 'status', 'accepted', 'idem')
if not r[1] then return 0 end
if r[2] ~= '1' then drop_offer()
elseif r[1] == 'pending' and r[3] == '' then finish('cancelled', ARGV[2], ARGV[3], ARGV[3], ARGV[4], 'withdraw') end
return owed
`;

/** ARGV: id tenant cancelledResult emptyOutput keepMs. How many tokens are owed. */
export const CANCEL = `${PRELUDE}
local r = redis.call('HMGET', rec, 'tenant', 'status', 'accepted')
if not r[1] or r[1] ~= ARGV[2] then return 0 end
if r[3] ~= '1' then drop_offer()
elseif r[2] == 'pending' then
  redis.call('HSET', rec, 'cancel', '1')
  finish('cancelled', ARGV[3], ARGV[4], ARGV[4], ARGV[5], 'cancel')
elseif r[2] == 'running' then
  redis.call('HSET', rec, 'cancel', '1')
  redis.call('PUBLISH', P .. ':cancel', id)
end
return owed
`;
