"""Ports of the loopback: one that is free, and whether a process of ours is the one that listens on it.

A port that was picked may be taken by another program before our server gets there, and it may well answer.
"""

import socket
from collections.abc import Iterable
from typing import Any


def free_port() -> int:
    """A port that nobody has at this moment, of any address: a server may want them all."""
    with of_all_addresses(0) as probe:
        return probe.getsockname()[1]


def of_all_addresses(port: int) -> socket.socket:
    dual = socket.has_dualstack_ipv6()
    family = socket.AF_INET6 if dual else socket.AF_INET
    return socket.create_server(("", port), family=family, dualstack_ipv6=dual)


def is_taken(port: int) -> bool:
    """Whether anybody listens on the port, on whatever address."""
    import psutil

    return _has_listener(psutil.net_connections("tcp"), port)


def listens(ancestor: int, port: int) -> bool | None:
    """Whether the process or a descendant listens on the port; None where we may not look."""
    import psutil  # here: a suite is read, and its commands with it, before setup has installed anything

    seen_all = True
    try:
        process = psutil.Process(ancestor)
        family = [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return False
    for each in family:
        try:
            if _has_listener(each.connections("tcp"), port):
                return True
        except psutil.NoSuchProcess:
            continue
        except psutil.AccessDenied:  # a server that changed its user
            seen_all = False
    return False if seen_all else None


def listener_of(port: int) -> int | None:
    """The process that listens on the port; None where there is none that we may see."""
    import psutil

    listeners = (c for c in psutil.net_connections("tcp") if c.status == "LISTEN" and c.laddr.port == port)
    return next((each.pid for each in listeners if each.pid), None)


def _has_listener(connections: Iterable[Any], port: int) -> bool:
    return any(each.status == "LISTEN" and each.laddr.port == port for each in connections)
