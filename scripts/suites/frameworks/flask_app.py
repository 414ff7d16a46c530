"""The article's first application: Flask, whose views block the thread that runs them."""

from __future__ import annotations

import time

from flask import Flask, request

from contract import ARTICLE_WAIT_S, DONE, HEALTHY, PONG, wait_s

app = Flask(__name__)


@app.get("/task")
def task() -> dict[str, str]:
    time.sleep(wait_s(request.args.get("wait_ms")))
    return DONE


@app.get("/async-task")
def article_task() -> dict[str, str]:
    time.sleep(ARTICLE_WAIT_S)
    return DONE


@app.get("/ping")
def ping() -> dict[str, str]:
    return PONG


@app.get("/health")
def health() -> dict[str, str]:
    return HEALTHY
