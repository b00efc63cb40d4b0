-- Both hashes of a cart, of one moment. A script and not MULTI, because a server that is out of memory queues no
-- commands but still runs this. Where a text stands in the place of the cart's hash, it is read instead.
-- KEYS    the cart's hash, its meta hash
-- ARGV    1 the last byte of such a text that is read, 2 '1': such texts are adopted
-- answer  {{sku, quantity, …}, {field, value, …}, {seconds, microseconds} of the server's time}
--         {{}, {field, value, …}, {seconds, microseconds}, {text, the ms for which it will be there, or below 0}}
local function refused(reply, name) return {err = reply.err .. ' [' .. name .. ' was refused; nothing was done]'} end

local cart, text = redis.pcall('HGETALL', KEYS[1]), nil
if cart.err then
  text = string.find(cart.err, 'WRONGTYPE', 1, true) and redis.pcall('GETRANGE', KEYS[1], 0, ARGV[1])
  local is_kept_back = text and text.err and not string.find(text.err, 'WRONGTYPE', 1, true)
  if is_kept_back and ARGV[2] == '1' then return refused(text, 'GETRANGE') end
  -- What is no text, either, is told as the hash that it is not.
  if type(text) ~= 'string' then return refused(cart, 'HGETALL') end
end
local meta = redis.pcall('HGETALL', KEYS[2])
if meta.err then return refused(meta, 'HGETALL') end
local time = redis.pcall('TIME')
if time.err then return refused(time, 'TIME') end
if not text then return {cart, meta, time} end
local lifetime = redis.pcall('PTTL', KEYS[1])
if type(lifetime) ~= 'number' then return refused(lifetime, 'PTTL') end
return {{}, meta, time, {text, lifetime}}
