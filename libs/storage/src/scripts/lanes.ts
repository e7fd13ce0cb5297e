/**
 * Whose turn it is (docs/scheduling.md). Executions that require the same of a worker share a lane; '' requires nothing. Part of the prelude.
 *
 *   lanes                   zset: lanes in which somebody waits, those that were served longest ago first
 *   lane:<lane>:tenants     zset: who may be served, by start tag
 *   lane:<lane>:parked      zset: who runs as many as they may, by the tag to come back with
 *   lane:<lane>:served      zset: who was served lately, by finish tag; only what is above the virtual time counts
 *   lane:<lane>:time        virtual time: the highest start tag served
 *   lane:<lane>:burnt       how many tokens found parked tenants only
 *   lane:<lane>:mean        recent mean run time, ms
 *   lane:<lane>:q:<tenant>  zset: ids that wait, by place: priority, then acceptance
 *   lanes-of:<tenant>       set: lanes in which they wait          parked-in:<tenant>  set: lanes in which they are parked
 *   running:<tenant>        set: ids that are claimed or run       tenant:<tenant>     hash: max = how many of these at once
 *   claims                  zset: claimed ids, by the end of the lease
 *   held                    zset: ids that wait for another try, by when
 */
export const LANES = `
-- How many tokens the caller must put into the queue.
local owed = 0
local function focus(which)
  id = which
  rec = P .. ':x:' .. id
  ev = rec .. ':events'
end
local function in_lane(lane, what) return P .. ':lane:' .. lane .. ':' .. what end
local function virtual_time(lane) return tonumber(redis.call('GET', in_lane(lane, 'time')) or '0') end
local function free_places(tenant)
  local max = redis.call('HGET', P .. ':tenant:' .. tenant, 'max')
  if not max then return math.huge end
  return tonumber(max) - redis.call('SCARD', P .. ':running:' .. tenant)
end
-- The tenant has work and waits for its turn, unless it does already. back: the tag of a turn that is given back.
local function enter_lane(tenant, lane, back)
  local tenants, parked = in_lane(lane, 'tenants'), in_lane(lane, 'parked')
  local where, tag = tenants, redis.call('ZSCORE', tenants, tenant)
  if not tag then where, tag = parked, redis.call('ZSCORE', parked, tenant) end
  if tag then
    if back then redis.call('ZADD', where, str(math.max(tonumber(tag) - 1, back)), tenant) end
    return
  end
  local served = tonumber(redis.call('ZSCORE', in_lane(lane, 'served'), tenant) or '0')
  redis.call('ZADD', tenants, str(back or math.max(virtual_time(lane), served)), tenant)
end
local function tell_lane(lane)
  if lane ~= '' then redis.call('PUBLISH', P .. ':lane-news', lane) end
end
-- Each lane costs every worker that serves it a look; one tenant must not make thousands of them.
local MAX_LANES = 16
local function is_one_lane_too_many(tenant, lane)
  local lanes_of = P .. ':lanes-of:' .. tenant
  return lane ~= '' and redis.call('SISMEMBER', lanes_of, lane) == 0 and redis.call('SCARD', lanes_of) >= MAX_LANES
end
local function line_up(tenant, lane, place, back)
  redis.call('ZADD', in_lane(lane, 'q:' .. tenant), place, id)
  redis.call('SADD', P .. ':lanes-of:' .. tenant, lane)
  redis.call('ZADD', P .. ':lanes', 'NX', 0, lane)
  enter_lane(tenant, lane, back)
  tell_lane(lane)
end
local function leave_tenant_lane(tenant, lane)
  redis.call('ZREM', in_lane(lane, 'tenants'), tenant)
  redis.call('ZREM', in_lane(lane, 'parked'), tenant)
  redis.call('SREM', P .. ':parked-in:' .. tenant, lane)
  redis.call('SREM', P .. ':lanes-of:' .. tenant, lane)
  -- Nobody waits: the lane is forgotten, and with it who was served.
  if redis.call('EXISTS', in_lane(lane, 'tenants'), in_lane(lane, 'parked')) == 0 then
    redis.call('DEL', in_lane(lane, 'time'), in_lane(lane, 'served'), in_lane(lane, 'burnt'))
    redis.call('ZREM', P .. ':lanes', lane)
  end
end
local function leave_lane(tenant, lane)
  redis.call('ZREM', P .. ':claims', id)
  redis.call('ZREM', P .. ':held', id)
  local waiting = in_lane(lane, 'q:' .. tenant)
  if redis.call('ZREM', waiting, id) == 1 and redis.call('EXISTS', waiting) == 0 then leave_tenant_lane(tenant, lane) end
end
-- A tenant that is below its cap comes back to the lanes in which it is parked.
local function unpark(tenant)
  local parked_in = P .. ':parked-in:' .. tenant
  if redis.call('EXISTS', parked_in) == 0 then return end
  local free = free_places(tenant)
  if free <= 0 then return end
  for _, lane in ipairs(redis.call('SMEMBERS', parked_in)) do
    local tag = redis.call('ZSCORE', in_lane(lane, 'parked'), tenant)
    if tag then
      redis.call('ZREM', in_lane(lane, 'parked'), tenant)
      redis.call('ZADD', in_lane(lane, 'tenants'), str(math.max(tonumber(tag), virtual_time(lane))), tenant)
      if lane == '' then
        local burnt = tonumber(redis.call('GET', in_lane(lane, 'burnt')) or '0')
        local now_owed = math.min(burnt, free, redis.call('ZCARD', in_lane(lane, 'q:' .. tenant)))
        if now_owed > 0 then
          redis.call('DECRBY', in_lane(lane, 'burnt'), now_owed)
          owed = owed + now_owed
        end
      end
      tell_lane(lane)
    end
  end
  redis.call('DEL', parked_in)
end
-- Nothing is kept of a tenant that has nothing queued and nothing running.
local function forget_idle(tenant)
  if redis.call('EXISTS', P .. ':running:' .. tenant, P .. ':queued:' .. tenant) == 0 then redis.call('DEL', P .. ':tenant:' .. tenant) end
end
-- The one in focus does not count as one of its tenant's running any more.
local function free_place(tenant)
  redis.call('SREM', P .. ':running:' .. tenant, id)
  unpark(tenant)
  forget_idle(tenant)
end
-- The claimed one in focus waits again in its old place, after a while if told so.
local function hand_back(delay_ms)
  local r = redis.call('HMGET', rec, 'tenant', 'lane', 'place', 'tag')
  redis.call('ZREM', P .. ':claims', id)
  redis.call('HDEL', rec, 'claim')
  if delay_ms > 0 then redis.call('ZADD', P .. ':held', str(now() + delay_ms), id)
  else line_up(r[1], r[2], r[3], math.min(tonumber(r[4] or '0'), virtual_time(r[2]))) end
  free_place(r[1])
end
local function release_held()
  for _, due in ipairs(redis.call('ZRANGEBYSCORE', P .. ':held', '-inf', str(now()), 'LIMIT', 0, 100)) do
    focus(due)
    redis.call('ZREM', P .. ':held', id)
    local r = redis.call('HMGET', rec, 'status', 'tenant', 'lane', 'place')
    if r[1] == 'pending' then line_up(r[2], r[3], r[4]) end
  end
end
-- Whose turn it is in a lane: tenant and tag, with the execution in focus; nil when there is nothing to take. Parks who must not be served.
local function next_in(lane)
  local tenants = in_lane(lane, 'tenants')
  while true do
    local head = redis.call('ZRANGE', tenants, 0, 0, 'WITHSCORES')
    local tenant = head[1]
    if not tenant then return nil end
    local first = redis.call('ZRANGE', in_lane(lane, 'q:' .. tenant), 0, 0)[1]
    if not first then leave_tenant_lane(tenant, lane)
    elseif free_places(tenant) <= 0 then
      redis.call('ZREM', tenants, tenant)
      redis.call('ZADD', in_lane(lane, 'parked'), head[2], tenant)
      redis.call('SADD', P .. ':parked-in:' .. tenant, lane)
    else
      focus(first)
      if redis.call('HGET', rec, 'status') == 'pending' then return tenant, tonumber(head[2]) end
      -- Its record is gone before its time: a Redis that lost keys.
      leave_lane(tenant, lane)
    end
  end
end
-- The turn is over: the lane's time goes on, and its tenant waits for the next one.
local function served(lane, tenant, tag)
  local time = math.max(virtual_time(lane), tag)
  redis.call('SET', in_lane(lane, 'time'), str(time))
  redis.call('ZADD', in_lane(lane, 'served'), str(tag + 1), tenant)
  redis.call('ZREMRANGEBYSCORE', in_lane(lane, 'served'), '-inf', str(time))
  -- Behind all others; a lane that requires nothing is looked for by its name.
  if lane ~= '' then
    local last = redis.call('ZREVRANGE', P .. ':lanes', 0, 0, 'WITHSCORES')
    redis.call('ZADD', P .. ':lanes', str(tonumber(last[2]) + 1), lane)
  end
  local waiting = in_lane(lane, 'q:' .. tenant)
  redis.call('ZREM', waiting, id)
  if redis.call('EXISTS', waiting) == 1 then redis.call('ZADD', in_lane(lane, 'tenants'), str(tag + 1), tenant)
  else leave_tenant_lane(tenant, lane) end
end
-- Remembers how long the ones of this lane run, for estimates.
local function note_run_time(lane, run_ms)
  local key = in_lane(lane, 'mean')
  local mean = tonumber(redis.call('GET', key) or '')
  mean = mean and mean * 0.8 + run_ms * 0.2 or run_ms
  redis.call('SET', key, str(mean), 'PX', 3600000)
end
`;
