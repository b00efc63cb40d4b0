-- Requests for wrk. Arguments after "--": what to send ("get" or "add") and, for "add", the Prefer header ("-": none).
-- Adds go to 1,000 carts in turn, 5 SKUs each, so that neighbouring requests never meet in one cart.
local requests = {}
local next_request = 0

function init(args)
  if args[1] == "get" then
    requests[1] = wrk.format("GET", "/v1/carts/user-100000")
    return
  end
  local headers = { ["Content-Type"] = "application/json" }
  if args[2] ~= "-" then headers["Prefer"] = args[2] end
  for line = 0, 4 do
    for cart = 0, 999 do
      local body = string.format('{"sku":"SKU-%d","quantity":1}', 10000 + line)
      requests[#requests + 1] = wrk.format("POST", string.format("/v1/carts/user-%d/items", 100000 + cart), headers, body)
    end
  end
end

function request()
  next_request = next_request % #requests + 1
  return requests[next_request]
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format('{"requests": %d, "errors": %d, "seconds": %.6f, "p50": %d}\n', summary.requests,
    e.connect + e.read + e.write + e.status + e.timeout, summary.duration / 1e6, latency:percentile(50)))
end
