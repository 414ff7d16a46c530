"""aiohttp: aiohttp_app.py PORT awaits|blocks. `blocks` sleeps inside its coroutine, and with it the loop."""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable

from aiohttp import web

from contract import ANSWERS, WAITING, wait_s

BACKLOG = 2048


async def _blocks(seconds: float) -> None:
    time.sleep(seconds)


def application(sleep: Callable[[float], Awaitable[None]]) -> web.Application:
    async def answer(request: web.Request) -> web.Response:
        if request.path in WAITING:
            await sleep(wait_s(request.path, request.query))
        return web.json_response(ANSWERS[request.path])

    app = web.Application()
    app.add_routes([web.get(path, answer) for path in ANSWERS])
    return app


def main(argv: list[str]) -> None:
    port, sleep = int(argv[0]), {"awaits": asyncio.sleep, "blocks": _blocks}[argv[1]]
    web.run_app(application(sleep), host="127.0.0.1", port=port, backlog=BACKLOG, access_log=None, print=None)


if __name__ == "__main__":
    main(sys.argv[1:])
