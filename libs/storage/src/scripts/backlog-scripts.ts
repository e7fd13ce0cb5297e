import { PRELUDE } from './prelude.js';

/**
 * ARGV: '' maxTenants. { how many wait, how many run, age of the oldest that waits in ms, then tenant and how many of theirs wait in turn }.
 * Only tenants that wait are in a lane, so this costs little however many there are beside them.
 */
export const BACKLOG = `${PRELUDE}
local oldest = redis.call('ZRANGE', P .. ':queued', 0, 0, 'WITHSCORES')
local age = oldest[2] and str(math.max(0, now() - tonumber(oldest[2]))) or '0'
local answer = { redis.call('ZCARD', P .. ':queued'), redis.call('ZCARD', P .. ':running'), age }
local room, seen = tonumber(ARGV[2]), {}
for _, lane in ipairs(redis.call('ZRANGE', P .. ':lanes', 0, 99)) do
  for _, place in ipairs({ 'tenants', 'parked' }) do
    -- With no room left nothing is read: a range up to -1 would be all there are.
    local tenants = room > 0 and redis.call('ZRANGE', in_lane(lane, place), 0, room - 1) or {}
    for _, tenant in ipairs(tenants) do
      if room > 0 and not seen[tenant] then
        seen[tenant] = true
        room = room - 1
        answer[#answer + 1] = tenant
        answer[#answer + 1] = redis.call('ZCARD', P .. ':queued:' .. tenant)
      end
    end
  end
end
return answer
`;
