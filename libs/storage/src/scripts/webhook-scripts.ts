import { WEBHOOK_LUA } from './webhook-lua.js';

/** KEYS[1] is the deployment's prefix. */
const PRELUDE = `
local P = KEYS[1]
local function now()
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end
local function str(n) return string.format('%.0f', n) end
${WEBHOOK_LUA}
`;

/** ARGV: nonce leaseMs. id and the facts of the next one, or nothing. A repeat with the same nonce takes another; the first lapses. */
export const TAKE_WEBHOOK = `${PRELUDE}
local at = now()
for _ = 1, 100 do
  local tenant = next_hook(W .. ':webhook-turns', at, '')
  if not tenant then return {} end
  local hosts = W .. ':webhook-hosts:' .. tenant
  local host = next_hook(hosts, at, tenant .. '|')
  local lane = host and hook_lane(tenant, host)
  local of = lane and redis.call('ZRANGE', W .. ':webhook-lane:' .. lane, 0, 0)[1]
  if of and redis.call('EXISTS', hook_key(of)) == 1 then
    -- First, because it fails when Redis is full: then nothing has been taken out.
    redis.call('ZADD', W .. ':webhook-claims', str(at + tonumber(ARGV[2])), of)
    redis.call('HSET', hook_key(of), 'nonce', ARGV[1])
    redis.call('HDEL', hook_key(of), 'again')
    redis.call('ZREM', W .. ':webhook-lane:' .. lane, of)
    count_hook(tenant, 1)
    count_hook(lane, 1)
    line_up_hooks(tenant, host)
    local r = redis.call('HMGET', hook_key(of), 'webhook', 'status', 'result', 'att', 'created', 'started', 'finished', 'tries')
    return { of, tenant, host, unpack(r) }
  end
  -- Nothing there: what led here is put right.
  if of then
    redis.call('ZREM', W .. ':webhook-lane:' .. lane, of)
    forget_webhook(tenant, of)
  end
  if host then line_up_hooks(tenant, host) else raise_hook(hosts, W .. ':webhook-turns', tenant, hooks_under_way(tenant) < TENANT_CAP) end
end
return {}
`;

/** ARGV: id nonce state delayMs|'' attempt maxLog. 1 written, 0 not ours any more. */
export const SETTLE_WEBHOOK = `${PRELUDE}
local of, state = ARGV[1], ARGV[3]
local key = hook_key(of)
if redis.call('HGET', key, 'nonce') ~= ARGV[2] then return 0 end
redis.call('HINCRBY', key, 'tries', 1)
redis.call('HINCRBY', key, 'count', 1)
redis.call('RPUSH', key .. ':log', ARGV[5])
redis.call('LTRIM', key .. ':log', -tonumber(ARGV[6]), -1)
local tenant, host = end_hook_claim(of)
if redis.call('HGET', key, 'again') and state ~= 'delivered' then
  redis.call('HSET', key, 'tries', '0')
  hook_due(of, tenant, host, now())
  redis.call('PUBLISH', W .. ':webhook-news', of)
elseif state == 'retry' then
  hook_due(of, tenant, host, now() + tonumber(ARGV[4]))
else
  local keep = redis.call('HGET', key, 'keep')
  redis.call('HSET', key, 'state', state)
  redis.call('HDEL', key, 'due')
  redis.call('PEXPIRE', key, keep)
  redis.call('PEXPIRE', key .. ':log', keep)
  forget_webhook(tenant, of)
  tell_hook_state(of, state)
end
return 1
`;

/** ARGV: id nonce. It is due as it was. */
export const RELEASE_WEBHOOK = `${PRELUDE}
local of = ARGV[1]
if redis.call('HGET', hook_key(of), 'nonce') ~= ARGV[2] then return 0 end
local at = now()
redis.call('HSET', hook_key(of), 'due', str(at))
local tenant, host = end_hook_claim(of)
hook_due(of, tenant, host, at)
return 1
`;

/** ARGV: max. Takes back lapsed claims; how many could be taken now. Fails first where nothing can be written. */
export const DUE_WEBHOOKS = `${PRELUDE}
local at = now()
redis.call('SET', W .. ':webhook-round', str(at), 'PX', 60000)
for _, of in ipairs(redis.call('ZRANGEBYSCORE', W .. ':webhook-claims', '-inf', str(at), 'LIMIT', 0, ARGV[1])) do
  local tenant, host = end_hook_claim(of)
  hook_due(of, tenant, host, at)
end
local count = 0
for _, tenant in ipairs(redis.call('ZRANGEBYSCORE', W .. ':webhook-turns', '-inf', str(at), 'LIMIT', 0, ARGV[1])) do
  for _, host in ipairs(redis.call('ZRANGEBYSCORE', W .. ':webhook-hosts:' .. tenant, '-inf', str(at), 'LIMIT', 0, TENANT_CAP)) do
    count = count + math.min(HOST_CAP, redis.call('ZCOUNT', W .. ':webhook-lane:' .. hook_lane(tenant, host), '-inf', str(at)))
  end
end
return math.min(count, tonumber(ARGV[1]))
`;

/** ARGV: id tenant maxWebhooks. 'queued', 'not_due' (the job has not ended), 'too_many' or 'unknown'. */
export const REDELIVER_WEBHOOK = `${PRELUDE}
local of = ARGV[1]
local key = hook_key(of)
local r = redis.call('HMGET', key, 'tenant', 'host', 'nonce')
if not r[1] then
  local record = (string.sub(of, 1, 4) == 'job_' and W .. ':images:x:' or W .. ':x:') .. of
  local job = redis.call('HMGET', record, 'tenant', 'hookstate')
  if job[1] ~= ARGV[2] or job[2] ~= 'waiting' then return 'unknown' end
  return 'not_due'
end
if r[1] ~= ARGV[2] then return 'unknown' end
local is_promised = redis.call('SISMEMBER', W .. ':webhooks-of:' .. r[1], of) == 1
if not is_promised and webhooks_of(r[1]) >= tonumber(ARGV[3]) then return 'too_many' end
promise_webhook(r[1], of)
redis.call('PERSIST', key)
redis.call('PERSIST', key .. ':log')
redis.call('HSET', key, 'state', 'pending', 'tries', '0')
tell_hook_state(of, 'pending')
-- What is under way just now is an attempt as good as a new one, if it succeeds.
if r[3] then redis.call('HSET', key, 'again', '1') else
  hook_due(of, r[1], r[2], now())
  redis.call('PUBLISH', W .. ':webhook-news', of)
end
return 'queued'
`;

/** ARGV: id tenant. host, state, count and the attempts; nothing when there is no such webhook. */
export const WEBHOOK_LOG = `${PRELUDE}
local of = ARGV[1]
local r = redis.call('HMGET', hook_key(of), 'tenant', 'host', 'state', 'count')
if r[1] then
  if r[1] ~= ARGV[2] then return {} end
  return { r[2], r[3], r[4], redis.call('LRANGE', hook_key(of) .. ':log', 0, -1) }
end
local record = (string.sub(of, 1, 4) == 'job_' and W .. ':images:x:' or W .. ':x:') .. of
local job = redis.call('HMGET', record, 'tenant', 'hookhost', 'hookstate')
if job[1] ~= ARGV[2] or not job[2] then return {} end
return { job[2], job[3], '0', {} }
`;

/** ARGV: tenant name sealed previousMs max. The stored secret as JSON; '' = there are too many. */
export const PUT_WEBHOOK_SECRET = `${PRELUDE}
local key = W .. ':webhook-secrets:' .. ARGV[1]
local at = now()
local before = redis.call('HGET', key, ARGV[2])
if not before and redis.call('HLEN', key) >= tonumber(ARGV[5]) then return '' end
local current = '{"sealed":"' .. ARGV[3] .. '","createdAt":' .. str(at) .. '}'
local previous = 'null'
if before and tonumber(ARGV[4]) > 0 then
  -- As text: numbers of cjson lose their form.
  local sealed, created = string.match(before, '"current":{"sealed":"([^"]*)","createdAt":(%d+)}')
  previous = '{"sealed":"' .. sealed .. '","createdAt":' .. created .. ',"until":' .. str(at + tonumber(ARGV[4])) .. '}'
end
local stored = '{"name":"' .. ARGV[2] .. '","current":' .. current .. ',"previous":' .. previous .. '}'
redis.call('HSET', key, ARGV[2], stored)
return stored
`;
