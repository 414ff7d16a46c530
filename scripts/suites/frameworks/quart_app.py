"""Quart, Flask's interface on ASGI: its views are awaited on the server's own event loop."""

import asyncio

from quart import Quart, request

from contract import ANSWERS, WAITING, wait_s

app = Quart(__name__)


async def answer() -> dict[str, str]:
    if request.path in WAITING:
        await asyncio.sleep(wait_s(request.path, request.args))
    return ANSWERS[request.path]


for path in ANSWERS:
    app.add_url_rule(path, view_func=answer)
