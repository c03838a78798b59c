"""Checks of an echo server with Python's websockets: client.py URL plain|compressed. Prints a line for each that has passed."""

import asyncio
import os
import sys

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

url, kind = sys.argv[1:]
# The client offers compression in any case: the page decides.
OPTIONS = {"max_size": None, "ping_interval": None, "subprotocols": ["other", "echo", "echo.v2"]}


async def echoed(socket, message):
    await socket.send(message)
    answer = await socket.recv()
    assert answer == message, f"{len(answer)} of {len(message)}"


async def check():
    async with connect(url, **OPTIONS) as socket:
        extensions = [extension.name for extension in socket.protocol.extensions]
        assert extensions == (["permessage-deflate"] if kind == "compressed" else []), extensions
        for text in ["Hello", "\u00e4 \u20ac \U0001d11e", "Hello", "x" * 125, "y" * 126, "{\"a\": 1}" * 1000]:
            await echoed(socket, text)
        print("text")
        for length in [1, 125, 126, 65535, 65536]:
            await echoed(socket, os.urandom(length))
            await echoed(socket, bytes(length))
        print("binary")
        await echoed(socket, "")
        await echoed(socket, b"")
        await echoed(socket, "")
        print("empty")
        await socket.send(["frag", "", "ments ", "\u20ac" * 300])
        assert await socket.recv() == "fragments " + "\u20ac" * 300
        await socket.send([b"a", os.urandom(0), b"b" * 70000])
        assert await socket.recv() == b"a" + b"b" * 70000
        print("fragments")
        for data in [b"", b"data", b"x" * 125]:
            await (await socket.ping(data))
        print("ping")
        await echoed(socket, os.urandom(4 << 20))
        await echoed(socket, "z" * (4 << 20))
        print("large")
        assert socket.subprotocol == "echo", socket.subprotocol
        print("subprotocol")

    # Not closed again by "async with": asyncio fails to abort a transport that was closed before its buffer was empty (3.11).
    socket = await connect(url, **OPTIONS)
    try:
        await socket.send("z" * ((4 << 20) + 1))
        await socket.recv()
        raise AssertionError("taken")
    except ConnectionClosed as closed:
        assert closed.rcvd.code == 1009, closed
    print("too long")

    for code, reason in [(1000, "bye"), (4001, "\u00e4"), (3000, "x" * 100)]:
        async with connect(url, **OPTIONS) as socket:
            await socket.send(f"close {code} {reason}")
            try:
                await socket.recv()
                raise AssertionError("not closed")
            except ConnectionClosed as closed:
                assert (closed.rcvd.code, closed.rcvd.reason) == (code, reason), closed
        socket = await connect(url, **OPTIONS)
        await socket.close(code, reason)
        assert socket.close_code == code, socket.close_code
    print("close codes")


asyncio.run(asyncio.wait_for(check(), 600))
