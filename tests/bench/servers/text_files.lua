-- Two hundred text files in turn, for a client that accepts gzip.
local requests, next_one = {}, 0
function init()
  for number = 1, 200 do
    requests[number] = wrk.format("GET", string.format("/text/%d.txt", number), { ["Accept-Encoding"] = "gzip" })
  end
end
function request()
  next_one = next_one % 200 + 1
  return requests[next_one]
end
