"""A server under test: started on a free port of the loopback, known to answer, stopped in order.

Our own servers choose a port and announce it as their first line, `listening on 127.0.0.1:PORT`. Any other
command is told its port: every `{port}` in its words becomes a free one, picked just before the start. Ready
means that GET of a path answers 200, not that the port is open: a server may accept connections long before
it can serve them. A port that was picked may be taken meanwhile, by a program that may well answer."""

import http.client
import re
import socket
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager, closing, suppress
from pathlib import Path
from typing import Any

from cli.errors import CommandFailed
from processes.footprint import family
from processes.interrupts import Interrupts
from processes.kept_process import Ended, KeptProcess

PORT = "{port}"
_HOST = "127.0.0.1"
_ANNOUNCEMENT = re.compile(r"^listening on 127\.0\.0\.1:(\d+)$", re.MULTILINE)
_POLL_S = 0.002  # of a start of some 20 ms; nothing is measured yet
_READY_S = 10.0
_ANSWER_S = 0.5  # for one answer, before it is asked again; interrupts are checked in between
_RETRIES = 2  # of a port that we picked and somebody else took meanwhile


class ServerFailed(CommandFailed):
    """The server did not come up: why, in a line."""


class ServerProcess(KeptProcess):
    """`port` is for a server that reads its port from a file the caller wrote; in the command it is filled in
    as well, and so is one that is picked here in its environment. `how`: as a KeptProcess'."""

    start_ms: float | None = None  # from its start to its first answer, once it is ready

    def __init__(
        self,
        command: list[str],
        output: Path,
        interrupts: Interrupts,
        *,
        ready_path: str = "/health",
        port: int | None = None,
        environment: Mapping[str, str] = {},
        **how: Any,
    ):
        self._ready_path = ready_path
        picks_port = port is None and any(PORT in word for word in (*command, *environment.values()))
        self._retries = _RETRIES if picks_port else 0

        def start() -> None:
            self._given_port = free_port() if picks_port else port
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
            fault = ""
            if not port and (announcement := _ANNOUNCEMENT.search("\n".join(self.lines()))):
                port = int(announcement[1])
            status, now_s = _status(port, self._ready_path) if port else None, time.monotonic()
            if self.has_ended:
                fault = f"the server {self.ended} before it was ready"
            elif status == 200 and self._is_anothers_port():
                fault = f"another program took port {port} before the server"
            elif status == 200:
                self.start_ms = self.began_s and (now_s - self.began_s) * 1e3
                return f"{_HOST}:{port}"
            elif now_s > deadline:
                duty = f"answer GET {self._ready_path} with 200" if port else "say what it listens on"
                answer = f" but with {status}" if status else ""
                fault = f"the server did not {duty}{answer} within {limit_s:g} s"
            else:
                self._interrupts.wait(_POLL_S)
            if fault and self._retries and self._is_anothers_port() and listeners(self._given_port):
                # The port was free, and was taken before the server had it: once more, with another.
                self._retries -= 1
                self.kill()
                self._start()
                deadline, port = time.monotonic() + limit_s, self._given_port
            elif fault:
                raise ServerFailed(f"{fault}{self.said()}")

    def _is_anothers_port(self) -> bool:
        """A server whose port was taken may keep trying to bind it while the other program answers."""
        return self._given_port is not None and listens(self.keeper_pid, self._given_port) is False


class AttachedServer(AbstractContextManager):
    """A server that runs already, at 127.0.0.1:PORT: it is neither started nor stopped here."""

    has_ended = False
    start_ms = None

    def __init__(self, address: str, interrupts: Interrupts, ready_path: str = "/health"):
        self._address, self._interrupts, self._ready_path = address, interrupts, ready_path
        self._port = int(address.rpartition(":")[2])

    def __exit__(self, *_: object) -> None:
        pass

    @property
    def pid(self) -> int | None:
        """None where we may not see whose port it is: its CPU time is then unknown."""
        return next(filter(None, listeners(self._port)), None)

    def wait_until_ready(self, limit_s: float = _READY_S) -> str:
        """Its address. Raises ServerFailed where nobody answers there."""
        deadline = time.monotonic() + limit_s
        while (status := _status(self._port, self._ready_path)) != 200:
            if time.monotonic() > deadline:
                does = f"answers with {status}" if status else "does not answer"
                raise ServerFailed(f"{self._address} {does} to GET {self._ready_path}: does the server run?")
            self._interrupts.wait(_POLL_S)
        return self._address

    def stop(self, grace_s: float) -> Ended:
        """It goes on; nothing is known of its life."""
        return Ended(exit_code=0, signal=None, context_switches=None, cpu_s=None, killed=False)


Server = ServerProcess | AttachedServer


def _status(port: int, path: str) -> int | None:
    """What the server answers to GET, or None if it does not answer in HTTP or in time."""
    with suppress(OSError, http.client.HTTPException):
        with closing(http.client.HTTPConnection(_HOST, port, timeout=_ANSWER_S)) as connection:
            connection.request("GET", path, headers={"Connection": "close"})
            return connection.getresponse().status


def free_port(port: int = 0) -> int:
    """A port that nobody has at this moment, of any address: a server may want them all. Raises OSError if
    one is asked for that is taken."""
    dual = socket.has_dualstack_ipv6()
    kind = socket.AF_INET6 if dual else socket.AF_INET
    with socket.create_server(("", port), family=kind, dualstack_ipv6=dual) as probe:
        return probe.getsockname()[1]


def listens(ancestor: int, port: int) -> bool | None:
    """Whether the process or a descendant listens on the port; None where we may not look."""
    import psutil

    seen_all = True
    for pid in family(ancestor):
        try:
            if listeners(port, pid):
                return True
        except psutil.NoSuchProcess:
            continue
        except psutil.AccessDenied:  # a server that changed its user
            seen_all = False
    return False if seen_all else None


def listeners(port: int, pid: int | None = None) -> list[int | None]:
    """The processes that listen on the port, on whatever address, or that one if it does; None for one that
    we may not see."""
    import psutil  # here: a suite is read, and its commands with it, before setup has installed anything

    connections = psutil.net_connections("tcp") if pid is None else psutil.Process(pid).connections("tcp")
    listening = [each for each in connections if each.status == "LISTEN" and each.laddr.port == port]
    return [getattr(each, "pid", pid) for each in listening]
