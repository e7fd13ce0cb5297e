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

/** ARGV: id readBytes. Takes the next piece: { closed, base64 or nil }. `readBytes` are those of the piece taken before. */
export const READ_INPUT = `${PRELUDE}
local r = redis.call('HMGET', rec, 'status', 'inclosed')
if not r[1] then return { 1 } end
if ARGV[2] ~= '0' then redis.call('HINCRBY', rec, 'inbytes', '-' .. ARGV[2]) end
local piece = redis.call('LPOP', rec .. ':stdin')
if piece then return { 0, piece } end
if is_terminal(r[1]) or r[2] == '1' then return { 1 } end
return { 0 }
`;
