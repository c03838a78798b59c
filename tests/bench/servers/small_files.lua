-- Twenty small files in turn: `-- small` with a load generator's head, `-- browser` with a browser's.
local fields = {
  small = { ["Accept-Encoding"] = "gzip" },
  browser = {
    ["Connection"] = "keep-alive",
    ["Cache-Control"] = "max-age=0",
    ["sec-ch-ua"] = '"Chromium";v="140", "Not=A?Brand";v="24"',
    ["sec-ch-ua-mobile"] = "?0",
    ["sec-ch-ua-platform"] = '"Linux"',
    ["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
    ["Accept"] = "*/*",
    ["Sec-Fetch-Site"] = "same-origin",
    ["Sec-Fetch-Mode"] = "no-cors",
    ["Sec-Fetch-Dest"] = "script",
    ["Referer"] = "http://www.example.org:8080/shop/",
    ["Accept-Encoding"] = "gzip, deflate, br, zstd",
    ["Accept-Language"] = "en-GB,en;q=0.9,de;q=0.8",
    ["Cookie"] = "session=8f14e45fceea167a5a36dedd4bea2543; theme=dark; consent=1; _ga=GA1.1.1398120932.1756800000; lang=en-GB",
  },
}
local requests, next_one = {}, 0
function init(arguments)
  for number = 1, 20 do
    requests[number] = wrk.format("GET", string.format("/%s/script-%02d.js", arguments[2], number), fields[arguments[1]])
  end
end
function request()
  next_one = next_one % 20 + 1
  return requests[next_one]
end
