/**
 * Which webhook is sent next. For scripts with P (of any family of jobs), str and now. All lie below the deployment's own prefix, W:
 *
 *   webhook:<id>             hash: what is due and what came of it: tenant host webhook status result att created started finished keep
 *                            state (pending | delivered | failed) due tries count nonce again (asked for while it was under way)
 *   webhook:<id>:log         list: attempts as JSON
 *   webhook-turns            zset: tenants that may be served, by when their first one is due
 *   webhook-hosts:<tenant>   zset: hosts that may be sent to, by when their first one is due
 *   webhook-lane:<tenant>|<host>  zset: ids that wait, by when they are due
 *   webhooks-of:<tenant>     set: ids whose end was promised to be told and has not been, their jobs ended or not
 *   webhook-busy             hash: how many are under way, by tenant and by tenant|host; those at their cap are in no zset above
 *   webhook-claims           zset: ids that are under way, by the end of the lease
 *
 * So a host that does not answer holds up nothing but what is for that host, and a tenant with many of them nobody else.
 */
export const WEBHOOK_LUA = `
local W = string.match(P, '^%b{}')
local HOST_CAP, TENANT_CAP = 4, 16
local function hook_key(of) return W .. ':webhook:' .. of end
local function hook_lane(tenant, host) return tenant .. '|' .. host end
local function webhooks_of(tenant) return redis.call('SCARD', W .. ':webhooks-of:' .. tenant) end
local function promise_webhook(tenant, of) redis.call('SADD', W .. ':webhooks-of:' .. tenant, of) end
local function forget_webhook(tenant, of) redis.call('SREM', W .. ':webhooks-of:' .. tenant, of) end
local function hooks_under_way(of) return tonumber(redis.call('HGET', W .. ':webhook-busy', of) or '0') end
-- Puts the head of one zset into another, by its score; takes the name out where there is none, or no room for one more.
local function raise_hook(from, into, name, free)
  local head = redis.call('ZRANGE', from, 0, 0, 'WITHSCORES')
  if #head == 0 or not free then redis.call('ZREM', into, name) else redis.call('ZADD', into, head[2], name) end
end
-- Of those whose time has come the one with the fewest under way, else the one that has waited longest: who has much waiting, for receivers
-- that hang, gets no further turn before who has none.
local function next_hook(from, at, before)
  local names = redis.call('ZRANGEBYSCORE', from, '-inf', str(at), 'LIMIT', 0, 100)
  if #names == 0 then return nil end
  local keys = {}
  for i, name in ipairs(names) do keys[i] = before .. name end
  local best, fewest = nil, math.huge
  for i, count in ipairs(redis.call('HMGET', W .. ':webhook-busy', unpack(keys))) do
    local busy = tonumber(count or '0')
    if busy < fewest then best, fewest = names[i], busy end
  end
  return best
end
local function line_up_hooks(tenant, host)
  local lane = hook_lane(tenant, host)
  local hosts = W .. ':webhook-hosts:' .. tenant
  raise_hook(W .. ':webhook-lane:' .. lane, hosts, host, hooks_under_way(lane) < HOST_CAP)
  raise_hook(hosts, W .. ':webhook-turns', tenant, hooks_under_way(tenant) < TENANT_CAP)
end
local function hook_due(of, tenant, host, at)
  redis.call('ZADD', W .. ':webhook-lane:' .. hook_lane(tenant, host), str(at), of)
  redis.call('HSET', hook_key(of), 'due', str(at))
  line_up_hooks(tenant, host)
end
local function count_hook(of, change)
  if redis.call('HINCRBY', W .. ':webhook-busy', of, change) <= 0 then redis.call('HDEL', W .. ':webhook-busy', of) end
end
-- The claim ends, whoever had it. Nil when there was none.
local function end_hook_claim(of)
  if redis.call('ZREM', W .. ':webhook-claims', of) == 0 then return nil end
  local r = redis.call('HMGET', hook_key(of), 'tenant', 'host')
  redis.call('HDEL', hook_key(of), 'nonce')
  count_hook(r[1], -1)
  count_hook(hook_lane(r[1], r[2]), -1)
  line_up_hooks(r[1], r[2])
  return r[1], r[2]
end
-- The record may have expired; what is due has all it needs.
local function tell_hook_state(of, state)
  local record = (string.sub(of, 1, 4) == 'job_' and W .. ':images:x:' or W .. ':x:') .. of
  if redis.call('EXISTS', record) == 1 then redis.call('HSET', record, 'hookstate', state) end
end
-- In the script that writes the end: whoever dies afterwards, it is due.
local function note_webhook(of, facts, at)
  redis.call('HSET', hook_key(of), 'state', 'pending', 'tries', '0', 'count', '0', unpack(facts))
  tell_hook_state(of, 'pending')
  local r = redis.call('HMGET', hook_key(of), 'tenant', 'host')
  hook_due(of, r[1], r[2], at)
  redis.call('PUBLISH', W .. ':webhook-news', of)
end
`;
