import { PRELUDE } from './prelude.js';
import { ROOM_LUA } from './storage-lua.js';

/** ARGV: id tenant idem. { id, fingerprint } of the accepted job with this key, or {}. */
export const FIND = `
local P = KEYS[1]
local found = redis.call('HMGET', P .. ':idem:' .. ARGV[2] .. ':' .. ARGV[3], 'id', 'fp')
if found[1] and redis.call('HGET', P .. ':x:' .. found[1], 'accepted') == '1' then return found end
return {}
`;

/** ARGV: id tenant spec code stdin fp idem within maxAll maxTenant image traceparent tracestate lane|'-' priority maxRunning|'' cpuMsPerDay|'' storageBytes|'' webhook|'' webhookHost maxWebhooks|'' roomBytes|'' roomUntil roomCap|'' */
export const CREATE = `${PRELUDE}${ROOM_LUA}
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
if ARGV[14] ~= '-' and is_one_lane_too_many(tenant, ARGV[14]) then return { 'too_many_lanes', MAX_LANES } end
if ARGV[19] ~= '' and ARGV[21] ~= '' then
  local untold = webhooks_of(tenant)
  if untold >= tonumber(ARGV[21]) then return { 'too_many_webhooks', untold } end
end
local at = now()
if ARGV[17] ~= '' then
  local spent, resets = cpu_spent(tenant, at)
  if spent >= tonumber(ARGV[17]) then return { 'cpu_quota_exceeded', str(spent), str(resets), str(resets - at) } end
end
if ARGV[22] ~= '' then
  local held, taken = take_room(tenant, 'in:' .. id, tonumber(ARGV[22]), ARGV[23], ARGV[24])
  if not held then return { 'storage_quota_exceeded', str(taken) } end
end
local deadline = at + tonumber(ARGV[8])
redis.call('HSET', rec, 'tenant', tenant, 'status', 'pending', 'accepted', '0', 'deadline', str(deadline), 'spec', ARGV[3], 'code', ARGV[4],
  'stdin', ARGV[5], 'fp', ARGV[6], 'idem', idem, 'att', '0', 'cancel', '0', 'created', str(at), 'seq', '0')
if ARGV[14] ~= '-' then redis.call('HSET', rec, 'lane', ARGV[14], 'priority', ARGV[15], 'cap', ARGV[16]) end
if ARGV[11] ~= '' then redis.call('HSET', rec, 'image', ARGV[11]) end
-- For what the execution leaves.
if ARGV[18] ~= '' then redis.call('HSET', rec, 'storage', ARGV[18]) end
if ARGV[12] ~= '' then redis.call('HSET', rec, 'traceparent', ARGV[12]) end
if ARGV[13] ~= '' then redis.call('HSET', rec, 'tracestate', ARGV[13]) end
if ARGV[19] ~= '' then
  redis.call('HSET', rec, 'hook', ARGV[19], 'hookhost', ARGV[20], 'hookstate', 'waiting')
  promise_webhook(tenant, id)
end
redis.call('ZADD', P .. ':queued', str(at), id)
redis.call('ZADD', P .. ':queued:' .. tenant, str(at), id)
redis.call('ZADD', P .. ':offers', str(deadline), id)
if idem ~= '' then redis.call('HSET', idem_key, 'id', id, 'fp', ARGV[6]) end
return { 'created' }
`;

/** ARGV: id ms. 1 it stands for so long at least, 0 it is gone. */
export const PROLONG = `${PRELUDE}
local r = redis.call('HMGET', rec, 'accepted', 'deadline')
if not r[1] then return 0 end
local till = now() + tonumber(ARGV[2])
if r[1] == '0' and till > tonumber(r[2]) then
  redis.call('HSET', rec, 'deadline', str(till))
  redis.call('ZADD', P .. ':offers', 'XX', str(till), id)
end
return 1
`;

/** ARGV: id keepMs. 1 accepted, 0 too late or gone, -n: the tenant waits in so many lanes already, and the offer is gone. */
export const ACCEPT = `${PRELUDE}
local r = redis.call('HMGET', rec, 'status', 'accepted', 'deadline', 'tenant', 'created', 'lane', 'priority', 'cap')
if not r[1] then return 0 end
if r[2] == '1' then return 1 end
local at = now()
if at > tonumber(r[3]) then drop_offer() return 0 end
-- Several offers may have been made at once when there was room for one more.
if r[6] and is_one_lane_too_many(r[4], r[6]) then drop_offer() return -MAX_LANES end
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

/** ARGV: id cancelledResult emptyOutput keepMs. Nobody was told this id, unless another request came with the same idempotency key. { 1 it will never run | 0, tokens owed }. */
export const WITHDRAW = `${PRELUDE}
local r = redis.call('HMGET', rec, 'status', 'accepted', 'idem')
if not r[1] then return { 1, 0 } end
if r[2] ~= '1' then drop_offer()
elseif r[1] == 'pending' and r[3] == '' then finish('cancelled', ARGV[2], ARGV[3], ARGV[3], ARGV[4], 'withdraw')
else return { 0, 0 } end
return { 1, owed }
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
