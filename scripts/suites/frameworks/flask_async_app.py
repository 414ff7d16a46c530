"""The article's second application: Flask with `async def` views, and the same behind an ASGI adapter.

Flask runs each such view to its end on an event loop of its own, in the thread that serves the request.
"""

import asyncio

from asgiref.wsgi import WsgiToAsgi
from flask import Flask, request

from contract import ANSWERS, WAITING, wait_s

app = Flask(__name__)
asgi = WsgiToAsgi(app)


async def answer() -> dict[str, str]:
    if request.path in WAITING:
        await asyncio.sleep(wait_s(request.path, request.args))
    return ANSWERS[request.path]


for path in ANSWERS:
    app.add_url_rule(path, view_func=answer)
