"""Starlette: `app` has a coroutine for its view, `plain` a function, which it runs in a pool of threads."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from contract import ANSWERS, answer, async_answer


async def view(request: Request) -> JSONResponse:
    return JSONResponse(await async_answer(request.url.path, request.query_params))


def plain_view(request: Request) -> JSONResponse:
    return JSONResponse(answer(request.url.path, request.query_params))


app = Starlette(routes=[Route(path, view) for path in ANSWERS])
plain = Starlette(routes=[Route(path, plain_view) for path in ANSWERS])
