import { PRELUDE } from './prelude.js';

/**
 * Keys: `image:<id>` (recipe used digest size), `image:<id>:tenants` (who knows it), `images-of:<tenant>` (ids by since when),
 * `image-names:<tenant>` (name → id). Executions name their image in the field `image` of their record.
 */
const IMAGES = `${PRELUDE}
local tenant = ARGV[2]
local img = P .. ':image:' .. id
local function known() return redis.call('ZSCORE', P .. ':images-of:' .. tenant, id) end
local function uses()
  local count = 0
  for _, x in ipairs(redis.call('ZRANGE', P .. ':queued:' .. tenant, 0, -1)) do
    if redis.call('HGET', P .. ':x:' .. x, 'image') == id then count = count + 1 end
  end
  for _, x in ipairs(redis.call('ZRANGE', P .. ':running', 0, -1)) do
    local r = redis.call('HMGET', P .. ':x:' .. x, 'image', 'tenant')
    if r[1] == id and r[2] == tenant then count = count + 1 end
  end
  return count
end
local function names()
  local found = {}
  local all = redis.call('HGETALL', P .. ':image-names:' .. tenant)
  for i = 1, #all, 2 do if all[i + 1] == id then found[#found + 1] = all[i] end end
  return found
end
`;

/** ARGV: id tenant recipe */
export const PUT_IMAGE = `${IMAGES}
local at = str(now())
if redis.call('HSETNX', img, 'recipe', ARGV[3]) == 1 then redis.call('HSET', img, 'used', at) end
redis.call('SADD', img .. ':tenants', tenant)
redis.call('ZADD', P .. ':images-of:' .. tenant, 'NX', at, id)
return 1
`;

/** ARGV: id tenant name maxNames. 0: the tenant has as many names as it may. */
export const TAG_IMAGE = `${IMAGES}
if not known() then return 1 end
local key = P .. ':image-names:' .. tenant
if redis.call('HEXISTS', key, ARGV[3]) == 0 and redis.call('HLEN', key) >= tonumber(ARGV[4]) then return 0 end
redis.call('HSET', key, ARGV[3], id)
return 1
`;

/** ARGV: idOrName tenant. { id, since, recipe, used, digest, size, name … } or nothing. */
export const GET_IMAGE = `${IMAGES}
local named = redis.call('HGET', P .. ':image-names:' .. tenant, id)
if named then
  id = named
  img = P .. ':image:' .. id
end
local since = known()
if not since then return nil end
local r = redis.call('HMGET', img, 'recipe', 'used', 'digest', 'size')
if not r[1] then return nil end
local answer = { id, since, r[1], r[2], r[3] or '', r[4] or '' }
for _, name in ipairs(names()) do answer[#answer + 1] = name end
return answer
`;

/** ARGV: id tenant. How many of the tenant's executions wait or run on it. */
export const IMAGE_USES = `${IMAGES}
return uses()
`;

/** ARGV: id tenant. { 'forgotten', 1 when nobody knows it any more }, { 'unknown' } or { 'in_use', uses } */
export const FORGET_IMAGE = `${IMAGES}
if not known() then return { 'unknown' } end
local count = uses()
if count > 0 then return { 'in_use', count } end
redis.call('ZREM', P .. ':images-of:' .. tenant, id)
for _, name in ipairs(names()) do redis.call('HDEL', P .. ':image-names:' .. tenant, name) end
redis.call('SREM', img .. ':tenants', tenant)
if redis.call('SCARD', img .. ':tenants') > 0 then return { 'forgotten', 0 } end
redis.call('DEL', img, img .. ':tenants')
redis.call('PUBLISH', P .. ':images-gone', id)
return { 'forgotten', 1 }
`;

/** ARGV: id. The recipe or nothing; counts as a use. */
export const USE_IMAGE = `${PRELUDE}
local img = P .. ':image:' .. id
local recipe = redis.call('HGET', img, 'recipe')
if recipe then redis.call('HSET', img, 'used', str(now())) end
return recipe
`;

/** ARGV: id digest size */
export const BUILT_IMAGE = `${PRELUDE}
local img = P .. ':image:' .. id
if redis.call('EXISTS', img) == 0 then return 0 end
redis.call('HSET', img, 'digest', ARGV[2], 'size', ARGV[3], 'used', str(now()))
return 1
`;
