-- Writes edits to one cart in one atomic step, if the cart is still what they were decided on. It knows the layout
-- (docs/redis-layout.md) and no rule of carts. All that can be refused is refused before the first write, because Redis
-- does not roll back.
--
-- KEYS  the cart's hash, its meta hash, the hashes of checkouts
-- ARGV  1 token that was seen or '', 2 version that was seen
--       3 fields of the cart's hash that were seen, '' for any number
--       4 '1': the cart's hash is wanted in the answer   5 '1': fields of the cart's hash that are not named go
--       6 now, 7 how much the clocks of cartd and this server may differ (ms)
--       8 when the cart's hash expires or '', 9 '1': that has changed, 10 when the meta hash expires or '': as before
--       11 how many SKUs are named, 12 how many fields of the meta hash are set
--       13 how many checkouts
--       14 the text of another service that stood in the place of the cart's hash, and that goes, or ''
--       15… the checkouts, two arguments each: content, or '' where it goes; when it expires
--       … the SKUs, three arguments each: sku, quantity that was seen, quantity from now on; 0: no line
--       … the fields of the meta hash that are set, two arguments each: field, value
--       … the fields of the meta hash that go
-- answer  {1, {sku, n, …}}: written; the cart's hash as it was before, empty when it is not wanted
--         {0, {sku, n, …}, {field, value, …}, {seconds, microseconds}}: not written; what there is, and what time
--         {-1, difference}: not written; the clocks differ by so many ms
--         {-2, 0}: not written; what stands in the place of the cart's hash is another value than the one that was seen
local first_sku = 15 + 2 * tonumber(ARGV[13])
local first_field = first_sku + 3 * tonumber(ARGV[11])
local first_unset = first_field + 2 * tonumber(ARGV[12])
local last_sku = first_field - 3

-- The error of a command before anything was written, as clients know it: Redis before 7 puts the script's line in
-- front. What is added tells cartd which command it was, and that nothing was done (store_error.h).
local function refused(reply, name)
  if type(reply) ~= 'table' or not reply.err then return nil end
  local text = string.gsub(reply.err, '^@user_script: %d+: %-?', '')
  return {err = text .. ' [' .. name .. ' was refused; nothing was done]'}
end

local function is_no_hash(reply)
  return type(reply) == 'table' and reply.err and string.find(reply.err, 'WRONGTYPE', 1, true)
end

-- Ends commit() where the command is refused, or where what stands in the place of the cart's hash is none.
local function call(name, ...)
  local reply = redis.pcall(name, ...)
  if is_no_hash(reply) and (...) == KEYS[1] then error({-2, 0}) end
  local refusal = refused(reply, name)
  if refusal then error(refusal) end
  return reply
end

-- A plain client may have written what is no quantity; such a field is no line.
local function quantity(text)
  return text and #text <= 12 and string.find(text, '^%d+$') and tonumber(text) or 0
end

-- The cart's hash where the whole of it counts, and the values of the fields that are named.
local function read_lines()
  local hash, lines = {}, {}
  if ARGV[14] ~= '' then return hash, lines end
  if ARGV[4] == '1' or ARGV[3] ~= '' then
    hash = call('HGETALL', KEYS[1])
    for i = 1, #hash, 2 do lines[hash[i]] = hash[i + 1] end
  else
    -- Only for whether it is a hash.
    if last_sku < first_sku then call('HLEN', KEYS[1]) end
    for first = first_sku, last_sku, 3000 do
      local skus = {}
      for i = first, math.min(first + 2997, last_sku), 3 do skus[#skus + 1] = ARGV[i] end
      for i, value in ipairs(call('HMGET', KEYS[1], unpack(skus))) do lines[skus[i]] = value end
    end
  end
  return hash, lines
end

-- Whether the text is there that was seen. A hash is in its place where another cartd was faster.
local function has_text()
  if ARGV[14] == '' then return true end
  local text = redis.pcall('GETRANGE', KEYS[1], 0, #ARGV[14])
  if not is_no_hash(text) and refused(text, 'GETRANGE') then error(refused(text, 'GETRANGE')) end
  return text == ARGV[14]
end

local function is_current(meta, hash, lines)
  if (meta[1] or '') ~= ARGV[1] or tonumber(meta[2] or 0) ~= tonumber(ARGV[2]) then return false end
  if ARGV[3] ~= '' and #hash ~= 2 * tonumber(ARGV[3]) then return false end
  for i = first_sku, last_sku, 3 do
    if quantity(lines[ARGV[i]]) ~= tonumber(ARGV[i + 1]) then return false end
  end
  return true
end

-- The commands that write, in an order in which no hash loses its last field, and its expiry, before it gets others;
-- and the names of these commands, each once.
local function writes_on(hash, lines)
  local writes, kinds, named, set, unset = {}, {}, {}, {}, {}
  -- An expiry in the past deletes, and rehearse() has tried out that expiries may be set.
  if ARGV[14] ~= '' then writes[1] = {'PEXPIREAT', KEYS[1], '1'} end
  -- In pieces that fit Lua's stack and keep pairs together.
  local function write(name, key, args, first, last)
    for i = first, last, 1000 do writes[#writes + 1] = {name, key, unpack(args, i, math.min(i + 999, last))} end
    if first <= last and not kinds[name] then kinds[name], kinds[#kinds + 1] = true, name end
  end
  for i = first_sku, last_sku, 3 do
    local sku, before, after = ARGV[i], ARGV[i + 1], ARGV[i + 2]
    named[sku] = true
    if after == '0' then
      if lines[sku] then unset[#unset + 1] = sku end
    elseif after ~= before then
      set[#set + 1], set[#set + 2] = sku, after
    end
  end
  for i = 1, ARGV[5] == '1' and #hash or 0, 2 do
    if not named[hash[i]] then unset[#unset + 1] = hash[i] end
  end
  for i = 3, #KEYS do
    local place = 9 + 2 * i
    if ARGV[place] ~= '' then
      write('HSET', KEYS[i], {'d', ARGV[place]}, 1, 2)
      write('PEXPIREAT', KEYS[i], ARGV, place + 1, place + 1)
    else
      write('HDEL', KEYS[i], {'d'}, 1, 1)
    end
  end
  write('HSET', KEYS[1], set, 1, #set)
  write('HDEL', KEYS[1], unset, 1, #unset)
  write('HDEL', KEYS[2], ARGV, first_unset, #ARGV)
  write('HSET', KEYS[2], ARGV, first_field, first_unset - 1)
  -- A hash that begins anew has lost its expiry.
  local is_new = #set > 0 and ARGV[3] == '0'
  if ARGV[8] ~= '' and (ARGV[9] == '1' or is_new) then write('PEXPIREAT', KEYS[1], ARGV, 8, 8) end
  if ARGV[10] ~= '' then write('PEXPIREAT', KEYS[2], ARGV, 10, 10) end
  return writes, kinds
end

-- Calls each kind of command once without effect: all have to be possible before one of them changes anything. The one
-- that writes first comes first, as a server that is out of memory or lacks replicas refuses a script's first write
-- only.
local function rehearse(kinds, version)
  local harmless = {
    HSET = {KEYS[2], 'v', version or '0'},
    HDEL = {KEYS[2], 'cartd:none'},
    -- The meta hash is going to expire then; where it is not, the cart's hash is not there yet.
    PEXPIREAT = ARGV[10] ~= '' and {KEYS[2], ARGV[10]} or {KEYS[1], ARGV[8]},
  }
  local attempts = {}
  for i, name in ipairs(kinds) do attempts[i] = {name, unpack(harmless[name])} end
  -- Of checkouts' keys it is not known either that they may be written, and that they are hashes.
  for i = 3, #KEYS do attempts[#attempts + 1] = {'HDEL', KEYS[i], 'cartd:none'} end
  for i, attempt in ipairs(attempts) do
    local refusal = refused(redis.pcall(unpack(attempt)), attempt[1])
    if refusal then
      if not version and i > 1 then redis.pcall('HDEL', KEYS[2], 'v') end
      error(refusal)
    end
  end
end

local function commit()
  local meta = call('HMGET', KEYS[2], 't', 'v')
  local hash, lines = read_lines()
  if not has_text() or not is_current(meta, hash, lines) then
    return {0, call('HGETALL', KEYS[1]), call('HGETALL', KEYS[2]), call('TIME')}
  end
  local writes, kinds = writes_on(hash, lines)
  -- A clock that is far off would make carts expire at the wrong time, up to at once.
  if writes[#writes][1] == 'PEXPIREAT' then
    local time = call('TIME')
    local difference = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000) - tonumber(ARGV[6])
    if math.abs(difference) > tonumber(ARGV[7]) then return {-1, difference} end
  end
  if #kinds > 1 then rehearse(kinds, meta[2]) end
  for _, write in ipairs(writes) do call(unpack(write)) end
  return {1, ARGV[4] == '1' and hash or {}}
end

local is_done, answer = pcall(commit)
return (is_done or type(answer) == 'table') and answer or {err = answer}
