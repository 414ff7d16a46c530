"""The article's first application: Flask, whose views block the thread that runs them."""

import time

from flask import Flask, request

from contract import ANSWERS, WAITING, wait_s

app = Flask(__name__)


def answer() -> dict[str, str]:
    if request.path in WAITING:
        time.sleep(wait_s(request.path, request.args))
    return ANSWERS[request.path]


for path in ANSWERS:
    app.add_url_rule(path, view_func=answer)
