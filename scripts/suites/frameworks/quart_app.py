"""Quart, Flask's interface on ASGI: its views are awaited on the server's own event loop."""

from __future__ import annotations

import asyncio

from quart import Quart, request

from contract import ARTICLE_WAIT_S, DONE, HEALTHY, PONG, wait_s

app = Quart(__name__)


@app.get("/task")
async def task() -> dict[str, str]:
    await asyncio.sleep(wait_s(request.args.get("wait_ms")))
    return DONE


@app.get("/async-task")
async def article_task() -> dict[str, str]:
    await asyncio.sleep(ARTICLE_WAIT_S)
    return DONE


@app.get("/ping")
async def ping() -> dict[str, str]:
    return PONG


@app.get("/health")
async def health() -> dict[str, str]:
    return HEALTHY
