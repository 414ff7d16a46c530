"""The article's second application: Flask with `async def` views, and the same behind an ASGI adapter.

Flask runs each such view to its end on an event loop of its own, in the thread that serves the request.
"""

from __future__ import annotations

import asyncio

from asgiref.wsgi import WsgiToAsgi
from flask import Flask, request

from contract import ARTICLE_WAIT_S, DONE, HEALTHY, PONG, wait_s

app = Flask(__name__)


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


asgi = WsgiToAsgi(app)
