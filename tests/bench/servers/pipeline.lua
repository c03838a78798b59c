-- Sixteen requests in one piece.
init = function()
  local all = {}
  for number = 1, 16 do all[number] = wrk.format("GET", "/plaintext") end
  sixteen = table.concat(all)
end
request = function() return sixteen end
