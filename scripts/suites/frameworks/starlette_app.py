"""Starlette: `app` has coroutines for views, `plain` has functions, which it runs in a pool of threads."""

from __future__ import annotations

import asyncio
import time

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from contract import ARTICLE_WAIT_S, DONE, HEALTHY, PONG, wait_s


async def task(request: Request) -> JSONResponse:
    await asyncio.sleep(wait_s(request.query_params.get("wait_ms")))
    return JSONResponse(DONE)


async def article_task(_: Request) -> JSONResponse:
    await asyncio.sleep(ARTICLE_WAIT_S)
    return JSONResponse(DONE)


async def ping(_: Request) -> JSONResponse:
    return JSONResponse(PONG)


async def health(_: Request) -> JSONResponse:
    return JSONResponse(HEALTHY)


def plain_task(request: Request) -> JSONResponse:
    time.sleep(wait_s(request.query_params.get("wait_ms")))
    return JSONResponse(DONE)


def plain_article_task(_: Request) -> JSONResponse:
    time.sleep(ARTICLE_WAIT_S)
    return JSONResponse(DONE)


def plain_ping(_: Request) -> JSONResponse:
    return JSONResponse(PONG)


app = Starlette(
    routes=[
        Route("/task", task),
        Route("/async-task", article_task),
        Route("/ping", ping),
        Route("/health", health),
    ]
)
plain = Starlette(
    routes=[
        Route("/task", plain_task),
        Route("/async-task", plain_article_task),
        Route("/ping", plain_ping),
        Route("/health", plain_ping),
    ]
)
