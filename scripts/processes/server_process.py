"""A server under test: started on a free port of the loopback, known to answer, stopped in order.

Our own servers choose a port and announce it, `listening on 127.0.0.1:PORT`; any other command is told one:
every `{port}` in its words becomes a free one. Ready means that GET of a path answers 200, not that the port
is open. A port that was picked may be taken meanwhile, by a program that may well answer."""

import re
import socket
import time
from contextlib import closing, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from cli.errors import CommandFailed
from processes.kept_process import Ended, Interrupts, KeptProcess

PORT = "{port}"
_HOST = "127.0.0.1"
_ANNOUNCEMENT = re.compile(r"^listening on 127\.0\.0\.1:(\d+)$", re.MULTILINE)
_POLL_S, _READY_S = 0.002, 10.0  # of a start of some 20 ms; nothing is measured yet
_ANSWER_S = 0.5  # for one answer, before it is asked again; interrupts are checked in between
_RETRIES = 2  # of a port that we picked and somebody else took meanwhile


class ServerFailed(CommandFailed):
    """Why a server did not come up, or cannot be measured, in a line."""


class ServerProcess(KeptProcess):
    """The port is filled in in its command and environment. `how`: `ready_path`, and as a KeptProcess'."""

    start_ms: float | None = None  # from its start to its first answer, once it is ready

    def __init__(self, command: list[str], output: Path, interrupts: Interrupts, **how: Any):
        self._ready_path, self._retries = how.pop("ready_path", "/health"), _RETRIES
        environment = how.pop("environment", {})
        is_given_port = any(PORT in word for word in (*command, *environment.values()))

        def start() -> None:
            self._given_port = free_port() if is_given_port else None
            text = str(self._given_port)
            words = [word.replace(PORT, text) for word in command]
            extra = {name: value.replace(PORT, text) for name, value in environment.items()}
            output.unlink(missing_ok=True)
            KeptProcess.__init__(self, words, output, interrupts, environment=extra, **how)

        self._start = start
        start()

    @property
    def has_ended(self) -> bool:
        return self.wait(0) is not None

    def wait_until_ready(self, limit_s: float = _READY_S) -> str:
        """The server's address, as HOST:PORT. Raises ServerFailed when it ends or the time is up."""
        deadline, port = time.monotonic() + limit_s, self._given_port
        while True:
            if not port and (announcement := _ANNOUNCEMENT.search("\n".join(self.lines()))):
                port = int(announcement[1])
            status, now_s = _status(port, self._ready_path) if port else None, time.monotonic()
            if self.has_ended:
                fault = f"the server {self.ended} before it was ready"
            elif status == 200 and not self._is_anothers_port():
                self.start_ms = self.began_s and (now_s - self.began_s) * 1e3
                return f"{_HOST}:{port}"
            elif status == 200:
                fault = f"another program took port {port} before the server"
            elif now_s > deadline:
                duty = f"answer GET {self._ready_path} with 200" if port else "say what it listens on"
                answer = f" but with {status}" if status else ""
                fault = f"the server did not {duty}{answer} within {limit_s:g} s"
            else:
                self._interrupts.wait(_POLL_S)
                continue
            if not self._retries or not self._is_anothers_port():
                raise ServerFailed(f"{fault}{self.said()}")
            # The port was free, and was taken before the server had it: once more, with another.
            self._retries -= 1
            self.kill()
            self._start()
            deadline, port = time.monotonic() + limit_s, self._given_port

    def _is_anothers_port(self) -> bool:
        """A server whose port was taken may keep trying to bind it while the other program answers."""
        port, keeper = self._given_port, self.keeper_pid
        is_ours = not (port and keeper) or any(listeners(port, pid) for pid in family(keeper))
        return not is_ours and bool(listeners(port))


class AttachedServer(ServerProcess):
    """One that runs already, at 127.0.0.1:PORT, and goes on: nothing is known of its life."""

    has_ended, ended, keeper_pid, began_s, _retries = False, Ended(exit_code=0), None, None, 0

    def __init__(self, address: str, interrupts: Interrupts, ready_path: str = "/health"):
        self._interrupts, self._ready_path = interrupts, ready_path
        self._given_port = int(address.rpartition(":")[2])

    @property
    def pid(self) -> int | None:
        """None where we may not see whose port it is: its CPU time is then unknown."""
        return next(filter(None, listeners(self._given_port)), None)

    def said(self) -> str:
        return f": does one run at {_HOST}:{self._given_port}?"

    def kill(self) -> Ended:
        return self.ended


def _status(port: int, path: str) -> int | None:
    """What the server answers to GET, or None if it does not answer in HTTP or in time."""
    with suppress(OSError, HTTPException), closing(HTTPConnection(_HOST, port, timeout=_ANSWER_S)) as asked:
        asked.request("GET", path, headers={"Connection": "close"})
        return asked.getresponse().status


def free_port(port: int = 0) -> int:
    """One that nobody has now, of any address: a server may want them all. OSError if it is taken."""
    dual = socket.has_dualstack_ipv6()
    kind = socket.AF_INET6 if dual else socket.AF_INET
    with socket.create_server(("", port), family=kind, dualstack_ipv6=dual) as probe:
        return probe.getsockname()[1]


def family(ancestor: int) -> list[int]:
    """The process and its descendants; none if it has ended."""
    import psutil  # here, so that --help and --dry-run need nothing but Python

    with suppress(psutil.NoSuchProcess):
        return [ancestor, *(child.pid for child in psutil.Process(ancestor).children(recursive=True))]
    return []


def listeners(port: int, pid: int | None = None) -> list[int | None]:
    """Who listens on the port, on whatever address, of all or of that process; None: one we may not see."""
    import psutil

    try:
        connections = psutil.net_connections("tcp") if pid is None else psutil.Process(pid).connections("tcp")
    except psutil.NoSuchProcess:
        return []
    except psutil.AccessDenied:  # a server that changed its user
        return [None]
    listening = [each for each in connections if each.status == "LISTEN" and each.laddr.port == port]
    return [getattr(each, "pid", pid) for each in listening]
