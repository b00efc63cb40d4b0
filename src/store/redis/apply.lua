-- One command on one cart in one atomic step, by the rules of domain/apply.cpp. It judges everything first and writes
-- last, because Redis does not roll back. It holds no policy: limits and times are arguments.
--
-- KEYS  the cart's hash, its meta hash
-- ARGV  1 now, 2 ttl, 3 replay horizon (ms)   4 max lines, 5 max quantity, 6 max marks, 7 max idempotency keys
--       8 mark's field, 9 seq, 10 the seq that the mark has to have reached, 0 for any
--       11 expected version or ''             12 idempotency key's field or '', 13 its fingerprint
--       14 '1': the whole cart is wanted, '2': and its marks, '0': neither
--       15 how much the clocks of cartd and this server may differ (ms)
--       16… the operations, four arguments each:
--         '+' sku n details    '-' sku n ''    'x' sku '' ''    '=' sku n details    '0' '' '' ''  (clear)
--         'o' owner-or-'' '' ''    'm' '' '' metadata-or-''    'd' '' '' ''  (delete)
--         'r' field seq ''  (another lane's mark has to have reached that; behind all others)
--       details: '' not given, '-' given and empty, else MessagePack (codec/msgpack.h)
-- answer  {effect, found expired, version, created, updated, expires, owner, metadata, {sku, n, …}, {sku, details, …},
--          {mark's field, seq, …}}
--         {-1, version} another version   {-2, index, limit} over a limit   {-3} the key stood for another command
--         {-4} a mark has not reached what it has to   {-5, difference} the clocks differ by so many ms
--         {-6, field} what is stored in this field of meta makes no sense
local now, ttl = tonumber(ARGV[1]), tonumber(ARGV[2])
local max_quantity = tonumber(ARGV[5])
local mark_field, seq, reached = ARGV[8], tonumber(ARGV[9]), tonumber(ARGV[10])
local key_field = ARGV[12]

-- The error of a redis.pcall of `name` before anything was written, as clients know it: Redis before 7 puts the script's line in
-- front. What is added tells cartd which command it was, and that nothing was done (store_error.h).
local function refused(reply, name)
  if type(reply) ~= 'table' or not reply.err then return nil end
  local text = string.gsub(reply.err, '^@user_script: %d+: %-?', '')
  return {err = text .. ' [' .. name .. ' was refused; nothing was done]'}
end

-- Whole numbers of 16 digits keep all of them.
local function digits(number) return string.format('%.0f', number) end

-- Whether `text`, which may be missing, is a whole number that Lua holds exactly.
local function is_number(text) return text == nil or (#text <= 16 and string.find(text, '^%d+$') ~= nil) end

-- What is stored -----------------------------------------------------------------------------------------------------

local cart = redis.pcall('HGETALL', KEYS[1])
if cart.err then return refused(cart, 'HGETALL') end
local stored = redis.pcall('HGETALL', KEYS[2])
if stored.err then return refused(stored, 'HGETALL') end

-- The common command by the same rules in fewer steps: an add to a bare line that is there, in a live cart without
-- details, from a lane that the cart knows.
local function try_common_add()
  local meta = {}
  for i = 1, #stored, 2 do
    local field = stored[i]
    if string.byte(field) == 108 then return nil end -- 'l'
    meta[field] = stored[i + 1]
  end
  if not (is_number(meta.v) and is_number(meta.x) and is_number(meta[mark_field])) then return nil end
  local expires, mark = tonumber(meta.x), tonumber(meta[mark_field])
  if not (meta.c and expires and mark and expires > now and seq > mark and mark >= reached) then return nil end
  if math.abs(now + ttl - expires) > math.floor(ttl / 100) then return nil end
  local sku = ARGV[17]
  for i = 1, #cart, 2 do
    if cart[i] == sku then
      local old = cart[i + 1]
      if #old > 12 or not string.find(old, '^[1-9]%d*$') then return nil end
      local quantity = tonumber(old) + tonumber(ARGV[18])
      if quantity > max_quantity then return nil end
      local version = tonumber(meta.v or 0) + 1
      cart[i + 1] = digits(quantity)
      -- Only the first write can be refused (out of memory, read-only, no replicas); then nothing has been written.
      local refusal = refused(redis.pcall('HSET', KEYS[1], sku, cart[i + 1]), 'HSET')
      if refusal then return refusal end
      redis.call('HSET', KEYS[2], 'v', digits(version), 'u', ARGV[1], mark_field, ARGV[9])
      local marks = {}
      if ARGV[14] == '2' then
        meta[mark_field] = ARGV[9]
        for field, value in pairs(meta) do
          if string.byte(field) == 109 and #field > 1 then marks[#marks + 1], marks[#marks + 2] = field, value end -- 'm'
        end
      end
      return {0, 0, version, meta.c, ARGV[1], expires, meta.o or false, meta.a or false, ARGV[14] ~= '0' and cart or {}, {}, marks}
    end
  end
  return nil
end

if ARGV[16] == '+' and ARGV[19] == '' and not ARGV[20] and key_field == '' and ARGV[11] == '' then
  local reply = try_common_add()
  if reply then return reply end
end

-- A clock that is far off would make carts expire at the wrong time, up to at once.
local time = redis.pcall('TIME')
if time.err then return refused(time, 'TIME') end
local server_now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
if math.abs(server_now - now) > tonumber(ARGV[15]) then return {-5, server_now - now} end

local horizon, max_lines, fingerprint = tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[13]
local meta, details, marks, mark_count, keys = {}, {}, {}, 0, {}
for i = 1, #stored, 2 do
  local field, value = stored[i], stored[i + 1]
  if string.byte(field, 2) ~= 58 then -- ':'
    meta[field] = value
  else
    local tag = string.byte(field)
    if tag == 109 then -- 'm'
      -- What is no mark of a lane is somebody else's.
      if #field == 10 then
        if not is_number(value) then return {-6, field} end
        marks[field] = tonumber(value)
        mark_count = mark_count + 1
      end
    elseif tag == 107 then -- 'k'
      keys[field] = value
    elseif tag == 108 then -- 'l'
      details[string.sub(field, 3)] = value
    end
  end
end

-- A plain client may have written what is no quantity; such a field is no line.
local lines, line_count = {}, 0
for i = 1, #cart, 2 do
  local value = cart[i + 1]
  if #value <= 12 and string.find(value, '^%d+$') then
    local quantity = tonumber(value)
    if quantity > 0 then
      lines[cart[i]] = quantity
      line_count = line_count + 1
    end
  end
end

local version = is_number(meta.v) and tonumber(meta.v or 0) or nil
if not version or version >= 9007199254740991 then return {-6, 'v'} end
-- An expiry that is none is counted anew.
local created, updated, expires, owner, metadata = meta.c, meta.u, is_number(meta.x) and tonumber(meta.x) or nil, meta.o, meta.a

local expired = expires ~= nil and expires <= now
if expired and #cart > 0 then
  -- The hash is there, so its time is not over by Redis' clock, or a plain client began it anew. Redis' clock decides.
  expired = expires <= server_now
end
if expired then
  created, updated, expires, owner, metadata = nil, nil, nil, nil, nil
end
-- A cart of a plain client may have gone without a word and left its expiry behind.
if not created and line_count == 0 then expires = nil end

-- Details outlive neither their cart nor their line.
local dropped_details = {}
for sku in pairs(details) do
  if expired or not lines[sku] then
    dropped_details[#dropped_details + 1] = 'l:' .. sku
    details[sku] = nil
  end
end

local function answer(effect, found_expired)
  local flat_lines, flat_details, flat_marks = {}, {}, {}
  if ARGV[14] ~= '0' then
    local n = 0
    for sku, quantity in pairs(lines) do
      flat_lines[n + 1], flat_lines[n + 2] = sku, quantity
      n = n + 2
    end
    n = 0
    for sku, packed in pairs(details) do
      flat_details[n + 1], flat_details[n + 2] = sku, packed
      n = n + 2
    end
  end
  if ARGV[14] == '2' then
    local n = 0
    for field, reached_seq in pairs(marks) do
      flat_marks[n + 1], flat_marks[n + 2] = field, reached_seq
      n = n + 2
    end
  end
  return {effect, found_expired and 1 or 0, version, created or false, updated or false, expires or false, owner or false,
          metadata or false, flat_lines, flat_details, flat_marks}
end

-- Judgement ----------------------------------------------------------------------------------------------------------

local mark = marks[mark_field] or 0
if seq <= mark then return answer(2) end
local behind = mark < reached
for i = 16, #ARGV, 4 do
  if ARGV[i] == 'r' and (marks[ARGV[i + 1]] or 0) < tonumber(ARGV[i + 2]) then behind = true end
end
if behind then return {-4} end

-- What is no key's memory is somebody else's, and as good as forgotten.
local function fresh(remembered)
  local at = string.sub(remembered, 12)
  return at ~= '' and is_number(at) and tonumber(at) + horizon > now
end

local replayed = false
if key_field ~= '' then
  local remembered = keys[key_field]
  replayed = remembered ~= nil and fresh(remembered)
  if replayed and string.sub(remembered, 1, 11) ~= fingerprint then return {-3} end
end

if not replayed and ARGV[11] ~= '' and tonumber(ARGV[11]) ~= version then return {-1, version} end

local changed, cleared, gone = false, false, false
local touched, touched_details = {}, {}

local function drop(sku)
  lines[sku] = nil
  line_count = line_count - 1
  touched[sku] = true
  if details[sku] then
    details[sku] = nil
    touched_details[sku] = true
  end
  changed = true
end

-- added_at, the first ten bytes, survives while the line has details.
local function details_after(old, given)
  if given == '' then return old end
  if given == '-' then return nil end
  if old and string.sub(old, 1, 2) == '\149\207' then return string.sub(old, 1, 10) .. string.sub(given, 11) end
  return given
end

for i = 16, replayed and 0 or #ARGV, 4 do
  local op, sku, n, given = ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2]), ARGV[i + 3]
  local old = lines[sku]
  if op == '+' or (op == '=' and n > 0) then
    local quantity = op == '+' and (old or 0) + n or n
    if op == '+' and quantity > max_quantity then return {-2, (i - 16) / 4, 'quantity'} end
    if not old and line_count >= max_lines then return {-2, (i - 16) / 4, 'lines'} end
    local packed = details_after(details[sku], given)
    if quantity ~= old then
      lines[sku] = quantity
      touched[sku] = true
      changed = true
      if not old then line_count = line_count + 1 end
    end
    if packed ~= details[sku] then
      details[sku] = packed
      touched_details[sku] = true
      changed = true
    end
  elseif op == '-' then
    if old and old > n then
      lines[sku] = old - n
      touched[sku] = true
      changed = true
    elseif old then
      drop(sku)
    end
  elseif op == 'x' or op == '=' then
    if old then drop(sku) end
  elseif op == '0' then
    if line_count > 0 then
      changed = true
      for other in pairs(details) do touched_details[other] = true end
      lines, details, line_count = {}, {}, 0
    end
    cleared = true
  elseif op == 'o' then
    local new = sku ~= '' and sku or nil
    if new ~= owner then
      owner = new
      changed = true
    end
  elseif op == 'm' then
    local new = given ~= '' and given or nil
    if new ~= metadata then
      metadata = new
      changed = true
    end
  elseif op == 'd' then
    changed = created ~= nil or line_count > 0
    gone = true
    for other in pairs(details) do touched_details[other] = true end
    lines, details, line_count = {}, {}, 0
    created, updated, expires, owner, metadata = nil, nil, nil, nil, nil
  end
end

if changed then
  version = version + 1
  if not gone then
    updated = ARGV[1]
    created = created or ARGV[1]
  end
end
local exists = created ~= nil or line_count > 0
local moved = false
if exists and not (expires and math.abs(now + ttl - expires) <= math.floor(ttl / 100)) then
  expires = now + ttl
  moved = true
end
if not (changed or exists or key_field ~= '') then return answer(1, expired) end

-- Writing ------------------------------------------------------------------------------------------------------------

local writes = {}
-- Queues name key args…, in pieces that fit Lua's stack; every piece keeps pairs together.
local function queue(name, key, args)
  for i = 1, #args, 1000 do
    writes[#writes + 1] = {name, key, unpack(args, i, math.min(i + 999, #args))}
  end
end

local unset, set = {}, {}
if cleared or gone then
  for i = 1, #cart, 2 do
    if not lines[cart[i]] then unset[#unset + 1] = cart[i] end
  end
  for sku, quantity in pairs(lines) do
    set[#set + 1], set[#set + 2] = sku, digits(quantity)
  end
else
  for sku in pairs(touched) do
    if lines[sku] then
      set[#set + 1], set[#set + 2] = sku, digits(lines[sku])
    else
      unset[#unset + 1] = sku
    end
  end
end
-- In this order: a hash that loses its last field is gone, and its expiry with it.
queue('HSET', KEYS[1], set)
queue('HDEL', KEYS[1], unset)

unset, set = dropped_details, {mark_field, ARGV[9]}
local function keep(field, value)
  if value == meta[field] then return end
  if value then
    set[#set + 1], set[#set + 2] = field, value
  else
    unset[#unset + 1] = field
  end
end
if changed then keep('v', digits(version)) end
keep('c', created)
keep('u', updated)
keep('x', expires and digits(expires))
keep('o', owner)
keep('a', metadata)
for sku in pairs(touched_details) do
  if details[sku] then
    set[#set + 1], set[#set + 2] = 'l:' .. sku, details[sku]
  else
    unset[#unset + 1] = 'l:' .. sku
  end
end

if not marks[mark_field] and mark_count >= tonumber(ARGV[6]) then
  local oldest_kept = (now - horizon) * 1000
  for field, mark in pairs(marks) do
    if mark < oldest_kept then
      unset[#unset + 1] = field
      marks[field] = nil
    end
  end
end
marks[mark_field] = seq

if key_field ~= '' and not replayed then
  local kept = {}
  for field, remembered in pairs(keys) do
    if not fresh(remembered) then
      if field ~= key_field then unset[#unset + 1] = field end
    else
      kept[#kept + 1] = {tonumber(string.sub(remembered, 12)), field}
    end
  end
  table.sort(kept, function(a, b) return a[1] < b[1] or (a[1] == b[1] and a[2] < b[2]) end)
  for i = 1, #kept - tonumber(ARGV[7]) + 1 do unset[#unset + 1] = kept[i][2] end
  set[#set + 1], set[#set + 2] = key_field, fingerprint .. ARGV[1]
end

queue('HDEL', KEYS[2], unset)
queue('HSET', KEYS[2], set)
-- A hash that begins anew has lost its expiry.
if line_count > 0 and (moved or cleared or #cart == 0) then writes[#writes + 1] = {'PEXPIREAT', KEYS[1], digits(expires)} end
if moved or not expires or #stored == 0 then
  writes[#writes + 1] = {'PEXPIREAT', KEYS[2], digits((expires or now) + horizon)}
end

-- Redis does not roll back, so every kind of command that is needed has to be possible before the first one changes anything: each
-- is called once without effect. The one that writes first comes first, as a server that is out of memory or lacks replicas refuses a
-- script's first write only.
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
    HSET = {'v', meta.v or '0'},
    HDEL = {'cartd:none'},
    PEXPIREAT = {digits((expires or now) + horizon)},
  }
  for i, name in ipairs(kinds) do
    local refusal = refused(redis.pcall(name, KEYS[2], unpack(harmless[name])), name)
    if refusal then
      if #stored == 0 and i > 1 then redis.pcall('HDEL', KEYS[2], 'v') end
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
return answer(changed and 0 or replayed and 3 or 1, expired)
