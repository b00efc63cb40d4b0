-- Writes edits to one cart in one atomic step, if the cart is still what they were decided on. It knows the layout
-- (docs/redis-layout.md) and no rule of carts. All that can be refused is refused before the first write, because Redis does not
-- roll back.
--
-- KEYS  the cart's hash, its meta hash
-- ARGV  1 token that was seen or '', 2 version that was seen   3 fields of the cart's hash that were seen, '' for any number
--       4 '1': the cart's hash is wanted in the answer         5 '1': fields of the cart's hash that are not named go
--       6 now, 7 how much the clocks of cartd and this server may differ (ms)
--       8 when the cart's hash expires or '', 9 '1': that has changed, 10 when the meta hash expires or '': as before (ms)
--       11 how many SKUs are named, 12 how many fields of the meta hash are set
--       13… the SKUs, three arguments each: sku, quantity that was seen, quantity from now on; 0: no line
--       … the fields of the meta hash that are set, two arguments each: field, value
--       … the fields of the meta hash that go
-- answer  {1, {sku, n, …}}: written; the cart's hash as it was before, empty when it is not wanted
--         {0, {sku, n, …}, {field, value, …}, {seconds, microseconds}}: not written; what there is, and this server's time
--         {-1, difference}: not written; the clocks differ by so many ms
local sku_count, field_count = tonumber(ARGV[11]), tonumber(ARGV[12])
local first_field = 13 + 3 * sku_count
local first_unset = first_field + 2 * field_count

-- The error of a redis.pcall of `name` before anything was written, as clients know it: Redis before 7 puts the script's line in
-- front. What is added tells cartd which command it was, and that nothing was done (store_error.h).
local function refused(reply, name)
  if type(reply) ~= 'table' or not reply.err then return nil end
  local text = string.gsub(reply.err, '^@user_script: %d+: %-?', '')
  return {err = text .. ' [' .. name .. ' was refused; nothing was done]'}
end

-- A plain client may have written what is no quantity; such a field is no line.
local function quantity(text)
  if text and #text <= 12 and string.find(text, '^%d+$') then return tonumber(text) end
  return 0
end

-- What is there -------------------------------------------------------------------------------------------------------

local is_whole = ARGV[4] == '1' or ARGV[3] ~= ''
local hash, lines, field_total = {}, {}, nil
local meta = redis.pcall('HMGET', KEYS[2], 't', 'v')
if meta.err then return refused(meta, 'HMGET') end
if is_whole then
  hash = redis.pcall('HGETALL', KEYS[1])
  if hash.err then return refused(hash, 'HGETALL') end
  field_total = #hash / 2
  for i = 1, #hash, 2 do lines[hash[i]] = hash[i + 1] end
else
  local skus = {}
  for i = 13, first_field - 3, 3 do skus[#skus + 1] = ARGV[i] end
  for i = 1, #skus, 1000 do
    local values = redis.pcall('HMGET', KEYS[1], unpack(skus, i, math.min(i + 999, #skus)))
    if values.err then return refused(values, 'HMGET') end
    for j, value in ipairs(values) do lines[skus[i + j - 1]] = value end
  end
end

local is_current = (meta[1] or '') == ARGV[1] and tonumber(meta[2] or 0) == tonumber(ARGV[2])
                   and (ARGV[3] == '' or field_total == tonumber(ARGV[3]))
for i = 13, first_field - 3, 3 do is_current = is_current and quantity(lines[ARGV[i]]) == tonumber(ARGV[i + 1]) end
if not is_current then
  hash = redis.pcall('HGETALL', KEYS[1])
  if hash.err then return refused(hash, 'HGETALL') end
  meta = redis.pcall('HGETALL', KEYS[2])
  if meta.err then return refused(meta, 'HGETALL') end
  local time = redis.pcall('TIME')
  if time.err then return refused(time, 'TIME') end
  return {0, hash, meta, time}
end

-- What is to be written -----------------------------------------------------------------------------------------------

local writes = {}
-- Queues name key args…, in pieces that fit Lua's stack; every piece keeps pairs together.
local function queue(name, key, args, first, last)
  for i = first, last, 1000 do writes[#writes + 1] = {name, key, unpack(args, i, math.min(i + 999, last))} end
end

local named, set, unset = {}, {}, {}
for i = 13, first_field - 3, 3 do
  local sku, before, after = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  named[sku] = after ~= '0'
  if after == '0' then
    if lines[sku] then unset[#unset + 1] = sku end
  elseif after ~= before then
    set[#set + 1], set[#set + 2] = sku, after
  end
end
if ARGV[5] == '1' then
  for i = 1, #hash, 2 do
    if named[hash[i]] == nil then unset[#unset + 1] = hash[i] end
  end
end
-- In this order: a hash that loses its last field is gone, and its expiry with it.
queue('HSET', KEYS[1], set, 1, #set)
queue('HDEL', KEYS[1], unset, 1, #unset)
queue('HDEL', KEYS[2], ARGV, first_unset, #ARGV)
queue('HSET', KEYS[2], ARGV, first_field, first_unset - 1)
-- A hash that begins anew has lost its expiry.
local is_new = #set > 0 and field_total == 0
if ARGV[8] ~= '' and (ARGV[9] == '1' or is_new) then writes[#writes + 1] = {'PEXPIREAT', KEYS[1], ARGV[8]} end
if ARGV[10] ~= '' then writes[#writes + 1] = {'PEXPIREAT', KEYS[2], ARGV[10]} end

-- A clock that is far off would make carts expire at the wrong time, up to at once.
if writes[#writes][1] == 'PEXPIREAT' then
  local time = redis.pcall('TIME')
  if time.err then return refused(time, 'TIME') end
  local difference = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000) - tonumber(ARGV[6])
  if math.abs(difference) > tonumber(ARGV[7]) then return {-1, difference} end
end

-- Every kind of command that is needed has to be possible before the first one changes anything: each is called once without effect.
-- The one that writes first comes first, as a server that is out of memory or lacks replicas refuses a script's first write only.
local function rehearse()
  local kinds = {}
  for _, command in ipairs(writes) do
    if not kinds[command[1]] then
      kinds[command[1]] = true
      kinds[#kinds + 1] = command[1]
    end
  end
  if #kinds < 2 then return nil end
  local harmless = {
    HSET = {KEYS[2], 'v', meta[2] or '0'},
    HDEL = {KEYS[2], 'cartd:none'},
    -- The meta hash is going to expire then; where it is not, the cart's hash is not there yet.
    PEXPIREAT = ARGV[10] ~= '' and {KEYS[2], ARGV[10]} or {KEYS[1], ARGV[8]},
  }
  for i, name in ipairs(kinds) do
    local refusal = refused(redis.pcall(name, unpack(harmless[name])), name)
    if refusal then
      if not meta[2] and i > 1 then redis.pcall('HDEL', KEYS[2], 'v') end
      return refusal
    end
  end
end

local refusal = rehearse()
if refusal then return refusal end
for _, command in ipairs(writes) do
  refusal = refused(redis.pcall(unpack(command)), command[1])
  if refusal then return refusal end
end
return {1, ARGV[4] == '1' and hash or {}}
