/**
 * The directory of workers. KEYS[1] is the prefix, ARGV[1] the worker's id. Time is the Redis server's.
 *
 *   workers          hash: id → {"until":<epoch ms>,"instance":"…","said":<epoch ms>,"status":{…}}, the first two always in front
 *   worker-orders    hash: id → '<instance> drain' or '<instance> resume'; so the next process with this id has none
 *   worker-orders    channel: ids that there is a new order for
 */
const PRELUDE = `
local P = KEYS[1]
local id = ARGV[1]
local entries, orders = P .. ':workers', P .. ':worker-orders'
local t = redis.call('TIME')
local at = t[1] * 1000 + math.floor(t[2] / 1000)
local function str(n) return string.format('%.0f', n) end
local entry = redis.call('HGET', entries, id)
local till, owner = 0, ''
if entry then
  till = tonumber(string.match(entry, '^{"until":(%d+)') or '0')
  owner = string.match(entry, '^{"until":%d+,"instance":"([^"]*)"') or ''
end
`;

/** ARGV: id instance ttlMs status. { 'said', order|'' } or { 'taken', goneInMs, entry }. */
export const ANNOUNCE = `${PRELUDE}
if till > at and owner ~= ARGV[2] then return { 'taken', till - at, entry } end
redis.call('HSET', entries, id, '{"until":' .. str(at + tonumber(ARGV[3])) .. ',"instance":"' .. ARGV[2] .. '","said":' .. str(at) ..
  ',"status":' .. ARGV[4] .. '}')
local instance, order = string.match(redis.call('HGET', orders, id) or '', '^(%S+) (%a+)$')
if instance == ARGV[2] then return { 'said', order } end
if instance then redis.call('HDEL', orders, id) end
return { 'said', '' }
`;

/** ARGV: id instance. Leaves alone what another process has. */
export const WITHDRAW_WORKER = `${PRELUDE}
if owner == ARGV[2] or till <= at then
  redis.call('HDEL', entries, id)
  redis.call('HDEL', orders, id)
end
return 1
`;

/** ARGV: id order. 1 told, 0 no such worker. */
export const ORDER_WORKER = `${PRELUDE}
if till <= at then return 0 end
redis.call('HSET', orders, id, owner .. ' ' .. ARGV[2])
redis.call('PUBLISH', orders, id)
return 1
`;

/** ARGV: id silentMs. Forgets a worker that has been gone for so long. */
export const FORGET_WORKER = `${PRELUDE}
if till + tonumber(ARGV[2]) > at then return 0 end
redis.call('HDEL', entries, id)
redis.call('HDEL', orders, id)
return 1
`;
