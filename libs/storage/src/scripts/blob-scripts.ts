/**
 * The index of all blobs, whatever keeps their bytes. KEYS[1] is the prefix.
 *
 *   blob:<sha256>          hash: size, object (which upload's bytes it is), until (epoch ms wished by nobody in particular)
 *   blob:<sha256>:holders  zset: who wants it kept, until when
 *   blobs                  zset: sha256 by the time until which anybody wants it
 *   blob-bytes             bytes kept and bytes of uploads under way
 *   uploads, upload-bytes  zset and hash: uploads under way, by the time at which they count as abandoned; their bytes
 *   bytes:<object>         hash: the bytes in numbered chunks, where Redis keeps them
 *   doomed                 set: '<object> <bytes>' to be removed from elsewhere, where something else keeps them
 */
const PRELUDE = `
local P = KEYS[1]
local function str(n) return string.format('%.0f', n) end
local function now()
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end
local function count(bytes)
  if bytes ~= 0 then redis.call('INCRBY', P .. ':blob-bytes', str(bytes)) end
end
local function reserved(object) return tonumber(redis.call('HGET', P .. ':upload-bytes', object) or '0') end
local function score(sha)
  local key = P .. ':blob:' .. sha
  local most = tonumber(redis.call('HGET', key, 'until') or '0')
  redis.call('ZREMRANGEBYSCORE', key .. ':holders', '-inf', str(now()))
  local top = redis.call('ZREVRANGE', key .. ':holders', 0, 0, 'WITHSCORES')
  if top[2] and tonumber(top[2]) > most then most = tonumber(top[2]) end
  redis.call('ZADD', P .. ':blobs', str(most), sha)
end
local function want(sha, till, holder)
  local key = P .. ':blob:' .. sha
  if holder ~= '' then redis.call('ZADD', key .. ':holders', 'GT', till, holder)
  elseif tonumber(till) > tonumber(redis.call('HGET', key, 'until') or '0') then redis.call('HSET', key, 'until', till) end
  score(sha)
end
local function forget_upload(object)
  count(-reserved(object))
  redis.call('ZREM', P .. ':uploads', object)
  redis.call('HDEL', P .. ':upload-bytes', object)
end
-- Counts an upload's bytes, 'total' of them until now. A repeat counts nothing twice.
local function reserve(object, total, cap, idle_ms)
  local more = total - reserved(object)
  if more > 0 then
    if tonumber(redis.call('GET', P .. ':blob-bytes') or '0') + more > cap then return false end
    count(more)
    redis.call('HSET', P .. ':upload-bytes', object, str(total))
  end
  redis.call('ZADD', P .. ':uploads', str(now() + idle_ms), object)
  return true
end
-- The upload becomes the blob, unless there is one with this content already. The object that has the bytes, or false.
local function commit(object, sha, size, till, holder)
  local key = P .. ':blob:' .. sha
  local there = redis.call('HGET', key, 'object')
  if there ~= object then
    if not there and reserved(object) ~= size then return false end
    if there then
      forget_upload(object)
      redis.call('UNLINK', P .. ':bytes:' .. object)
    else
      redis.call('ZREM', P .. ':uploads', object)
      redis.call('HDEL', P .. ':upload-bytes', object)
      redis.call('PERSIST', P .. ':bytes:' .. object)
      redis.call('HSET', key, 'size', str(size), 'object', object)
      there = object
    end
  end
  want(sha, till, holder)
  return there
end
`;

/** ARGV: object total cap idleMs [chunkNumber chunk]. 1 counted (and written), 0 the store is full. */
export const RESERVE = `${PRELUDE}
if not reserve(ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])) then return 0 end
if ARGV[5] then
  local data = P .. ':bytes:' .. ARGV[1]
  redis.call('HSET', data, ARGV[5], ARGV[6])
  redis.call('PEXPIRE', data, 2 * tonumber(ARGV[4]))
end
return 1
`;

/** ARGV: object sha256 size keepUntil holder|'' chunks. The object that has the bytes; '' when the upload had lapsed. */
export const COMMIT = `${PRELUDE}
local wanted = tonumber(ARGV[6])
local known = redis.call('EXISTS', P .. ':blob:' .. ARGV[2]) == 1
if not known and wanted > 0 and redis.call('HLEN', P .. ':bytes:' .. ARGV[1]) ~= wanted then return '' end
return commit(ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4], ARGV[5]) or ''
`;

/** All of a small blob at once. ARGV: object sha256 size keepUntil holder|'' cap chunk. 1 kept, 0 the store is full. */
export const PUT_WHOLE = `${PRELUDE}
local object, sha, size = ARGV[1], ARGV[2], tonumber(ARGV[3])
if redis.call('EXISTS', P .. ':blob:' .. sha) == 0 then
  if not reserve(object, size, tonumber(ARGV[6]), 0) then return 0 end
  if size > 0 then redis.call('HSET', P .. ':bytes:' .. object, '0', ARGV[7]) end
end
commit(object, sha, size, ARGV[4], ARGV[5])
return 1
`;

/** ARGV: object doom(1|0) bytes duplicate(1|0). 0 when it is no upload any more: its bytes may be those of a blob by now. */
export const ABANDON = `${PRELUDE}
if ARGV[4] ~= '1' and not redis.call('ZSCORE', P .. ':uploads', ARGV[1]) then return 0 end
forget_upload(ARGV[1])
redis.call('UNLINK', P .. ':bytes:' .. ARGV[1])
if ARGV[2] == '1' then redis.call('SADD', P .. ':doomed', ARGV[1] .. ' ' .. ARGV[3]) end
return 1
`;

/** ARGV: sha256 keepUntil holder|''. 1 kept, 0 gone. */
export const KEEP = `${PRELUDE}
if redis.call('EXISTS', P .. ':blob:' .. ARGV[1]) == 0 then return 0 end
want(ARGV[1], ARGV[2], ARGV[3])
return 1
`;

/** ARGV: sha256 holder. */
export const RELEASE = `${PRELUDE}
if redis.call('EXISTS', P .. ':blob:' .. ARGV[1]) == 0 then return 0 end
redis.call('ZREM', P .. ':blob:' .. ARGV[1] .. ':holders', ARGV[2])
score(ARGV[1])
return 1
`;

/** ARGV: max doom(1|0). How many blobs went; abandoned uploads go with them. */
export const EXPIRE = `${PRELUDE}
local at, doom = str(now()), ARGV[2] == '1'
local function drop(object, bytes)
  redis.call('UNLINK', P .. ':bytes:' .. object)
  if doom then redis.call('SADD', P .. ':doomed', object .. ' ' .. str(bytes)) end
end
for _, object in ipairs(redis.call('ZRANGEBYSCORE', P .. ':uploads', '-inf', at, 'LIMIT', 0, tonumber(ARGV[1]))) do
  drop(object, reserved(object))
  forget_upload(object)
end
local over = redis.call('ZRANGEBYSCORE', P .. ':blobs', '-inf', at, 'LIMIT', 0, tonumber(ARGV[1]))
for _, sha in ipairs(over) do
  local key = P .. ':blob:' .. sha
  local r = redis.call('HMGET', key, 'size', 'object')
  redis.call('ZREM', P .. ':blobs', sha)
  redis.call('UNLINK', key, key .. ':holders')
  if r[1] then
    count(-tonumber(r[1]))
    drop(r[2], tonumber(r[1]))
  end
end
return #over
`;
