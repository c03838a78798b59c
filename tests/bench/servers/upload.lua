-- An upload of 20 MB.
wrk.method = "POST"
wrk.path = "/upload"
wrk.body = string.rep("x", 20 * 1024 * 1024)
