"""A server under test as a suite declares it: one of ours, or any command that starts an HTTP server. Its
keys and placeholders are in suites/README.md."""

import contextlib
import importlib.util
import os
import re
import shutil
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from cli.files import ROOT
from plans import toml_table
from plans.classes import a_path, filled
from plans.toml_table import TomlTable, from_key, texts, whole
from plans.workload import Workload
from processes import postgres
from processes.machine import allows_io_uring
from processes.server_process import PORT

IO_URING = "kernel:io_uring"
_PLACES = (PORT, "{python}", "{suite}", "{suites}", "{outside}", "{build}", "{scratch}", "{postgres}")
_KINDS = f'"gunicorn", "python:flask", "file:{{build}}/..." or "{IO_URING}"'
_REQUIREMENT = toml_table.matches(_KINDS, rf"{IO_URING}|((python|file)?:)?[^:]+")
_ADDRESS = toml_table.matches("an address of this machine as 127.0.0.1:8080", r"127\.0\.0\.1:[0-9]{1,5}")


def program_path() -> str:
    """Where programs are looked for; Debian has nginx in a folder that not every PATH names."""
    return os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin:/sbin"))


@dataclass(frozen=True)
class Variant:
    """`serves_at_once`: None where its model has no bound. Of server, command and attach it has one."""

    name: str = from_key(toml_table.name)
    server: str | None = from_key(toml_table.name, None)
    args: tuple[str, ...] = from_key(texts, ())
    serves_at_once: int | None = from_key(whole(1, 1_000_000), None)
    command: tuple[str, ...] = from_key(texts, ())
    attach: str | None = from_key(_ADDRESS, None)  # of a server that runs already
    version: tuple[str, ...] = from_key(texts, ())  # a command that prints that of a server of others
    ready: str = from_key(a_path, "/health")
    targets: Mapping[str, str] = from_key(a_path, is_table=True)
    environment: Mapping[str, str] = from_key(toml_table.any_text, is_table=True)
    requires: tuple[str, ...] = from_key(toml_table.each(_REQUIREMENT), ())
    installed_by: str | None = from_key(toml_table.text, None)
    repetitions: int | None = from_key(whole(1, 1000), None)
    most_connections: int | None = from_key(whole(1, 100_000), None)
    most_rate: int | None = from_key(whole(1, 10_000_000), None)
    most_companions: int | None = from_key(whole(0, 100_000), None)
    keeps_none: str | None = from_key(toml_table.text, None)  # why it has no idle connections

    @property
    def words(self) -> tuple[str, ...]:
        """All that its start is made of."""
        return (*self.command, *self.args, *self.environment.values())

    @property
    def needs_postgres(self) -> bool:
        return any("{postgres}" in word for word in self.words)

    @property
    def is_ours(self) -> bool:
        return self.server is not None

    def meets(self, load: Workload) -> bool:
        limits = [(self.most_connections, load.connections), (self.most_rate, load.rate_rps)]
        limits.append((self.most_companions, load.companions))
        within = all(most is None or (asked or 0) <= most for most, asked in limits)
        named = load.variants is None or self.name in load.variants
        return within and named and not (self.keeps_none and load.company == "idle")

    def at_once(self, workload: Workload) -> int | None:
        """How many of the workload's waiting requests it can hold at a time; None: without a bound."""
        return workload.serves_at_once.get(self.name, self.serves_at_once)

    def target(self, name: str, usual: str, wait_ms: int | None) -> str:
        """Where it has the class of that name."""
        return filled(self.targets[name], wait_ms) if name in self.targets else usual


@dataclass(frozen=True)
class Places:
    """What the placeholders of these names stand for; {port} is the server process' own to fill in."""

    suite: Path
    build: Path
    scratch: Path | None = None  # a run's own
    postgres: str | None = None

    @property
    def is_built(self) -> bool:
        """Whether there is a build: what it has not got yet is built before anything is started."""
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
    if variant.is_ours:
        words = [str(places.build / "servers" / variant.server), *words]
        words += ["--address", "127.0.0.1", "--port", "0"]
    return words


def missing(variant: Variant, places: Places) -> list[str]:
    """What the variant requires and is not there, as `the program gunicorn`, `the Python module flask`."""
    # What of ours is not there at all is built before anything is started.
    needs = [w for w in variant.requires if places.is_built or not (variant.is_ours and "{build}" in w)]
    lacks_postgres = variant.needs_postgres and postgres.programs() is None
    return _lacking(needs, places) + ["PostgreSQL"] * lacks_postgres


def cannot_start(variant: Variant, places: Places) -> list[str]:
    """What its command names and is not there, although nothing says that it is required."""
    words = (*variant.command[1:], *variant.args)
    files = [f"file:{word}" for word in words if word.startswith(("{suite}", "{outside}"))]
    needs = (*variant.command[:1], *files)
    return _lacking([word for word in needs if places.is_built or "{build}" not in word], places)


def _lacking(needs: Collection[str], places: Places) -> list[str]:
    return [lack for need in needs if (lack := _missing(places.fill(need)))]


def _missing(needed: str) -> str | None:
    kind, _, name = needed.rpartition(":")
    if needed == IO_URING:
        return None if allows_io_uring() else "io_uring, which the kernel or a container forbids,"
    if kind == "python":
        # A parent package that is not there raises instead of answering None.
        with contextlib.suppress(ModuleNotFoundError):
            if importlib.util.find_spec(name) is not None:
                return None
        return f"the Python module {name}"
    if kind == "file":
        return None if Path(name).exists() else f"the file {name}"
    return None if shutil.which(name, path=program_path()) else f"the program {name}"


def read_variant(table: TomlTable, classes: Collection[str]) -> Variant:
    variant = Variant(**table.values(Variant))
    program = next(iter(variant.command), "")
    if variant.attach and (variant.server or program):
        table.blame("attach", "a server that runs already is not started: leave server and command out")
    if not {"server", "command", "attach"} & table.data.keys():
        table.blame("server", 'missing: name one of our servers, or a `command = ["nginx", ...]`')
    for name in variant.targets:
        table.blame_unknown(f"targets.{name}", "class", [name], classes)
    words = " ".join((*variant.words, *variant.requires, *variant.version))
    for place in re.findall(r"\{[a-z]+\}", words):
        if place not in _PLACES:
            table.blame("command", f"unknown placeholder {place}: there is {' '.join(_PLACES)}")
    if program and variant.server:
        fault = f"the server {variant.server} is started without one: leave one of the two out"
        table.blame("command", fault)
    if re.match(r"[A-Za-z_]\w*=", program):
        table.blame("command", f"{program!r} is no program: put it into `environment`, or start it by sh -c")
    if program and not any(PORT in word for word in variant.words):
        table.blame("command", "it is not told its port: put {port} where it takes it")
    return variant
