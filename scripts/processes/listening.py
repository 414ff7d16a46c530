"""Ports of the loopback: one that is free, and whether a process of ours is the one that listens on it.

A port picked for a server that is told where to listen may be taken by somebody else before it gets there,
and that other program may well answer. Only the kernel knows who listens.
"""

from __future__ import annotations

import errno
import os
import socket
from pathlib import Path

_LISTEN = "0A"


def free_port() -> int:
    """A port that nobody has at this moment, of any address: a server may want them all."""
    while True:
        with socket.socket() as probe:
            probe.bind(("", 0))
            port = int(probe.getsockname()[1])
            if _is_free(port, socket.AF_INET6, "::"):
                return port


def is_taken(port: int) -> bool:
    """Whether anybody listens on the port, on whatever address."""
    return bool(_listeners(port))


def _is_free(port: int, family: socket.AddressFamily, address: str) -> bool:
    """Whether the port can be had; of a family that this machine does not have, nothing is taken."""
    try:
        with socket.socket(family) as probe:
            if family == socket.AF_INET6:
                probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            probe.bind((address, port))
    except OSError as error:
        return error.errno != errno.EADDRINUSE
    return True


def listens(ancestor: int, port: int) -> bool | None:
    """Whether the process or one of its descendants listens on the port; None where that may not be seen."""
    wanted = {f"socket:[{inode}]" for inode in _listeners(port)}
    seen_all = True
    for pid in _family(ancestor):
        try:
            # A list, so that one descriptor that is closed meanwhile does not end the search.
            links = [_link(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")]
        except FileNotFoundError:
            continue
        except PermissionError:  # a server that changed its user
            seen_all = False
            continue
        if wanted.intersection(links):
            return True
    return False if seen_all else None


def _listeners(port: int) -> list[str]:
    """The inodes of the sockets that listen on the port, on whatever address."""
    found = []
    for table in ("tcp", "tcp6"):
        try:
            lines = Path(f"/proc/net/{table}").read_text().splitlines()[1:]
        except FileNotFoundError:
            continue  # no IPv6 here
        for words in map(str.split, lines):
            if words[3] == _LISTEN and int(words[1].rpartition(":")[2], 16) == port:
                found.append(words[9])
    return found


def _family(ancestor: int) -> list[int]:
    """The process and all its descendants."""
    children: dict[int, list[int]] = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            after_name = Path(f"/proc/{name}/stat").read_bytes().rpartition(b")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        children.setdefault(int(after_name[1]), []).append(int(name))
    family = [ancestor]
    for pid in family:
        family += children.get(pid, [])
    return family


def _link(path: str) -> str:
    try:
        return os.readlink(path)
    except FileNotFoundError:
        return ""
