"""Load generators and an nginx for tests of the suite `peers`: real output kept in peer_output/, no load.

    fake_peer.py NAME [what the real one takes]

NAME is that of the tool. FAKE_PEERS in the environment makes some misbehave, `wrk=404 ab=hangs hey=garbage
h2load=dies`. It appends its process id to FAKE_PIDS, a line each.
"""

from __future__ import annotations

import os
import re
import signal
import sys
import urllib.request
from pathlib import Path

import fake_server

HERE = Path(__file__).resolve().parent
VERSIONS = {"-v": "nginx version: nginx/9.9", "-V": "Version 9.9", "--version": "nghttp2/9.9"}


def main(argv: list[str]) -> int:
    name, *words = argv
    behaviour = dict(word.split("=") for word in os.environ.get("FAKE_PEERS", "").split()).get(name, "")
    if words in [[flag] for flag in VERSIONS]:
        print(f"{name} 9.9" if name.startswith("wrk") else VERSIONS[words[0]])
        return 1 if name == "wrk" else 0
    fake_server.note(os.environ.get("FAKE_PIDS"))
    if name == "nginx":
        return serve(words, behaviour)
    [url] = [word for word in words if word.startswith("http://")]
    while behaviour == "hangs":
        signal.pause()
    if behaviour == "kills-server":
        urllib.request.urlopen(f"{url}task", timeout=10)  # which does not come back
    if behaviour == "dies":
        print("no such thing", file=sys.stderr)
        return 3
    with urllib.request.urlopen(url, timeout=10) as reply:
        assert reply.status == 200
    if behaviour == "garbage":
        print("all went well")
    else:
        print(
            (HERE / "peer_output" / f"{name}{'-404' if behaviour == '404' else ''}.txt").read_text(), end=""
        )
    return 0


def serve(words: list[str], behaviour: str) -> int:
    """Listens where the configuration says; `dies-at-once` and the like are the fake server's."""
    configuration = Path(words[words.index("-c") + 1]).read_text()
    port = re.search(r"listen 127\.0\.0\.1:(\d+)", configuration)[1]
    return fake_server.main(["--port", port, *(["--fault", behaviour] if behaviour else [])])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
