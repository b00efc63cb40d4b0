-- Requests for wrk. Arguments after "--", each as name=value:
--   kind     get or add
--   path     of a cart, with %d for its number
--   carts    how many, in turn; adds go to 5 SKUs of each in turn, so that neighbouring requests never meet in one cart
--   add      what goes after the path for an add; with %d for the SKU's number it is all of the request, without a body
--   prefer   the Prefer header
--   keys     a prefix of Idempotency-Keys: each add gets its own
--   details  any value: adds carry a name and a price
local option = {}
local requests = {}
local before, after = {}, {}  -- What stands around the Idempotency-Key.
local sent = 0

function init(args)
  for _, argument in ipairs(args) do
    local name, value = argument:match("^(%w+)=(.*)$")
    option[name] = value
  end
  local details = ""
  if option.details then
    details = ',"name":"A thing of some kind","unit_price":{"amount_minor":1999,"currency":"EUR"}'
  end
  local headers = { ["Content-Type"] = "application/json", ["Prefer"] = option.prefer }
  if option.keys then headers["Idempotency-Key"] = "KEY" end
  for line = 0, option.kind == "get" and 0 or 4 do
    for cart = 0, option.carts - 1 do
      local path = string.format(option.path, 100000 + cart)
      if option.kind == "get" then
        requests[#requests + 1] = wrk.format("GET", path)
      elseif option.add:find("%%d") then
        requests[#requests + 1] = wrk.format("GET", path .. string.format(option.add, 10000 + line))
      else
        local body = string.format('{"sku":"SKU-%d","quantity":1%s}', 10000 + line, details)
        requests[#requests + 1] = wrk.format("POST", path .. option.add, headers, body)
      end
    end
  end
  if option.keys then
    for i, text in ipairs(requests) do before[i], after[i] = text:match("^(.-)KEY(.*)$") end
  end
end

function request()
  sent = sent + 1
  local place = (sent - 1) % #requests + 1
  if not option.keys then return requests[place] end
  return before[place] .. option.keys .. sent .. after[place]
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format('{"requests": %d, "refused": %d, "late": %d, "broken": %d, "seconds": %.6f, "p50": %d}\n',
    summary.requests, e.status, e.timeout, e.connect + e.read + e.write, summary.duration / 1e6,
    latency:percentile(50)))
end
