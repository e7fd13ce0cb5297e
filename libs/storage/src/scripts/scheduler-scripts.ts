import { PRELUDE } from './prelude.js';

/**
 * ARGV: '' worker nonce leaseMs tags, then the fields to answer with. Claims the execution whose turn it is: in the lane that requires nothing,
 * or, with tags, in that one of the other lanes they satisfy which was served longest ago. { id, failures, fields } or {}.
 */
export const TAKE = `${PRELUDE}
local nonce, tags = ARGV[3], ARGV[5]
local taken = P .. ':taken:' .. nonce
local function answer()
  return { id, redis.call('HGET', rec, 'failures') or '0', redis.call('HMGET', rec, unpack(ARGV, 6)) }
end
local before = redis.call('GET', taken)
if before then
  focus(before)
  local r = redis.call('HMGET', rec, 'status', 'claim')
  if r[1] == 'pending' and r[2] == nonce then return answer() end
end
release_held()
local has = {}
for tag in string.gmatch(tags, '[^+]+') do has[tag] = true end
local function is_served(lane)
  if lane == '' then return false end
  for tag in string.gmatch(lane, '[^+]+') do
    if not has[tag] then return false end
  end
  return true
end
local lane, tenant, tag
if tags == '' then
  lane = ''
  tenant, tag = next_in(lane)
  if not tenant and redis.call('EXISTS', in_lane(lane, 'parked')) == 1 then redis.call('INCR', in_lane(lane, 'burnt')) end
else
  for _, each in ipairs(redis.call('ZRANGE', P .. ':lanes', 0, -1)) do
    if is_served(each) then
      lane = each
      tenant, tag = next_in(lane)
      if tenant then break end
    end
  end
end
if not tenant then return {} end
served(lane, tenant, tag)
redis.call('HSET', rec, 'claim', nonce, 'tag', str(tag))
redis.call('ZADD', P .. ':claims', str(now() + tonumber(ARGV[4])), id)
redis.call('SADD', P .. ':running:' .. tenant, id)
redis.call('SET', taken, id, 'PX', ARGV[4])
return answer()
`;

/** ARGV: '' leaseMs, then id and nonce in turn. Prolongs claims; returns the ids of those that are claims no more. */
export const KEEP_CLAIMS = `${PRELUDE}
local lost = {}
local till = str(now() + tonumber(ARGV[2]))
for i = 3, #ARGV, 2 do
  focus(ARGV[i])
  local r = redis.call('HMGET', rec, 'status', 'claim')
  if r[1] == 'pending' and r[2] == ARGV[i + 1] then redis.call('ZADD', P .. ':claims', 'XX', till, id)
  else lost[#lost + 1] = id end
end
return lost
`;

/** ARGV: id nonce delayMs failed(1|0). { 1 handed back | 0 not ours (any more), tokens owed }. */
export const HAND_BACK = `${PRELUDE}
local r = redis.call('HMGET', rec, 'status', 'claim')
if r[1] ~= 'pending' or r[2] ~= ARGV[2] then return { 0, 0 } end
if ARGV[4] == '1' then redis.call('HINCRBY', rec, 'failures', 1) end
hand_back(tonumber(ARGV[3]))
return { 1, owed }
`;

/** ARGV: '' max maxFailures. Hands back what was claimed by who has fallen silent. { how many, ids of those that failed too often }. */
export const RECLAIM = `${PRELUDE}
local at = now()
local spent, handed = {}, 0
for _, lapsed in ipairs(redis.call('ZRANGEBYSCORE', P .. ':claims', '-inf', str(at), 'LIMIT', 0, tonumber(ARGV[2]))) do
  focus(lapsed)
  if redis.call('HGET', rec, 'status') ~= 'pending' then redis.call('ZREM', P .. ':claims', id)
  elseif redis.call('HINCRBY', rec, 'failures', 1) < tonumber(ARGV[3]) then
    hand_back(0)
    handed = handed + 1
  else
    -- Stays claimed until the caller has ended it; another looks again if it does not.
    redis.call('ZADD', P .. ':claims', str(at + 10000), id)
    spent[#spent + 1] = id
  end
end
return { handed, spent }
`;

/**
 * ARGV: '' max. How many of the lane that requires nothing may be taken now. Looks at the oldest that wait, and lines up what is accepted and
 * in no line: its queue was lost, or it comes from a version without lanes.
 */
export const TAKEABLE = `${PRELUDE}
release_held()
for _, old in ipairs(redis.call('ZRANGEBYSCORE', P .. ':queued', '-inf', str(now() - 10000), 'LIMIT', 0, tonumber(ARGV[2]))) do
  focus(old)
  local r = redis.call('HMGET', rec, 'status', 'accepted', 'tenant', 'lane', 'place', 'claim')
  if not r[1] then redis.call('ZREM', P .. ':queued', id)
  elseif r[1] == 'pending' and r[2] == '1' then
    local tenant, lane, place = r[3], r[4] or '', r[5] or '0'
    if not r[4] then redis.call('HSET', rec, 'lane', lane, 'place', place) end
    if r[6] then
      if not redis.call('ZSCORE', P .. ':claims', id) then redis.call('ZADD', P .. ':claims', str(now()), id) end
    elseif not redis.call('ZSCORE', in_lane(lane, 'q:' .. tenant), id) and not redis.call('ZSCORE', P .. ':held', id) then
      line_up(tenant, lane, place)
    end
  end
end
local count = 0
for _, tenant in ipairs(redis.call('ZRANGE', in_lane('', 'tenants'), 0, 999)) do
  count = count + math.max(0, math.min(redis.call('ZCARD', in_lane('', 'q:' .. tenant)), free_places(tenant)))
end
return count
`;

const PLACE_OF = `
-- The tenants of a lane whose turn comes first: { tenant, tag, how many of theirs wait }. Past so many each of the rest counts for one: it is an
-- estimate, and must stay cheap. Looked up once a script, however many are asked for.
local FRONT = 200
local fronts = {}
local function front_of(lane)
  if fronts[lane] then return fronts[lane] end
  local front = {}
  local tenants = redis.call('ZRANGE', in_lane(lane, 'tenants'), 0, FRONT - 1, 'WITHSCORES')
  for i = 1, #tenants, 2 do front[#front + 1] = { tenants[i], tonumber(tenants[i + 1]) } end
  fronts[lane] = front
  return front
end
-- Of the one in focus: how many are served before it, run time in ms | '', cap of its tenant | '', how many of its tenant's own. Of its own
-- tenant those in front of it come before; of each other tenant as many turns as come before its own.
local function place_of(tenant, lane)
  local mean = redis.call('GET', in_lane(lane, 'mean')) or ''
  local cap = redis.call('HGET', P .. ':tenant:' .. tenant, 'max') or ''
  local own = redis.call('ZRANK', in_lane(lane, 'q:' .. tenant), id)
  if not own then return { 0, mean, cap, 0 } end
  local mine = redis.call('ZSCORE', in_lane(lane, 'tenants'), tenant) or redis.call('ZSCORE', in_lane(lane, 'parked'), tenant)
  local turn = tonumber(mine or '0') + own
  local ahead = own
  local front = front_of(lane)
  for _, other in ipairs(front) do
    if other[2] > turn then break end
    if other[1] ~= tenant then
      local turns = turn - other[2]
      if other[1] < tenant then turns = turns + 1 end
      if turns > 0 then
        if not other[3] then other[3] = redis.call('ZCARD', in_lane(lane, 'q:' .. other[1])) end
        ahead = ahead + math.min(turns, other[3])
      end
    end
  end
  if #front == FRONT and front[FRONT][2] <= turn then ahead = ahead + redis.call('ZCOUNT', in_lane(lane, 'tenants'), '-inf', str(turn)) - FRONT end
  return { ahead, mean, cap, own }
end
`;

/** ARGV: id. Where it stands, as `place_of` says; {} when it does not wait. */
export const PLACE = `${PRELUDE}${PLACE_OF}
local r = redis.call('HMGET', rec, 'status', 'accepted', 'tenant', 'lane')
if r[1] ~= 'pending' or r[2] ~= '1' or not r[4] then return {} end
return place_of(r[3], r[4])
`;

/**
 * ARGV: '' max from round. Looks at so many of those that have waited for more than a second, oldest first. { how many there were | -1 another
 * has just looked, those that should be told where they stand: { id, lane, place ... } }. A round of looks begins when the last one of another began long enough ago.
 */
export const DUE_NEWS = `${PRELUDE}${PLACE_OF}
local told, round = P .. ':news-told', ARGV[4]
if not redis.call('SET', told, round, 'NX', 'PX', 2000) and redis.call('GET', told) ~= round then return { -1, {} } end
local due, seen = {}, 0
local from, before = tonumber(ARGV[3]), now() - 1000
local waiting = redis.call('ZRANGE', P .. ':queued', from, from + tonumber(ARGV[2]) - 1, 'WITHSCORES')
for i = 1, #waiting, 2 do
  if tonumber(waiting[i + 1]) > before then break end
  seen = seen + 1
  focus(waiting[i])
  local r = redis.call('HMGET', rec, 'status', 'accepted', 'tenant', 'lane', 'told', 'claim')
  if r[1] == 'pending' and r[2] == '1' and r[4] and not r[6] then
    local place = place_of(r[3], r[4])
    if not r[5] or 2 * (place[1] + 1) <= tonumber(r[5]) then due[#due + 1] = { id, r[4], unpack(place) } end
  end
end
return { seen, due }
`;

/** ARGV: id position queue. */
export const TELL_PLACE = `${PRELUDE}
local r = redis.call('HMGET', rec, 'status', 'claim', 'told', 'att')
if r[1] ~= 'pending' or r[2] or r[3] == ARGV[2] then return 0 end
redis.call('HSET', rec, 'told', ARGV[2])
append('status', '{"status":"pending","attempt":' .. r[4] .. ',"queue":' .. ARGV[3] .. '}', now())
say('more')
return 1
`;
