"""A server for tests of the gate: it serves HTTP on the port it is told, or breaks in one way or another.

    broken_server.py --port N [--fault NAME]... [--pids FILE] [--cost-us N] [--burns SHARE]

With --burns it spends that share of the CPU time it needs besides. But for `does-not-start` and
`answers-500` it is well until it has been found ready.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

FAULTS = "does-not-start answers-500 turns-to-500 dies-half-way hangs garbage".split()
FAULTS += "fails-some fails-rarely dozes".split()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    faults: list[str] = []
    cost_us = 0
    burns = 0.0
    served = 0
    used_ns = 0
    lock = threading.Lock()

    def do_GET(self) -> None:
        Handler.served += 1
        first = self.headers.get("Connection") == "close"  # only the look whether it is ready asks for this
        if not first and "dies-half-way" in self.faults and self.served > 300:
            os.kill(os.getpid(), signal.SIGKILL)
        if not first and "hangs" in self.faults:
            threading.Event().wait()
        if not first and "garbage" in self.faults:
            self.wfile.write(b"\x00\xffnot HTTP at all\r\n\r\n")
            self.close_connection = True
            return
        with Handler.lock:  # all of the server dozes or burns
            if "dozes" in self.faults and not first and self.served % 100 == 0:
                time.sleep(0.02)
            needed_ns = time.process_time_ns() - Handler.used_ns
            spent = time.thread_time_ns() + self.cost_us * 1000 + round(self.burns * needed_ns)
            while time.thread_time_ns() < spent:
                pass
            Handler.used_ns = time.process_time_ns()
        fails = "answers-500" in self.faults or ("turns-to-500" in self.faults and not first)
        fails |= "fails-rarely" in self.faults and self.served % 250 == 0
        fails |= "fails-some" in self.faults and self.served % 10 == 0 and not first
        body = b'{"result":"pong"}'
        head = f"HTTP/1.1 {'500 Broken' if fails else '200 OK'}\r\nContent-Length: {len(body)}\r\n\r\n"
        self.wfile.write(head.encode() + body)

    def log_message(self, *_: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        pass  # a client that has gone


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--fault", choices=FAULTS, action="append", default=[])
    parser.add_argument("--pids")
    parser.add_argument("--cost-us", type=int, default=0)
    parser.add_argument("--burns", type=float, default=0.0)
    options = parser.parse_args(argv)
    if options.pids:
        with open(options.pids, "a") as file:
            file.write(f"{os.getpid()}\n")
    if "does-not-start" in options.fault:
        print("broken_server: cannot find my configuration", file=sys.stderr)
        return 3
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    Handler.faults, Handler.cost_us, Handler.burns = options.fault, options.cost_us, options.burns
    Server(("127.0.0.1", options.port), Handler).serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
