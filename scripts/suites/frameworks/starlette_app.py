"""Starlette: `app` has a coroutine for its view, `plain` a function, which it runs in a pool of threads."""

import asyncio
import time

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from contract import ANSWERS, WAITING, wait_s


async def answer(request: Request) -> JSONResponse:
    if request.url.path in WAITING:
        await asyncio.sleep(wait_s(request.url.path, request.query_params))
    return JSONResponse(ANSWERS[request.url.path])


def plain_answer(request: Request) -> JSONResponse:
    if request.url.path in WAITING:
        time.sleep(wait_s(request.url.path, request.query_params))
    return JSONResponse(ANSWERS[request.url.path])


app = Starlette(routes=[Route(path, answer) for path in ANSWERS])
plain = Starlette(routes=[Route(path, plain_answer) for path in ANSWERS])
