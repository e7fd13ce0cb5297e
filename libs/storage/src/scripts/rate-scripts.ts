/**
 * Token buckets, by the Redis server's clock: gateways need not agree on the time. `rate:<bucket>` is a hash: tokens, at; gone means full.
 *
 * ARGV: bucket perSecond burst. { 1 taken | 0 not, tokens that are left }
 */
export const TAKE_TOKEN = `
local key = KEYS[1] .. ':rate:' .. ARGV[1]
local rate, burst = tonumber(ARGV[2]), tonumber(ARGV[3])
local t = redis.call('TIME')
local at = t[1] * 1000 + t[2] / 1000
local r = redis.call('HMGET', key, 'tokens', 'at')
local tokens = tonumber(r[1] or burst)
-- A clock that was set back gives nothing, and takes nothing.
tokens = math.min(burst, tokens + math.max(0, at - tonumber(r[2] or at)) * rate / 1000)
local taken = 0
if tokens >= 1 then
  tokens = tokens - 1
  taken = 1
end
redis.call('HSET', key, 'tokens', string.format('%.6f', tokens), 'at', string.format('%.3f', at))
redis.call('PEXPIRE', key, string.format('%.0f', (burst - tokens) / rate * 1000 + 1000))
return { taken, string.format('%.6f', tokens) }
`;
