"""A server that saturates: each request waits in parallel, then passes one lock. The time inside the lock grows with the
requests in progress, so that throughput falls beyond its peak.

    python3 tools/saturating-server.py PORT SERIAL_MS
"""
import asyncio
import sys

from aiohttp import web

PARALLEL_S, COHERENCY_S = 0.200, 0.000_04


async def app(serial_s):
    lock, state = asyncio.Lock(), {"in_progress": 0}

    async def handle(_):
        state["in_progress"] += 1
        try:
            await asyncio.sleep(PARALLEL_S)
            async with lock:
                await asyncio.sleep(serial_s + COHERENCY_S * state["in_progress"])
        finally:
            state["in_progress"] -= 1
        return web.Response(text="ok")

    app = web.Application()
    app.router.add_get("/quote", handle)
    return app


if __name__ == "__main__":
    web.run_app(app(float(sys.argv[2]) / 1000), host="127.0.0.1", port=int(sys.argv[1]), print=None)
