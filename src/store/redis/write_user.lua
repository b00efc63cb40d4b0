-- Writes one user in one atomic step. What is no hash is somebody else's, and is left alone.
-- KEYS    the user's hash
-- ARGV    1 'put': fields that are not named go, 'patch': they stay, 'swap': as 'put', if the user is what is expected
--         2 max fields   3 how many fields are set
--         then field, value, …   then the fields to take away; with 'swap', field, value, … that are expected
-- answer  the profile afterwards, flat; {-2} when it would have too many fields; {-3} when it is not what is expected
local function refused(reply, name)
  if type(reply) ~= 'table' or not reply.err then return nil end
  local text = string.gsub(reply.err, '^@user_script: %d+: %-?', '')
  return {err = text .. ' [' .. name .. ' was refused; nothing was done]'}
end

local before = redis.pcall('HGETALL', KEYS[1])
if before.err then return refused(before, 'HGETALL') end
local fields, count = {}, 0
for i = 1, #before, 2 do
  fields[before[i]] = before[i + 1]
  count = count + 1
end
local was = count

local last_set = 3 + 2 * tonumber(ARGV[3])
if ARGV[1] == 'swap' then
  local same = #ARGV - last_set == #before
  for i = last_set + 1, #ARGV, 2 do same = same and fields[ARGV[i]] == ARGV[i + 1] end
  if not same then return {-3} end
end
local set, unset, named = {}, {}, {}
for i = 4, last_set, 2 do
  local field = ARGV[i]
  if not fields[field] then count = count + 1 end
  fields[field], named[field] = ARGV[i + 1], true
  set[#set + 1], set[#set + 2] = field, ARGV[i + 1]
end
local function take_away(field)
  if not fields[field] then return end
  count = count - 1
  fields[field] = nil
  unset[#unset + 1] = field
end
if ARGV[1] ~= 'swap' then
  for i = last_set + 1, #ARGV do take_away(ARGV[i]) end
end
if ARGV[1] ~= 'patch' then
  for i = 1, #before, 2 do
    if not named[before[i]] then take_away(before[i]) end
  end
end
if ARGV[1] == 'patch' and count > was and count > tonumber(ARGV[2]) then return {-2} end

-- Redis does not roll back: both commands have to be possible before one of them changes anything.
local refusal
if #set > 0 and #unset > 0 then
  refusal = refused(redis.pcall('HSET', KEYS[1], before[1], before[2]), 'HSET') or
            refused(redis.pcall('HDEL', KEYS[1], 'cartd:none'), 'HDEL')
end
if not refusal and #set > 0 then refusal = refused(redis.pcall('HSET', KEYS[1], unpack(set)), 'HSET') end
for i = 1, #unset, 1000 do
  local reply = refusal or redis.pcall('HDEL', KEYS[1], unpack(unset, i, math.min(i + 999, #unset)))
  refusal = refusal or refused(reply, 'HDEL')
end
if refusal then return refusal end

local after = {}
for field, value in pairs(fields) do
  after[#after + 1], after[#after + 2] = field, value
end
return after
