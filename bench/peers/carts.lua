-- Carts in nginx with Lua and resty redis; nginx.conf sets $redis_port, $kind and $cart.
local redis = require "nginx.redis"
local cjson = require "cjson.safe"
local week = 7 * 24 * 3600

local function as_table(flat)
  local fields = {}
  for i = 1, #flat, 2 do fields[flat[i]] = flat[i + 1] end
  return fields
end

local key = "lua:" .. ngx.var.cart
local client = redis:new()
assert(client:connect("127.0.0.1", tonumber(ngx.var.redis_port)))
client:init_pipeline()
local adds = ngx.req.get_method() == "POST"
if adds then
  ngx.req.read_body()
  local body = cjson.decode(ngx.req.get_body_data())
  client:hincrby(key, body.sku, body.quantity)
  client:expire(key, week)
end
client:hgetall(key)
if ngx.var.kind == "detailed" then client:hgetall("lua:details:" .. ngx.var.cart) end
local answers = assert(client:commit_pipeline())
client:set_keepalive(60000, 100)

local first = adds and 3 or 1
local details = as_table(answers[first + 1] or {})
local items = {}
for sku, quantity in pairs(as_table(answers[first])) do
  local item = details[sku] and cjson.decode(details[sku]) or {}
  item.sku, item.quantity = sku, tonumber(quantity)
  items[#items + 1] = item
end
local text = cjson.encode({ id = ngx.var.cart, items = items })
ngx.header.content_length = #text
ngx.print(text)
