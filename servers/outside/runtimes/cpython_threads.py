"""CPython's own ThreadingHTTPServer: a thread for each connection, of which one runs at a time (the GIL).

cpython_threads.py PORT, with frameworks/ on PYTHONPATH: the contract is there.
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from contract import answer


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # the head and the body are one packet

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        try:
            status, reply = 200, answer(url.path, dict(parse_qsl(url.query)))
        except KeyError:
            status, reply = 404, {"error": "unknown path"}
        except ValueError as error:
            status, reply = 400, {"error": str(error)}
        body = json.dumps(reply).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """A line per request is not what is measured."""


class Server(ThreadingHTTPServer):
    request_queue_size = 4096


if __name__ == "__main__":
    Server(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
