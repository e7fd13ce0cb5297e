import { LANES } from './lanes.js';
import { LET_GO_LUA } from './storage-lua.js';
import { USAGE_LUA } from './usage-lua.js';
import { WEBHOOK_LUA } from './webhook-lua.js';

/**
 * What all scripts share. KEYS[1] is the prefix, ARGV[1] the job's id. Time is the Redis server's, so machines need not agree.
 * Fields of a record: tenant status accepted deadline spec code stdin fp idem att nonce worker cancel created started finished
 * endedby lane priority cap place claim tag failures told result stdout stderr seq wrote bytes trimmed inclosed inbytes intaken image traceparent tracestate
 * hook hookhost hookstate storage used.
 */
export const PRELUDE = `
local P = KEYS[1]
local id = ARGV[1]
local rec = P .. ':x:' .. id
local ev = rec .. ':events'
local function now()
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end
local function str(n) return string.format('%.0f', n) end
local function field(name) return redis.call('HGET', rec, name) end
local function say(message) redis.call('PUBLISH', P .. ':live:' .. id, message) end
local function append(kind, data, at)
  local seq = redis.call('HINCRBY', rec, 'seq', 1)
  redis.call('XADD', ev, seq .. '-0', 't', kind, 'at', str(at), 'd', data)
  return seq
end
${USAGE_LUA}
-- ARGV[at] says how many events came before, then kind and data in turn. What was written before is left out; nil when that is all.
local function append_new(at)
  local count = (#ARGV - at) / 2
  local r = redis.call('HMGET', rec, 'wrote', 'bytes')
  -- Negative when an append before this one was lost: its events are gone, these are not.
  local skip = math.max(0, tonumber(r[1] or '0') - tonumber(ARGV[at]))
  if skip >= count then return nil end
  local time = now()
  local bytes = tonumber(r[2] or '0')
  for i = skip + 1, count do
    local data = ARGV[at + 2 * i]
    append(ARGV[at + 2 * i - 1], data, time)
    if ARGV[at + 2 * i - 1] == 'usage' then note_usage(data, time) end
    bytes = bytes + #data + 64
  end
  redis.call('HSET', rec, 'wrote', str(tonumber(ARGV[at]) + count), 'bytes', str(bytes))
  return bytes
end
local function is_terminal(status)
  return status == 'completed' or status == 'failed' or status == 'timeout' or status == 'cancelled'
end
${LANES}${LET_GO_LUA}${WEBHOOK_LUA}
-- Its lane, if it has one.
local function leave_queue(tenant)
  redis.call('ZREM', P .. ':queued', id)
  redis.call('ZREM', P .. ':queued:' .. tenant, id)
  redis.call('ZREM', P .. ':offers', id)
  local lane = field('lane')
  if lane then leave_lane(tenant, lane) end
  return lane
end
local function drop_offer()
  local tenant, idem = field('tenant'), field('idem')
  leave_queue(tenant)
  forget_idle(tenant)
  let_go(tenant, 'in:' .. id)
  redis.call('ZREM', P .. ':index:' .. tenant, id)
  forget_webhook(tenant, id)
  if idem and idem ~= '' then redis.call('DEL', P .. ':idem:' .. tenant .. ':' .. idem) end
  redis.call('DEL', rec, ev)
end
-- The end: status, result and last event at once, and from here on everything expires.
local function finish(status, result, stdout, stderr, keep_ms, endedby)
  local at = now()
  local tenant = field('tenant')
  redis.call('HSET', rec, 'status', status, 'result', result, 'stdout', stdout, 'stderr', stderr, 'finished', str(at), 'endedby', endedby)
  local lane, started = leave_queue(tenant), field('started')
  redis.call('ZREM', P .. ':running', id)
  if lane then
    free_place(tenant)
    if started then note_run_time(lane, at - tonumber(started)) end
  end
  if endedby ~= 'withdraw' then count_end(tenant, status, result, at) end
  -- The room of what came with it is free with its end, so that whoever is told of the end can use it.
  let_go(tenant, 'in:' .. id)
  append('result', '{}', at)
  local hook = endedby ~= 'withdraw' and redis.call('HMGET', rec, 'hook', 'hookhost', 'att', 'created')
  if hook and hook[1] then
    note_webhook(id, { 'tenant', tenant, 'webhook', hook[1], 'host', hook[2], 'status', status, 'result', result, 'att', hook[3],
      'created', hook[4], 'started', started or '', 'finished', str(at), 'keep', keep_ms }, at)
  end
  if endedby == 'withdraw' then forget_webhook(tenant, id) end
  redis.call('DEL', rec .. ':stdin')
  redis.call('PEXPIRE', rec, keep_ms)
  redis.call('PEXPIRE', ev, keep_ms)
  redis.call('PEXPIRE', rec .. ':output', keep_ms)
  local idem = field('idem')
  if idem and idem ~= '' then redis.call('PEXPIRE', P .. ':idem:' .. tenant .. ':' .. idem, keep_ms) end
  say('end')
  redis.call('PUBLISH', P .. ':ends', id)
end
`;
