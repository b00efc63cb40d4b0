-- Adds pieces to one line of a cart that cartd does not have in its cache, or that other cartds change as well, in one
-- round trip. It knows this case alone: the cart is there and stays as it is but for one quantity; the line keeps its
-- details, and a new one has none; the expiry stays; no limit is near; and nothing is in doubt of the command, of its
-- idempotency key, or of what it builds on. In every other case it writes nothing, and src/domain/decide.cpp decides.
--
-- KEYS  the cart's hash, its meta hash
-- ARGV  1 sku, 2 pieces, 3 the most pieces of a line, 4 the most lines, 5 the token from now on, 6 now (ms)
--       7 the earliest and 8 the latest expiry that stays as it is (ms)
--       9 the last sequence of the command's producer that is required   10 the SKU's field for details
--       with so many fields, the meta hash has no more room for 11 another producer, 12 another idempotency key
--       13 the producer's field, 14 the command's sequence, and with an idempotency key: 15 its field, 16 its value
-- answer  {1, version, the token before}: added   {0, the version that is there, the token}: nothing was done
local meta = redis.pcall('HMGET', KEYS[2], 't', 'v', 'x', 'c', ARGV[13], ARGV[15] or 't')
local line = redis.pcall('HMGET', KEYS[1], ARGV[1])[1]
local nothing_done = {0, meta[2] or '', meta[1] or ''}
if not (meta[1] and meta[2] and meta[3] and meta[4]) or line == nil then return nothing_done end
-- What is no whole number was not written by cartd.
local seen, version, expiry, last = line or '0', meta[2], meta[3], meta[5] or '0'
if not string.find(seen .. version .. expiry .. last, '^%d+$') then return nothing_done end
seen, version, expiry, last = tonumber(seen), tonumber(version), tonumber(expiry), tonumber(last)
local function has_room(name, most) return (tonumber(redis.pcall('HLEN', name)) or math.huge) < tonumber(most) end

if not (seen and version and expiry and last) or version >= 2 ^ 53 - 1 or last >= tonumber(ARGV[14])
   or last < tonumber(ARGV[9]) or expiry < tonumber(ARGV[7]) or expiry > tonumber(ARGV[8])
   or seen + ARGV[2] > tonumber(ARGV[3])
   or (last == 0 and not has_room(KEYS[2], ARGV[11]))
   or (ARGV[15] and (meta[6] or not has_room(KEYS[2], ARGV[12])))
   or (seen == 0 and (line or redis.pcall('HMGET', KEYS[2], ARGV[10])[1] or redis.pcall('HLEN', KEYS[1]) == 0
                      or not has_room(KEYS[1], ARGV[4]))) then
  return nothing_done
end
-- Only the first write can be refused (out of memory, read-only, no replicas).
if type(redis.pcall('HSET', KEYS[1], ARGV[1], seen + ARGV[2])) ~= 'number' then return nothing_done end
redis.call('HSET', KEYS[2], 't', ARGV[5], 'v', version + 1, 'u', ARGV[6], unpack(ARGV, 13))
return {1, version + 1, meta[1]}
