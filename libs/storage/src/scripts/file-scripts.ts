import { LET_GO_LUA, ROOM_LUA } from './storage-lua.js';

/**
 * Files of a tenant. KEYS[1] is the prefix, ARGV[1] the tenant. Ids sort by age.
 *
 *   file:<id>               the file as JSON, until it expires
 *   files:<tenant>          zset of ids, all with score 0: a page is a range of names
 *   files:<tenant>:until    zset: ids by the time of their end
 *   files:<tenant>:facts    hash: id → '<size> <language>'
 *   files:<tenant>:totals   hash: files, bytes, and l:<language> → how many
 */
export const FILE_PRELUDE = `
local P = KEYS[1]
local function now()
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end
local function str(n) return string.format('%.0f', n) end
${LET_GO_LUA}${ROOM_LUA}
local ids = files_of(ARGV[1])
local till, facts, totals = ids .. ':until', ids .. ':facts', ids .. ':totals'
expire_files(ARGV[1])
`;

/** ARGV: tenant id json size language|'' expiresAt maxFiles maxBytes maxStorage|''. { 'added' }, or the cap it is over and what there is. */
export const ADD_FILE = `${FILE_PRELUDE}
local id, size = ARGV[2], tonumber(ARGV[4])
if redis.call('HEXISTS', facts, id) == 1 then return { 'added' } end
local t = redis.call('HMGET', totals, 'files', 'bytes')
local files, bytes = tonumber(t[1] or '0'), tonumber(t[2] or '0')
if files + 1 > tonumber(ARGV[7]) then return { 'max_files', str(files) } end
if bytes + size > tonumber(ARGV[8]) then return { 'file_bytes', str(bytes) } end
if ARGV[9] ~= '' then
  local all = bytes + kept_bytes(ARGV[1])
  if all + size > tonumber(ARGV[9]) then return { 'storage_bytes', str(all) } end
end
redis.call('SET', P .. ':file:' .. id, ARGV[3], 'PXAT', ARGV[6])
redis.call('ZADD', ids, '0', id)
redis.call('ZADD', till, ARGV[6], id)
redis.call('HSET', facts, id, ARGV[4] .. ' ' .. ARGV[5])
count_file(ARGV[1], size, ARGV[5], 1)
-- A tenant that never comes back leaves nothing: all goes with the last file. An hour on top, as clocks differ.
local last = redis.call('ZREVRANGE', till, 0, 0, 'WITHSCORES')[2]
for _, key in ipairs({ ids, till, facts, totals }) do redis.call('PEXPIREAT', key, str(tonumber(last) + 3600000)) end
return { 'added' }
`;

/** ARGV: tenant id. 1 removed, 0 there was none. */
export const REMOVE_FILE = `${FILE_PRELUDE}
return drop_file(ARGV[1], ARGV[2]) and 1 or 0
`;

/** ARGV: tenant max cursor|''. { total, json, json, … }; a gap in between is a file that expires now. */
export const LIST_FILES = `${FILE_PRELUDE}
local from = ARGV[3] == '' and '+' or '(' .. ARGV[3]
local page = { redis.call('ZCARD', ids) }
for _, id in ipairs(redis.call('ZREVRANGEBYLEX', ids, from, '-', 'LIMIT', 0, tonumber(ARGV[2]))) do
  page[#page + 1] = redis.call('GET', P .. ':file:' .. id) or ''
end
return page
`;

/** ARGV: tenant. Names and numbers in turn. */
export const FILE_STATS = `${FILE_PRELUDE}
return redis.call('HGETALL', totals)
`;
