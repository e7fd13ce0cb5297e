import { PRELUDE } from './prelude.js';

/** ARGV: id tenant spec code stdin fp idem within maxAll maxTenant image */
export const CREATE = `${PRELUDE}
local tenant, idem = ARGV[2], ARGV[7]
local idem_key = P .. ':idem:' .. tenant .. ':' .. idem
if idem ~= '' then
  local found = redis.call('HMGET', idem_key, 'id', 'fp')
  if found[1] and redis.call('EXISTS', P .. ':x:' .. found[1]) == 1 then return { 'existing', found[1], found[2] } end
end
local mine = redis.call('ZCARD', P .. ':queued:' .. tenant)
if mine >= tonumber(ARGV[10]) then return { 'tenant_queue_full', mine } end
local all = redis.call('ZCARD', P .. ':queued')
if all >= tonumber(ARGV[9]) then return { 'queue_full', all } end
local at = now()
local deadline = at + tonumber(ARGV[8])
redis.call('HSET', rec, 'tenant', tenant, 'status', 'pending', 'accepted', '0', 'deadline', str(deadline), 'spec', ARGV[3], 'code', ARGV[4],
  'stdin', ARGV[5], 'fp', ARGV[6], 'idem', idem, 'att', '0', 'cancel', '0', 'created', str(at), 'seq', '0')
if ARGV[11] ~= '' then redis.call('HSET', rec, 'image', ARGV[11]) end
redis.call('ZADD', P .. ':queued', str(at), id)
redis.call('ZADD', P .. ':queued:' .. tenant, str(at), id)
redis.call('ZADD', P .. ':offers', str(deadline), id)
if idem ~= '' then redis.call('HSET', idem_key, 'id', id, 'fp', ARGV[6]) end
return { 'created' }
`;

/** ARGV: id keepMs. 1 accepted, 0 too late or gone. */
export const ACCEPT = `${PRELUDE}
local r = redis.call('HMGET', rec, 'status', 'accepted', 'deadline', 'tenant', 'created')
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
append('status', '{"status":"pending","attempt":0}', at)
say('more')
return 1
`;

/** ARGV: id cancelledResult emptyOutput keepMs. Nobody was told this id, unless another request came with the same idempotency key. */
export const WITHDRAW = `${PRELUDE}
local r = redis.call('HMGET', rec, 'status', 'accepted', 'idem')
if not r[1] then return 0 end
if r[2] ~= '1' then drop_offer() return 1 end
if r[1] == 'pending' and r[3] == '' then finish('cancelled', ARGV[2], ARGV[3], ARGV[3], ARGV[4], 'withdraw') return 1 end
return 0
`;

/** ARGV: id tenant cancelledResult emptyOutput keepMs. 0 unknown, 1 known. */
export const CANCEL = `${PRELUDE}
local r = redis.call('HMGET', rec, 'tenant', 'status')
if not r[1] or r[1] ~= ARGV[2] then return 0 end
if r[2] == 'pending' then
  redis.call('HSET', rec, 'cancel', '1')
  finish('cancelled', ARGV[3], ARGV[4], ARGV[4], ARGV[5], 'cancel')
elseif r[2] == 'running' then
  redis.call('HSET', rec, 'cancel', '1')
  redis.call('PUBLISH', P .. ':cancel', id)
end
return 1
`;
