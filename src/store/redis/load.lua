-- Both hashes of a cart, of one moment. A script and not MULTI, because a server that is out of memory queues no
-- commands but still runs this.
-- KEYS    the cart's hash, its meta hash
-- answer  {{sku, quantity, …}, {field, value, …}, {seconds, microseconds} of the server's time}
local cart = redis.pcall('HGETALL', KEYS[1])
if cart.err then return {err = cart.err .. ' [HGETALL was refused; nothing was done]'} end
local meta = redis.pcall('HGETALL', KEYS[2])
if meta.err then return {err = meta.err .. ' [HGETALL was refused; nothing was done]'} end
local time = redis.pcall('TIME')
if time.err then return {err = time.err .. ' [TIME was refused; nothing was done]'} end
return {cart, meta, time}
