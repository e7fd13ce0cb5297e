import { PRELUDE } from './prelude.js';

/** ARGV: id worker nonce leaseMs. What is claimed is started by its claim's nonce only; what nobody has claimed, by anyone. */
export const START = `${PRELUDE}
local r = redis.call('HMGET', rec, 'status', 'accepted', 'deadline', 'tenant', 'created', 'started', 'nonce', 'att', 'claim', 'lane')
if not r[1] then return { 'gone' } end
if r[1] == 'running' and r[7] == ARGV[3] then return { 'started', tonumber(r[8]), r[5], r[6] } end
if r[1] ~= 'pending' or (r[9] and r[9] ~= ARGV[3]) then return { 'gone' } end
local at = now()
if r[2] ~= '1' then
  if at <= tonumber(r[3]) then return { 'not_accepted' } end
  drop_offer()
  return { 'gone' }
end
local att = redis.call('HINCRBY', rec, 'att', 1)
redis.call('HSET', rec, 'status', 'running', 'worker', ARGV[2], 'nonce', ARGV[3], 'started', str(at), 'wrote', '0')
leave_queue(r[4])
if r[10] then
  redis.call('HDEL', rec, 'claim')
  redis.call('SADD', P .. ':running:' .. r[4], id)
end
redis.call('ZADD', P .. ':running', str(at + tonumber(ARGV[4])), id)
-- What the log has lost of an attempt before this one.
redis.call('DEL', rec .. ':output')
append('status', cjson.encode({ status = 'running', attempt = att, worker = ARGV[2] }), at)
say('more')
return { 'started', att, r[5], str(at) }
`;

/** ARGV: id attempt maxBytes offset, then kind and data in turn. 1 written (or written before), 0 refused. */
export const APPEND = `${PRELUDE}
local r = redis.call('HMGET', rec, 'status', 'att')
if r[1] ~= 'running' or r[2] ~= ARGV[2] then return 0 end
local bytes = append_new(4)
if not bytes then return 1 end
-- Past the cap the oldest events go; a reader who is behind them is told so. Output is kept beside the log, for the result: where it is long, nobody else has it.
while bytes > tonumber(ARGV[3]) do
  local old = redis.call('XRANGE', ev, '-', '+', 'COUNT', 1)
  if #old == 0 then break end
  bytes = bytes - #old[1][2][6] - 64
  local kind = old[1][2][2]
  if kind == 'status' then redis.call('DEL', rec .. ':output') end
  if kind == 'stdout' or kind == 'stderr' then redis.call('RPUSH', rec .. ':output', kind .. old[1][2][6]) end
  redis.call('XDEL', ev, old[1][1])
  redis.call('HSET', rec, 'trimmed', '1')
end
redis.call('HSET', rec, 'bytes', str(bytes))
say('more')
return 1
`;

/**
 * ARGV: id attempt|claim:<nonce or nothing>|'' status result stdout stderr keepMs offset, then kind and data in turn. 1 ended by this call (or by the same attempt before),
 * -n the same, and n tokens are owed, 0 not ours to end.
 */
export const FINISH = `${PRELUDE}
local r = redis.call('HMGET', rec, 'status', 'att', 'endedby', 'accepted', 'claim')
if not r[1] then return 0 end
if is_terminal(r[1]) then
  if ARGV[2] ~= '' and r[3] == ARGV[2] then return 1 end
  return 0
end
-- What has not started is ended by the one that has claimed it; another may have started it since.
local claim = string.match(ARGV[2], '^claim:(.*)$')
if claim then
  if r[1] ~= 'pending' or (claim ~= '' and r[5] and r[5] ~= claim) then return 0 end
-- An attempt that was lost is over, also while its execution waits for the next one.
elseif ARGV[2] ~= '' and (r[1] ~= 'running' or r[2] ~= ARGV[2]) then return 0 end
if r[4] ~= '1' then drop_offer() return 0 end
append_new(8)
finish(ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7], ARGV[2])
return owed > 0 and -owed or 1
`;

/**
 * ARGV: id result's status, result, stdout, stderr, keepMs attempt|''. { 'again' | 'ended' | 'kept', tokens owed }. Only what runs under a lease that
 * has run out, or is given up by the one that has this attempt: it waits again in its old place when its request allows it, or ends.
 */
export const LOSE = `${PRELUDE}
local r = redis.call('HMGET', rec, 'status', 'att', 'tenant', 'lane', 'place', 'spec', 'cancel')
local till = redis.call('ZSCORE', P .. ':running', id)
local at = now()
if r[1] ~= 'running' then
  -- Of a Redis that lost the record.
  redis.call('ZREM', P .. ':running', id)
  return { 'kept', 0 }
end
if ARGV[7] ~= '' then
  if r[2] ~= ARGV[7] then return { 'kept', 0 } end
elseif not till or tonumber(till) > at then return { 'kept', 0 } end
count_lost(r[3], at)
local readable, spec = pcall(cjson.decode, r[6])
local attempt, attempts = tonumber(r[2]), 1 + (readable and tonumber(spec.retryOnWorkerLost) or 0)
if not r[5] or r[7] == '1' or attempt >= attempts then
  finish(ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], '')
  return { 'ended', owed }
end
local tenant, lane = r[3], r[4]
redis.call('HSET', rec, 'status', 'pending')
-- Nobody has it, and it is told anew where it stands. What it failed before its last start counts no more.
redis.call('HDEL', rec, 'worker', 'nonce', 'started', 'claim', 'told', 'failures', 'used')
redis.call('ZREM', P .. ':running', id)
redis.call('ZADD', P .. ':queued', str(at), id)
redis.call('ZADD', P .. ':queued:' .. tenant, str(at), id)
line_up(tenant, lane, r[5])
free_place(tenant)
append('status', '{"status":"pending","attempt":' .. str(attempt) .. '}', at)
append('progress', '{"message":"worker lost, trying again (attempt ' .. str(attempt + 1) .. ' of ' .. str(attempts) .. ')"}', at)
say('more')
return { 'again', lane == '' and owed + 1 or owed }
`;

/** ARGV: id attempt leaseMs. 'ok', 'cancelled' or 'lost'. */
export const RENEW = `${PRELUDE}
local r = redis.call('HMGET', rec, 'status', 'att', 'cancel')
if r[1] ~= 'running' or r[2] ~= ARGV[2] then return 'lost' end
redis.call('ZADD', P .. ':running', 'XX', str(now() + tonumber(ARGV[3])), id)
if r[3] == '1' then return 'cancelled' end
return 'ok'
`;

/**
 * ARGV: '' max. Withdraws offers past their deadline, returns ids whose lease ran out. Fails where nothing can be written (a full Redis): no lease
 * can be prolonged then.
 */
export const LAPSED = `${PRELUDE}
local at = str(now())
redis.call('SET', P .. ':reaped', at, 'PX', 60000)
for _, offer in ipairs(redis.call('ZRANGEBYSCORE', P .. ':offers', '-inf', at, 'LIMIT', 0, 100)) do
  id = offer
  rec = P .. ':x:' .. id
  ev = rec .. ':events'
  if redis.call('HGET', rec, 'accepted') == '0' then drop_offer() else redis.call('ZREM', P .. ':offers', id) end
end
return redis.call('ZRANGEBYSCORE', P .. ':running', '-inf', at, 'LIMIT', 0, tonumber(ARGV[2]))
`;
