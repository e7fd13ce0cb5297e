local name = io.read("l")
local squares = setmetatable({}, { __index = function(_, n) return n * n end })
local function count(n)
  return coroutine.wrap(function() for i = 1, n do coroutine.yield(squares[i]) end end)
end
print(("Hello, %s, from Lua!"):format(name))
local all = {}
for square in count(5) do all[#all + 1] = square end
print(table.concat(all, " "), 7 // 2)
