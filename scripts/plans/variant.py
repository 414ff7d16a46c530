"""A server under test as a suite declares it: one of ours, or any command that starts an HTTP server."""

import importlib.util
import os
import re
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cli.files import ROOT
from plans.toml_table import Check, TomlTable, a_line, a_name, a_path, a_text, each, from_key, matches, texts
from plans.toml_table import whole
from plans.workload import Workload
from processes import postgres
from processes.machine import allows_io_uring
from processes.server_process import PORT

_PLACES = (PORT, "{python}", "{suite}", "{suites}", "{outside}", "{build}", "{scratch}", "{postgres}")
_FORMS = '"gunicorn", "python:flask", "file:{build}/..." or "kernel:io_uring"'
_REQUIREMENT = matches(_FORMS, "kernel:io_uring|((python|file)?:)?[^:]+")
_ADDRESS = matches("an address of this machine as 127.0.0.1:8080", r"127\.0\.0\.1:[0-9]{1,5}")
_COMMAND = Check("a list of texts, the first the program", lambda v: v and texts.fits(v), tuple)


def program_path() -> str:
    """Where programs are looked for; Debian has nginx in a folder that not every PATH names."""
    return os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin:/sbin"))


@dataclass(frozen=True)
class Variant:
    """`serves_at_once`: None where its model has no bound. Of server, command and attach it has one."""

    name: str = from_key(a_name, needed=True)
    server: str | None = from_key(a_name, needed_unless="command attach")
    args: tuple[str, ...] = from_key(texts, ())
    serves_at_once: int | None = from_key(whole(1, 1_000_000))
    command: tuple[str, ...] = from_key(_COMMAND, (), not_with="server")
    attach: str | None = from_key(_ADDRESS, not_with="server command")  # of a server that runs already
    version: tuple[str, ...] = from_key(texts, ())  # a command that prints that of a server of others
    ready: str = from_key(a_path, "/health")
    targets: Mapping[str, str] = from_key(a_path, is_table=True, refers="class")
    environment: Mapping[str, str] = from_key(a_text, is_table=True)
    requires: tuple[str, ...] = from_key(each(_REQUIREMENT), ())
    installed_by: str | None = from_key(a_line)
    repetitions: int | None = from_key(whole(1, 1000))
    most_connections: int | None = from_key(whole(1, 100_000))
    most_rate: int | None = from_key(whole(1, 10_000_000))
    most_companions: int | None = from_key(whole(0, 100_000))
    keeps_none: str | None = from_key(a_line)  # why it has no idle connections

    def names(self, place: str) -> bool:
        """Whether a placeholder is in what it is started with."""
        return any(place in word for word in (*self.command, *self.args, *self.environment.values()))

    def meets(self, load: Workload) -> bool:
        most = (self.most_connections, self.most_rate, self.most_companions)
        asked = (load.connections, load.rate_rps, load.companions)
        is_within = all(m is None or (n or 0) <= m for m, n in zip(most, asked))
        is_named = load.variants is None or self.name in load.variants
        return is_within and is_named and not (self.keeps_none and load.company == "idle")

    def target(self, name: str, usual: str, wait_ms: int | None) -> str:
        return self.targets.get(name, usual).replace("{wait_ms}", str(wait_ms))


@dataclass(frozen=True)
class Places:
    """What the placeholders of these names stand for; {port} is the server process' own to fill in."""

    suite: Path
    build: Path
    scratch: Path | None = None  # a run's own
    postgres: str | None = None

    @property
    def is_built(self) -> bool:
        return (self.build / "servers").is_dir()

    def fill(self, word: str) -> str:
        """What is not there yet, as a run's scratch folder, stays as it is."""
        others = {"suites": self.suite.parent, "outside": ROOT / "servers/outside", "python": sys.executable}
        for name, path in (vars(self) | others).items():
            word = word if path is None else word.replace(f"{{{name}}}", str(path))
        return word


def command_of(variant: Variant, places: Places) -> list[str]:
    """What starts the server; {port} is still in it where it is told its port."""
    words = [*map(places.fill, (*variant.command, *variant.args))]
    if not variant.server:
        return words
    return [str(places.build / "servers" / variant.server), *words, "--address", "127.0.0.1", "--port", "0"]


def missing(variant: Variant, places: Places) -> list[str]:
    """What the variant requires and is not there, as `the program gunicorn`, `the Python module flask`; but
    what of ours is not there at all is built before anything is started."""
    needs = [w for w in variant.requires if places.is_built or not (variant.server and "{build}" in w)]
    lacks_postgres = variant.names("{postgres}") and postgres.programs() is None
    return [*_lacking(needs, places), *["PostgreSQL"] * lacks_postgres]


def cannot_start(variant: Variant, places: Places) -> list[str]:
    """What its command names and is not there, although nothing says that it is required."""
    words = (*variant.command[1:], *variant.args)
    needs = [f"file:{word}" for word in words if word.startswith(("{suite}", "{outside}"))]
    needs = [need for need in (*variant.command[:1], *needs) if places.is_built or "{build}" not in need]
    return list(_lacking(needs, places))


def _lacking(needs: Iterable[str], places: Places) -> Iterator[str]:
    for need in map(places.fill, needs):
        kind, _, name = need.rpartition(":")
        is_there, lack = None, f"the Python module {name}"
        if kind == "python":
            with suppress(ModuleNotFoundError):  # of a parent package, in place of None
                is_there = importlib.util.find_spec(name)
        elif kind == "kernel":
            is_there, lack = allows_io_uring(), "io_uring, which the kernel or a container forbids,"
        elif kind == "file":
            is_there, lack = Path(name).exists(), f"the file {name}"
        else:
            is_there, lack = shutil.which(name, path=program_path()), f"the program {name}"
        if not is_there:
            yield lack


def read_variant(table: TomlTable) -> Variant:
    variant = Variant(**table.values(Variant))
    words = (
        *variant.command,
        *variant.args,
        *variant.environment.values(),
        *variant.requires,
        *variant.version,
    )
    for place in re.findall(r"\{[a-z]+\}", " ".join(words)):
        table.blame_unknown("command", "placeholder", place, _PLACES)
    program = next(iter(variant.command), "")
    if re.match(r"[A-Za-z_]\w*=", program):
        table.blame("command", f"{program!r} is no program: put it into `environment`, or start it by sh -c")
    if program and not variant.names(PORT):
        table.blame("command", "it is not told its port: put {port} where it takes it")
    return variant
