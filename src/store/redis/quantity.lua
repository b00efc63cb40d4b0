-- Another quantity of one line that is there, and nothing else: the commonest commit in the fewest steps. It compares
-- and writes what commit.lua would.
--
-- KEYS  the cart's hash, its meta hash
-- ARGV  1 token and 2 version that were seen, 3 sku, 4 quantity that was seen, 5 quantity from now on
--       6 fields of the cart's hash that were seen, '' for any number
--       7 token and 8 version from now on, 9 now (ms)
--       10 the field of an idempotency key that is forgotten, or ''
--       11 the producer's field, 12 its sequence, and with an idempotency key: 13 its field, 14 its value
-- answer  1: written   0: not written, and commit.lua tells why
--         {0, {sku, n, …}, {field, value, …}, {seconds, microseconds}}: as commit.lua answers it
local seen, line = redis.pcall('HMGET', KEYS[2], 't', 'v'), redis.pcall('HMGET', KEYS[1], ARGV[3])
local fields = ARGV[6] ~= '' and redis.pcall('HLEN', KEYS[1]) or ''
if seen.err or line.err or type(fields) == 'table' then return 0 end

-- Only another number is another state: '02' is seen as 2 again and again.
if seen[1] ~= ARGV[1] or tonumber(line[1]) ~= tonumber(ARGV[4]) or tonumber(fields) ~= tonumber(ARGV[6]) then
  local cart, meta, time = redis.pcall('HGETALL', KEYS[1]), redis.pcall('HGETALL', KEYS[2]), redis.pcall('TIME')
  if cart.err or meta.err or time.err then return 0 end
  return {0, cart, meta, time}
end
if seen[2] ~= ARGV[2] or line[1] ~= ARGV[4] then return 0 end

-- Only the first write can be refused (out of memory, read-only, no replicas).
if type(redis.pcall('HSET', KEYS[1], ARGV[3], ARGV[5])) ~= 'number' then return 0 end
redis.call('HSET', KEYS[2], 't', ARGV[7], 'v', ARGV[8], 'u', ARGV[9], unpack(ARGV, 11))
-- Where that is refused, one key more is remembered.
if ARGV[10] ~= '' then redis.pcall('HDEL', KEYS[2], ARGV[10]) end
return 1
