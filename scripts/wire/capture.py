"""tcpdump beside a load: what goes over the loopback to and from one port, with the kernel's stamps."""

import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_HEADERS = 128  # bytes of each packet that are kept: those of Ethernet, IP and TCP
_BUFFER_KIB = 64 * 1024
_LIMIT_S = 10.0


class NotCaptured(Exception):
    """Why there is no capture, or none of everything."""


@contextmanager
def captured(port: int, path: Path) -> Iterator[None]:
    """The packets of what is done meanwhile are in `path` afterwards. Raises NotCaptured.

    A server must listen on the port to the end."""
    program = shutil.which("tcpdump", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if not program:
        raise NotCaptured("tcpdump is missing (scripts/setup --peers)")
    options = f"-i lo -Q in -n -U -s {_HEADERS} -B {_BUFFER_KIB} --time-stamp-precision=nano -w".split()
    as_root = ["-Z", "root"] if os.geteuid() == 0 else []
    command = [program, *options, str(path), *as_root, f"tcp port {port}"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        try:
            lines = []
            while "listening on" not in (line := process.stderr.readline()):
                if not line:
                    raise NotCaptured(" ".join(lines) or "tcpdump said nothing")
                lines.append(line.strip())
            yield
            _await_marker(port, path)
        finally:
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=_LIMIT_S)
        if (lost := re.search(r"(\d+) packets? dropped by kernel", said)) and int(lost[1]):
            raise NotCaptured(f"tcpdump lost {lost[1]} packets: the machine is too slow for this load")


def _await_marker(port: int, path: Path) -> None:
    """What lies in tcpdump's buffer is lost at its end. A connection that comes last is in the file last."""
    try:
        with socket.create_connection(("127.0.0.1", port), _LIMIT_S) as marker:
            ports = struct.pack("!HH", marker.getsockname()[1], port)
    except OSError as error:
        raise NotCaptured(f"the server was gone before its last packets were: {error.strerror}") from None
    end = time.monotonic() + _LIMIT_S
    with path.open("rb") as file:
        seen = b""
        while ports not in seen:
            if time.monotonic() > end:
                raise NotCaptured("tcpdump did not write what it had seen")
            time.sleep(0.05)
            seen = seen[-len(ports) :] + file.read()
