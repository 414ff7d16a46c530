"""The server that all load generators meet: nginx, one worker that gives every request the same small body.

It lives in a folder of its own, writes nothing elsewhere, listens on the loopback only and needs no root.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

READY_PATH = "/"

_CONFIGURATION = """\
daemon off;
worker_processes 1;
pid nginx.pid;
error_log stderr;
events { worker_connections 4096; }
http {
    access_log off;
    keepalive_requests 1000000000;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    server {
        listen 127.0.0.1:PORT backlog=4096;
        location / { return 200 '{"result":"pong"}'; }
    }
}
"""


def find() -> str | None:
    """nginx's path. Debian keeps it where the PATH of an ordinary user does not lead."""
    return shutil.which("nginx", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"]))


def command(program: str, folder: Path, port: int) -> list[str]:
    """Writes the configuration into the folder; the command that serves by it."""
    configuration = folder / "nginx.conf"
    configuration.write_text(_CONFIGURATION.replace("PORT", str(port)))
    # -e: until it has read its configuration it would log where only root may.
    return [program, "-e", "stderr", "-p", f"{folder}/", "-c", str(configuration)]


def version(program: str) -> str | None:
    try:
        done = subprocess.run([program, "-v"], capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.search(r"nginx/(\S+)", done.stdout + done.stderr)
    return match[1] if match else None
