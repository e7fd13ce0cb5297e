/**
 * Keys of the API, by the SHA-256 of each; a key itself is nowhere. KEYS[1] is the prefix.
 *
 *   keys         hash: digest → JSON, whose end is always the three times, so that scripts read and write them as text
 *   key-ids      hash: id → digest
 *   key-names    hash: name → id, of keys in force
 *   key-used     hash: id → epoch ms, to the hour
 *   key-admins   zset: ids of administrators' keys by the time of their end
 *   key-ends     zset: ids of keys that end or have ended, by when
 *   keys-in-use  there once a key was stored; it stays
 */
const PRELUDE = `
local P = KEYS[1]
local keys, ids, names = P .. ':keys', P .. ':key-ids', P .. ':key-names'
local admins, ends = P .. ':key-admins', P .. ':key-ends'
local function str(n) return string.format('%.0f', n) end
local function now()
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end
-- The expiry ('null' = none) and the revocation ('null' = not), as text.
local function times(json)
  return string.match(json, ',"expiresAt":(%w+),"revokedAt":(%w+)}$')
end
local function in_force(json, at)
  local expires, revoked = times(json)
  return revoked == 'null' and (expires == 'null' or tonumber(expires) > at)
end
local function say(digest) redis.call('PUBLISH', P .. ':key-changes', digest) end
local function other_admin(id, at)
  local others = redis.call('ZRANGEBYSCORE', admins, '(' .. str(at), '+inf', 'LIMIT', 0, 2)
  return (others[1] and others[1] ~= id) or others[2]
end
`;

/** ARGV: digest. { json, ms left | 'null' }, or nil when there is none in force. */
export const FIND_KEY = `${PRELUDE}
local json = redis.call('HGET', keys, ARGV[1])
local at = now()
if not json or not in_force(json, at) then return nil end
local expires = times(json)
return { json, expires == 'null' and expires or str(tonumber(expires) - at) }
`;

/** ARGV: digest id name head expiresInMs|'' isAdmin(1|0) adminElsewhere(1|0) max keepEndedMs. `head` is the JSON up to the times, open. */
export const CREATE_KEY = `${PRELUDE}
local digest, id, name = ARGV[1], ARGV[2], ARGV[3]
local at = now()
for _, old in ipairs(redis.call('ZRANGEBYSCORE', ends, '-inf', str(at - tonumber(ARGV[9])), 'LIMIT', 0, 100)) do
  local gone = redis.call('HGET', ids, old) or ''
  local json = redis.call('HGET', keys, gone)
  -- The name of one that was revoked is free already, and may be another's.
  local held = json and cjson.decode(json).name
  if held and redis.call('HGET', names, held) == old then redis.call('HDEL', names, held) end
  redis.call('HDEL', keys, gone)
  redis.call('HDEL', ids, old)
  redis.call('HDEL', P .. ':key-used', old)
  redis.call('ZREM', admins, old)
  redis.call('ZREM', ends, old)
end
if redis.call('HGET', ids, id) == digest then return 'created' end
if redis.call('HLEN', ids) >= tonumber(ARGV[8]) then return 'too_many' end
local holder = redis.call('HGET', names, name)
if holder then
  local json = redis.call('HGET', keys, redis.call('HGET', ids, holder) or '')
  if json and in_force(json, at) then return 'name_taken' end
end
if ARGV[6] == '0' and ARGV[7] == '0' and not other_admin('', at) then return 'admin_needed' end
local expires = ARGV[5] == '' and 'null' or str(at + tonumber(ARGV[5]))
redis.call('HSET', keys, digest, ARGV[4] .. ',"createdAt":' .. str(at) .. ',"expiresAt":' .. expires .. ',"revokedAt":null}')
redis.call('HSET', ids, id, digest)
redis.call('HSET', names, name, id)
if expires ~= 'null' then redis.call('ZADD', ends, expires, id) end
if ARGV[6] == '1' then redis.call('ZADD', admins, expires == 'null' and '+inf' or expires, id) end
redis.call('SET', P .. ':keys-in-use', '1')
say(digest)
return 'created'
`;

/** ARGV: id old new. 1 changed, 0 it was not as `old`. */
export const REPLACE_KEY = `${PRELUDE}
local digest = redis.call('HGET', ids, ARGV[1])
if not digest or redis.call('HGET', keys, digest) ~= ARGV[2] then return 0 end
redis.call('HSET', keys, digest, ARGV[3])
say(digest)
return 1
`;

/** ARGV: id name adminElsewhere(1|0) */
export const REVOKE_KEY = `${PRELUDE}
local id, at = ARGV[1], now()
local digest = redis.call('HGET', ids, id)
local json = digest and redis.call('HGET', keys, digest)
if not json then return 'unknown' end
local _, revoked = times(json)
if revoked ~= 'null' then return 'revoked' end
if in_force(json, at) and redis.call('ZSCORE', admins, id) and ARGV[3] == '0' and not other_admin(id, at) then return 'admin_needed' end
redis.call('HSET', keys, digest, (string.gsub(json, '"revokedAt":null}$', '"revokedAt":' .. str(at) .. '}')))
redis.call('ZREM', admins, id)
redis.call('ZADD', ends, str(at), id)
if redis.call('HGET', names, ARGV[2]) == id then redis.call('HDEL', names, ARGV[2]) end
say(digest)
return 'revoked'
`;

/** All keys. { json, last use | '', … } */
export const LIST_KEYS = `${PRELUDE}
local all = {}
local pairs = redis.call('HGETALL', ids)
for i = 1, #pairs, 2 do
  local json = redis.call('HGET', keys, pairs[i + 1])
  if json then
    all[#all + 1] = json
    all[#all + 1] = redis.call('HGET', P .. ':key-used', pairs[i]) or ''
  end
end
return all
`;

/** ARGV: id or name. { json, last use | '' }, or nil. */
export const GET_KEY = `${PRELUDE}
local id = ARGV[1]
local digest = redis.call('HGET', ids, id)
if not digest then
  id = redis.call('HGET', names, id)
  digest = id and redis.call('HGET', ids, id)
end
local json = digest and redis.call('HGET', keys, digest)
return json and { json, redis.call('HGET', P .. ':key-used', id) or '' }
`;

/** ARGV: id. To the hour, so that it is written seldom. */
export const TOUCH_KEY = `${PRELUDE}
if redis.call('HEXISTS', ids, ARGV[1]) == 1 then
  redis.call('HSET', P .. ':key-used', ARGV[1], str(math.floor(now() / 3600000) * 3600000))
end
return 1
`;
