"""aiohttp: aiohttp_app.py PORT awaits|blocks. `blocks` sleeps inside its coroutine, and with it the loop."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable

from aiohttp import web

from contract import ARTICLE_WAIT_S, DONE, HEALTHY, PONG, wait_s

BACKLOG = 2048


async def _blocks(seconds: float) -> None:
    time.sleep(seconds)


def application(sleep: Callable[[float], Awaitable[None]]) -> web.Application:
    async def task(request: web.Request) -> web.Response:
        await sleep(wait_s(request.query.get("wait_ms")))
        return web.json_response(DONE)

    async def article_task(_: web.Request) -> web.Response:
        await sleep(ARTICLE_WAIT_S)
        return web.json_response(DONE)

    async def ping(_: web.Request) -> web.Response:
        return web.json_response(PONG)

    async def health(_: web.Request) -> web.Response:
        return web.json_response(HEALTHY)

    app = web.Application()
    app.router.add_get("/task", task)
    app.router.add_get("/async-task", article_task)
    app.router.add_get("/ping", ping)
    app.router.add_get("/health", health)
    return app


def main(argv: list[str]) -> None:
    port, sleep = int(argv[0]), {"awaits": asyncio.sleep, "blocks": _blocks}[argv[1]]
    web.run_app(application(sleep), host="127.0.0.1", port=port, backlog=BACKLOG, access_log=None, print=None)


if __name__ == "__main__":
    main(sys.argv[1:])
