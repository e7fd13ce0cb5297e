/** The book of a tenant's uploaded files, whose keys are told in file-scripts.ts. For scripts with P, str and now. */
export const FILE_LUA = `
local function files_of(tenant) return string.match(P, '^{[^}]*}') .. ':files:' .. tenant end
local function count_file(tenant, size, language, sign)
  local totals = files_of(tenant) .. ':totals'
  local function total(name, more)
    if redis.call('HINCRBY', totals, name, str(more)) == 0 then redis.call('HDEL', totals, name) end
  end
  total('files', sign)
  if size ~= 0 then total('bytes', sign * size) end
  if language ~= '' then total('l:' .. language, sign) end
end
local function drop_file(tenant, file)
  local ids = files_of(tenant)
  local fact = redis.call('HGET', ids .. ':facts', file)
  if not fact then return false end
  local size, language = string.match(fact, '^(%d+) (.*)$')
  redis.call('ZREM', ids, file)
  redis.call('ZREM', ids .. ':until', file)
  redis.call('HDEL', ids .. ':facts', file)
  redis.call('DEL', string.match(P, '^{[^}]*}') .. ':file:' .. file)
  count_file(tenant, tonumber(size), language, -1)
  return true
end
-- What has expired counts no more. Bounded: what is left is taken by the next call.
local function expire_files(tenant)
  for _, file in ipairs(redis.call('ZRANGEBYSCORE', files_of(tenant) .. ':until', '-inf', str(now()), 'LIMIT', 0, 500)) do
    drop_file(tenant, file)
  end
end
local function file_bytes(tenant)
  expire_files(tenant)
  return tonumber(redis.call('HGET', files_of(tenant) .. ':totals', 'bytes') or '0')
end
`;
