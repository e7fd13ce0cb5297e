import { FILE_PRELUDE } from './file-scripts.js';
import { USAGE_LUA } from './usage-lua.js';

const DAY_LUA = `
local function read_day(tenant, day)
  local r = redis.call('HMGET', usage_key(tenant, day), 'completed', 'failed', 'timeout', 'cancelled', 'cpu', 'run')
  local values = { str(day) }
  local any = false
  for i = 1, 6 do
    values[i + 1] = r[i] or '0'
    any = any or r[i]
  end
  return values, any
end
`;

/** ARGV: tenant. { { queued, running, file bytes, kept bytes }, { day, completed, failed, timeout, cancelled, cpu ms, run ms }, … } */
export const READ_USAGE = `${FILE_PRELUDE}${USAGE_LUA}${DAY_LUA}
local tenant = ARGV[1]
local today = math.floor(now() / DAY_MS)
local running = str(redis.call('SCARD', P .. ':running:' .. tenant))
local answer = { { str(redis.call('ZCARD', P .. ':queued:' .. tenant)), running,
  redis.call('HGET', totals, 'bytes') or '0', str(kept_bytes(tenant)) } }
for day = today, today - KEPT_DAYS + 1, -1 do
  local values, any = read_day(tenant, day)
  if any or day == today then answer[#answer + 1] = values end
end
return answer
`;

/** ARGV: '' max. { { tenant, { today as above } }, … } */
export const USAGE_TENANTS = `${FILE_PRELUDE}${USAGE_LUA}${DAY_LUA}
local today = math.floor(now() / DAY_MS)
local answer = {}
for _, tenant in ipairs(redis.call('ZREVRANGEBYSCORE', P .. ':usage-tenants', '+inf', str(today - KEPT_DAYS + 1), 'LIMIT', 0, tonumber(ARGV[2]))) do
  local values = read_day(tenant, today)
  answer[#answer + 1] = { tenant, values }
end
return answer
`;
