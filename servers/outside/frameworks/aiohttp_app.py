"""aiohttp: aiohttp_app.py PORT awaits|blocks. `blocks` sleeps inside its coroutine, and with it the loop."""

import sys

from aiohttp import web

from contract import ANSWERS, answer, async_answer


async def awaits(request: web.Request) -> web.Response:
    return web.json_response(await async_answer(request.path, request.query))


async def blocks(request: web.Request) -> web.Response:
    return web.json_response(answer(request.path, request.query))


if __name__ == "__main__":
    port, view = int(sys.argv[1]), {"awaits": awaits, "blocks": blocks}[sys.argv[2]]
    app = web.Application()
    app.add_routes([web.get(path, view) for path in ANSWERS])
    web.run_app(app, host="127.0.0.1", port=port, backlog=2048, access_log=None, print=None)
