import { PRELUDE } from './prelude.js';

/** ARGV: id tenant base64 bytes close maxBytes */
export const WRITE_INPUT = `${PRELUDE}
local r = redis.call('HMGET', rec, 'tenant', 'status', 'spec', 'inclosed', 'inbytes')
if not r[1] or r[1] ~= ARGV[2] then return 'gone' end
if cjson.decode(r[3]).stdinMode ~= 'stream' then return 'not_streamed' end
if is_terminal(r[2]) or r[4] == '1' then return 'closed' end
local bytes = tonumber(ARGV[4])
if tonumber(r[5] or '0') + bytes > tonumber(ARGV[6]) then return 'full' end
if bytes > 0 then
  redis.call('RPUSH', rec .. ':stdin', ARGV[3])
  redis.call('HINCRBY', rec, 'inbytes', bytes)
end
if ARGV[5] == '1' then redis.call('HSET', rec, 'inclosed', '1') end
redis.call('PUBLISH', P .. ':input:' .. id, 'more')
return 'written'
`;

/**
 * ARGV: id pieces. The piece after that many: { closed, base64 or nil }. It stays until the reader says that it has had it, so a repeat gives the same one.
 * Giving room comes before taking it, so that a full Redis does not stop a reader.
 */
export const READ_INPUT = `${PRELUDE}
local r = redis.call('HMGET', rec, 'status', 'inclosed', 'intaken')
if not r[1] then return { 1 } end
local freed = 0
for _ = tonumber(r[3] or '0') + 1, tonumber(ARGV[2]) do
  local had = redis.call('LPOP', rec .. ':stdin')
  if had then freed = freed + #had / 4 * 3 - #string.match(had, '=*$') end
end
if freed > 0 then
  redis.call('HSET', rec, 'intaken', ARGV[2])
  redis.call('HINCRBY', rec, 'inbytes', str(-freed))
end
local piece = redis.call('LINDEX', rec .. ':stdin', 0)
if piece then return { 0, piece } end
if is_terminal(r[1]) or r[2] == '1' then return { 1 } end
return { 0 }
`;
