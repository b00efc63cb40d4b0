-- Runs each command that the other scripts call, on keys that no cart and no user has, and leaves nothing behind.
-- KEYS    three keys of one slot, the third of them that of an owner's list
-- ARGV    1 '1': carts of another service are adopted, which takes more commands
-- answer  {the server's time in ms or false, {command, error, …}}: the commands that were refused
local errors = {}
local function try(name, ...)
  local reply = redis.pcall(name, ...)
  if type(reply) ~= 'table' or not reply.err then return reply end
  errors[#errors + 1], errors[#errors + 2] = name, reply.err
  return nil
end

local time = try('TIME')
local now = time and tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
try('HGETALL', KEYS[1])
try('HLEN', KEYS[1])
if ARGV[1] == '1' then
  try('GETRANGE', KEYS[1], '0', '0')
  try('PTTL', KEYS[1])
end
try('HMGET', KEYS[2], 't', 'v')
-- For a minute at most, where it cannot be taken away again.
try('HSET', KEYS[2], 'v', '0')
try('PEXPIREAT', KEYS[2], string.format('%.0f', (now or 0) + 60000))
try('HDEL', KEYS[2], 'v')
try('ZADD', KEYS[3], '0', 'v')
try('PTTL', KEYS[3])
try('PEXPIREAT', KEYS[3], string.format('%.0f', (now or 0) + 60000))
try('ZRANGEBYLEX', KEYS[3], '-', '+')
try('ZREM', KEYS[3], 'v')
return {now and string.format('%.0f', now) or false, errors}
