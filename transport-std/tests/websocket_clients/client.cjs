// Checks of an echo server with ws of npm: client.cjs URL plain|compressed. Prints a line for each that has passed.

const assert = require("node:assert");
const { randomBytes } = require("node:crypto");
const WebSocket = require("ws");

const [url, kind] = process.argv.slice(2);
setTimeout(() => assert.fail("time-out"), 600_000).unref();

// `threshold`: short messages are compressed, too. The client offers compression in any case: the page decides.
const open = () =>
  new Promise((resolve, reject) => {
    const options = { perMessageDeflate: { threshold: 0 }, maxPayload: 1 << 26 };
    const socket = new WebSocket(url, ["other", "echo", "echo.v2"], options);
    socket.once("open", () => resolve(socket)).once("error", reject);
  });

const next = (socket, event) => new Promise((resolve) => socket.once(event, (...values) => resolve(values)));

const echoed = async (socket, message) => {
  socket.send(message);
  const [data, isBinary] = await next(socket, "message");
  assert.strictEqual(isBinary, typeof message !== "string");
  assert.ok(data.equals(Buffer.from(message)), `${data.length} of ${message.length}`);
};

const check = async () => {
  const socket = await open();
  assert.strictEqual(socket.extensions.startsWith("permessage-deflate"), kind === "compressed", socket.extensions);
  for (const text of ["Hello", "ä € 𝄞", "Hello", "x".repeat(125), "y".repeat(126), '{"a": 1}'.repeat(1000)]) await echoed(socket, text);
  console.log("text");
  for (const length of [1, 125, 126, 65535, 65536]) {
    await echoed(socket, randomBytes(length));
    await echoed(socket, Buffer.alloc(length));
  }
  console.log("binary");
  await echoed(socket, "");
  await echoed(socket, Buffer.alloc(0));
  await echoed(socket, "");
  console.log("empty");
  for (const compress of [true, false]) {
    socket.send("frag", { fin: false, compress });
    socket.send("", { fin: false, compress });
    socket.ping("between");
    socket.send("ments " + "€".repeat(300), { fin: true, compress });
    const [[data], [pong]] = await Promise.all([next(socket, "message"), next(socket, "pong")]);
    assert.strictEqual(data.toString(), "fragments " + "€".repeat(300));
    assert.strictEqual(pong.toString(), "between");
  }
  console.log("fragments");
  for (const data of ["", "data", "x".repeat(125)]) {
    socket.ping(data);
    assert.strictEqual((await next(socket, "pong"))[0].toString(), data);
  }
  console.log("ping");
  await echoed(socket, randomBytes(4 << 20));
  await echoed(socket, "z".repeat(4 << 20));
  console.log("large");
  assert.strictEqual(socket.protocol, "echo");
  console.log("subprotocol");
  socket.close();
  await next(socket, "close");

  const long = await open();
  long.on("error", () => {});
  long.send("z".repeat((4 << 20) + 1));
  assert.strictEqual((await next(long, "close"))[0], 1009);
  console.log("too long");

  for (const [code, reason] of [[1000, "bye"], [4001, "ä"], [3000, "x".repeat(100)]]) {
    const closed = await open();
    closed.send(`close ${code} ${reason}`);
    const [got, why] = await next(closed, "close");
    assert.deepStrictEqual([got, why.toString()], [code, reason]);
    const closing = await open();
    closing.close(code, reason);
    assert.strictEqual((await next(closing, "close"))[0], code);
  }
  console.log("close codes");
};

check().catch((error) => {
  console.error(error);
  process.exit(1);
});
