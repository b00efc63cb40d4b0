-- Adds pieces to one line of a cart that cartd does not have in its cache, in one round trip. It is for one case: the
-- cart is there and stays as it is but for one quantity; the line keeps its details, and a new one has none; the expiry
-- stays; no limit is reached; no line has a label; and nothing is in doubt of the command, of its idempotency key, or
-- of what it builds on.
-- In every other case it writes nothing, and src/domain/decide.cpp decides.
--
-- KEYS  the cart's hash, its meta hash
-- ARGV  1 sku, 2 pieces, 3 the SKU's field for details, 4 the token from now on, 5 now (ms)
--       6 the earliest and 7 the latest expiry that stays as it is (ms); 8 and 9 the same of a cart with an owner
--       10 the last sequence of the command's producer that is required
--       the most 11 pieces of a line, 12 lines, 13 producers, 14 idempotency keys
--       15 the producer's field, 16 the command's sequence, and with an idempotency key: 17 its field, 18 its value
-- answer  {1, version, the token before}: added   {0, the version that is there, the token}: nothing was done
local meta = redis.pcall('HMGET', KEYS[2], 't', 'v', 'x', 'c', ARGV[15], ARGV[17] or 't', 'n', 'o')
local line = redis.pcall('HMGET', KEYS[1], ARGV[1])[1]
local nothing_done = {0, meta[2] or '', meta[1] or ''}
if not (meta[1] and meta[2] and meta[3] and meta[4]) or meta[7] or line == nil then return nothing_done end
-- What is no whole number was not written by cartd.
local seen, version, expiry, last = line or '0', meta[2], meta[3], meta[5] or '0'
if not string.find(seen .. version .. expiry .. last, '^%d+$') then return nothing_done end
local owned = meta[8] and 2 or 0
seen, version, expiry, last = tonumber(seen), tonumber(version), tonumber(expiry), tonumber(last)

local function size(key) return tonumber(redis.pcall('HLEN', key)) or math.huge end
-- Whether one more field that begins so is within the limit. They are only counted where they can be too many.
local function has_room(prefix, most)
  if size(KEYS[2]) < most then return true end
  local fields, count = redis.pcall('HGETALL', KEYS[2]), 0
  for i = 1, #fields, 2 do
    if string.sub(fields[i], 1, 2) == prefix then count = count + 1 end
  end
  return not fields.err and count < most
end

if not (seen and version and expiry and last) or version >= 2 ^ 53 - 1 or last >= tonumber(ARGV[16])
   or last < tonumber(ARGV[10]) or expiry < tonumber(ARGV[6 + owned]) or expiry > tonumber(ARGV[7 + owned])
   or seen + ARGV[2] > tonumber(ARGV[11])
   or (not meta[5] and not has_room('m:', tonumber(ARGV[13])))
   or (ARGV[17] and (meta[6] or not has_room('k:', tonumber(ARGV[14]))))
   or (seen == 0 and (line or redis.pcall('HMGET', KEYS[2], ARGV[3])[1] ~= false or size(KEYS[1]) == 0
                      or size(KEYS[1]) >= tonumber(ARGV[12]))) then
  return nothing_done
end
-- Only the first write can be refused (out of memory, read-only, no replicas).
if type(redis.pcall('HSET', KEYS[1], ARGV[1], seen + ARGV[2])) ~= 'number' then return nothing_done end
redis.call('HSET', KEYS[2], 't', ARGV[4], 'v', version + 1, 'u', ARGV[5], unpack(ARGV, 15))
return {1, version + 1, meta[1]}
