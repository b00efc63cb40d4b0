-- Enters a cart into its owner's list (docs/redis-layout.md), and sees to it that the list lives as long as the cart.
-- For a while from now on nobody takes anything out of it: the commit that gives the cart this owner is still to come.
--
-- KEYS  the list, the hash that keeps entries in it
-- ARGV  1 the entry, 2 until when the list is to live at least (ms), 3 how long nothing is taken out (ms)
-- answer  1, or the error of a command that was refused; an entry too many does no harm
-- As commit.lua's: an error of a command ends list(), and nothing was done to the cart.
local function call(name, ...)
  local reply = redis.pcall(name, ...)
  if type(reply) ~= 'table' or not reply.err then return reply end
  local text = string.gsub(reply.err, '^@user_script: %d+: %-?', '')
  error({err = text .. ' [' .. name .. ' was refused; nothing was done]'})
end

local function list()
  local time = call('TIME')
  local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
  local pause_ends = string.format('%.0f', now + tonumber(ARGV[3]))
  -- What gives an expiry is called first where it does nothing yet, so that nothing is left behind without one.
  local left = call('PTTL', KEYS[1])
  call('PEXPIREAT', KEYS[2], pause_ends)
  local guarded = redis.pcall('HSET', KEYS[2], 'n', '1')
  if type(guarded) == 'table' and guarded.err then
    error({err = 'ERR the hash that keeps entries in an owner\'s list cannot be written: ' ..
      string.gsub(guarded.err, 'WRONGTYPE', 'another type')})
  end
  call('PEXPIREAT', KEYS[2], pause_ends)
  call('ZADD', KEYS[1], '0', ARGV[1])
  if left < 0 or now + left < tonumber(ARGV[2]) then call('PEXPIREAT', KEYS[1], ARGV[2]) end
  return 1
end

local is_done, answer = pcall(list)
return (is_done or type(answer) == 'table') and answer or {err = answer}
