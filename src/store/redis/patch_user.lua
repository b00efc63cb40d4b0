-- Changes fields of one user in one atomic step.
-- KEYS    the user's hash
-- ARGV    1 max fields   2 how many fields are set   then field, value, …   then the fields to take away
-- answer  the profile afterwards, flat; {-2} when it would have too many fields
local before = redis.pcall('HGETALL', KEYS[1])
if before.err then return before end
local fields, count = {}, 0
for i = 1, #before, 2 do
  fields[before[i]] = before[i + 1]
  count = count + 1
end
local was = count

local sets = tonumber(ARGV[2])
for i = 3, 1 + 2 * sets, 2 do
  if not fields[ARGV[i]] then count = count + 1 end
  fields[ARGV[i]] = ARGV[i + 1]
end
for i = 3 + 2 * sets, #ARGV do
  if fields[ARGV[i]] then
    count = count - 1
    fields[ARGV[i]] = nil
  end
end
if count > was and count > tonumber(ARGV[1]) then return {-2} end

-- Taking away comes last: it can no longer be refused.
if sets > 0 then
  local reply = redis.pcall('HSET', KEYS[1], unpack(ARGV, 3, 2 + 2 * sets))
  if type(reply) == 'table' and reply.err then return reply end
end
if #ARGV > 2 + 2 * sets then
  local reply = redis.pcall('HDEL', KEYS[1], unpack(ARGV, 3 + 2 * sets))
  if type(reply) == 'table' and reply.err then return reply end
end

local after = {}
for field, value in pairs(fields) do
  after[#after + 1], after[#after + 2] = field, value
end
return after
