"""A server for tests of the bench: it announces itself, answers, and misbehaves when told to.

    fake_server.py [--fault NAME] [--pids FILE] [--port N] [what the real ones take, ignored]

With --pids it appends its process id, and those of the children some faults start, a line each.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

FAULTS = (
    "dies-at-once",  # says why, exits with 3
    "never-ready",  # announces itself, answers 503
    "silent",  # never announces itself
    "dies-under-load",  # SIGKILL when the first task is asked of it
    "refuses-work",  # answers 500 to every task
    "ignores-sigterm",
    "exits-badly",  # with 7, on SIGTERM
    "daemonises",  # has a child in a session of its own, which ignores SIGTERM
)


class Handler(BaseHTTPRequestHandler):
    fault = ""

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path == "/task":
            if self.fault == "dies-under-load":
                os.kill(os.getpid(), signal.SIGKILL)
            time.sleep(int(parse_qs(parts.query).get("wait_ms", ["0"])[0]) / 1000)
        body = b'{"result":"Task Complete!"}'
        refuses = self.fault == "refuses-work" and parts.path == "/task"
        self.send_response(500 if refuses else 503 if self.fault == "never-ready" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--fault", choices=FAULTS, default="")
    parser.add_argument("--pids")
    parser.add_argument("--port", type=int, default=0)
    options, _ = parser.parse_known_args(argv)
    note(options.pids)
    if options.fault == "dies-at-once":
        print("fake_server: cannot find my configuration", file=sys.stderr)
        return 3
    if options.fault == "ignores-sigterm":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    else:
        code = 7 if options.fault == "exits-badly" else 0
        signal.signal(signal.SIGTERM, lambda *_: os._exit(code))
    if options.fault == "daemonises" and os.fork() == 0:
        os.setsid()
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        note(options.pids)
        signal.pause()
    Handler.fault = options.fault
    server = Server(("127.0.0.1", options.port), Handler)
    if options.fault != "silent":
        print(f"listening on 127.0.0.1:{server.server_address[1]}", flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    while True:
        signal.pause()


def note(path: str | None) -> None:
    if path:
        with open(path, "a") as file:
            file.write(f"{os.getpid()}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
