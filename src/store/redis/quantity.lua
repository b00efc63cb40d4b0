-- Another quantity of one line that is there, and nothing else: the commonest commit in the fewest steps. It compares
-- and writes what commit.lua would.
--
-- KEYS  the cart's hash, its meta hash
-- ARGV  1 token and 2 version that were seen, 3 sku, 4 quantity that was seen, 5 quantity from now on
--       6 token and 7 version from now on, 8 now (ms)
--       9 the field of an idempotency key that is forgotten, or ''
--       10 the producer's field, 11 its sequence, and with an idempotency key: 12 its field, 13 its value
-- answer  1: written   0: nothing was done
local seen = redis.pcall('HMGET', KEYS[2], 't', 'v')
if seen[1] ~= ARGV[1] or seen[2] ~= ARGV[2] then return 0 end
if redis.pcall('HMGET', KEYS[1], ARGV[3])[1] ~= ARGV[4] then return 0 end
-- Only the first write can be refused (out of memory, read-only, no replicas).
if type(redis.pcall('HSET', KEYS[1], ARGV[3], ARGV[5])) ~= 'number' then return 0 end
redis.call('HSET', KEYS[2], 't', ARGV[6], 'v', ARGV[7], 'u', ARGV[8], unpack(ARGV, 10))
-- Where that is refused, there is a key more.
if ARGV[9] ~= '' then redis.pcall('HDEL', KEYS[2], ARGV[9]) end
return 1
