"""Small servers for tests and trials of scripts/costs.py: each candidate does one thing more."""

from __future__ import annotations

import subprocess
from pathlib import Path

# What a request costs more; where it is, the function that has to be named.
HANDICAPS = {
    "instructions": "work_more",
    "allocation": "allocate_more",
    "call": "ask_more",
}

_SOURCE = r"""
#include <arpa/inet.h>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

#ifdef MORE_INSTRUCTIONS
__attribute__((noinline)) unsigned work_more(unsigned seed) {
    for (int turn = 0; turn < 33; ++turn) seed = seed * 1664525u + 1013904223u ^ seed >> 3;
    return seed;
}
#endif
#ifdef MORE_ALLOCATION
__attribute__((noinline)) std::unique_ptr<std::string> allocate_more() {
    return std::make_unique<std::string>("short");
}
#endif
#ifdef MORE_CALL
__attribute__((noinline)) long ask_more() { return getppid(); }
#endif

std::string answer() {
    std::string body = "pong";
#ifdef MORE_INSTRUCTIONS
    if (work_more(static_cast<unsigned>(body.size())) == 0) body += '!';
#endif
#ifdef MORE_ALLOCATION
    body += std::to_string(allocate_more()->size());
#endif
#ifdef MORE_CALL
    if (ask_more() == 0) body += '!';
#endif
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

int main(int, char** arguments) {
    const int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in here{};
    here.sin_family = AF_INET;
    here.sin_port = htons(static_cast<unsigned short>(std::atoi(arguments[1])));
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener, reinterpret_cast<sockaddr*>(&here), sizeof here) != 0) return 1;
    listen(listener, 8);
    for (;;) {
        const int connection = accept(listener, nullptr, nullptr);
        char bytes[4096];
        while (read(connection, bytes, sizeof bytes) > 0) {
            const std::string reply = answer();
            if (write(connection, reply.data(), reply.size()) < 0) break;
        }
        close(connection);
    }
}
"""

PYTHON_SERVER = """
import json, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = json.dumps({"result": "pong"}).encode()
        for _ in range(int(sys.argv[2])):
            json.dumps({"result": "pong", "more": [1, 2, 3]})
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass

ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


def cpp_server(folder: Path, *handicaps: str) -> str:
    """The command of one with these, compiled as what people deploy is."""
    source, program = folder / "serve.cpp", folder / "-".join(("serves", *handicaps))
    source.write_text(_SOURCE)
    more = [f"-DMORE_{handicap.upper()}" for handicap in handicaps]
    compiler = ["c++", "-std=c++20", "-O2", "-g1", *more, str(source), "-o", str(program)]
    subprocess.run(compiler, check=True, timeout=120)
    return f"{program} {{port}}"


def python_server(folder: Path, more_dumps: int = 0) -> str:
    source = folder / "serve.py"
    source.write_text(PYTHON_SERVER)
    return f"/usr/bin/python3 {source} {{port}} {more_dumps}"
