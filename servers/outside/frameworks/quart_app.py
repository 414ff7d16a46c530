"""Quart, Flask's interface on ASGI: its views are awaited on the server's own event loop."""

from quart import Quart, request

from contract import ANSWERS, async_answer

app = Quart(__name__)


async def view() -> dict[str, str]:
    return await async_answer(request.path, request.args)


for path in ANSWERS:
    app.add_url_rule(path, view_func=view)
