"""The article's applications: Flask with views that block their thread, with `async def`, and behind ASGI.

Flask runs an `async def` view to its end on an event loop of its own, in the thread that serves the request.
"""

import logging
from typing import Any

from flask import Flask, request

from contract import ANSWERS, answer, async_answer

# The development server writes a line per request, which is not what is measured.
logging.getLogger("werkzeug").setLevel(logging.ERROR)


def view() -> dict[str, str]:
    return answer(request.path, request.args)


async def async_view() -> dict[str, str]:
    return await async_answer(request.path, request.args)


app, async_app = Flask(__name__), Flask(__name__)
for path in ANSWERS:
    app.add_url_rule(path, view_func=view)
    async_app.add_url_rule(path, view_func=async_view)


def asgi() -> Any:
    from asgiref.wsgi import WsgiToAsgi  # here, as the others do without it

    return WsgiToAsgi(async_app)
