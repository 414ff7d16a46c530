"""Ports of the loopback: one that is free, and whether a process of ours is the one that listens on it.

A port that was picked may be taken by another program before our server gets there, and it may well answer.
"""

import socket
from typing import Any

from processes.footprint import family


def free_port() -> int:
    """A port that nobody has at this moment, of any address: a server may want them all."""
    with of_all_addresses(0) as probe:
        return probe.getsockname()[1]


def of_all_addresses(port: int) -> socket.socket:
    dual = socket.has_dualstack_ipv6()
    kind = socket.AF_INET6 if dual else socket.AF_INET
    return socket.create_server(("", port), family=kind, dualstack_ipv6=dual)


def is_taken(port: int) -> bool:
    """Whether anybody listens on the port, on whatever address."""
    return bool(_listeners(port))


def listener_of(port: int) -> int | None:
    """The process that listens on the port; None where there is none that we may see."""
    return next((each.pid for each in _listeners(port) if each.pid), None)


def listens(ancestor: int, port: int) -> bool | None:
    """Whether the process or a descendant listens on the port; None where we may not look."""
    import psutil

    seen_all = True
    for pid in family(ancestor):
        try:
            if _listeners(port, pid):
                return True
        except psutil.NoSuchProcess:
            continue
        except psutil.AccessDenied:  # a server that changed its user
            seen_all = False
    return False if seen_all else None


def _listeners(port: int, pid: int | None = None) -> list[Any]:
    import psutil  # here: a suite is read, and its commands with it, before setup has installed anything

    connections = psutil.net_connections("tcp") if pid is None else psutil.Process(pid).connections("tcp")
    return [each for each in connections if each.status == "LISTEN" and each.laddr.port == port]
