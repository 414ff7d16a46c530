"""A suite: the TOML file that says which variants meet which workloads, read and checked.

Pure apart from reading the file: nothing is started here and no order is chosen (plan.py does that). Every
mistake is reported, a line each, with the file, the key and the nearest name that would have been right.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import toml_table
from toml_table import Table, nearest

SUITES = Path(__file__).resolve().parent / "suites"
KINDS = ("servers", "peers")

_MOST_CLASSES = 4  # summary.csv has columns for no more


class SuiteError(Exception):
    """What is wrong with a suite or with what was asked of it, one line per mistake."""

    def __init__(self, mistakes: list[str]):
        self.mistakes = mistakes
        super().__init__("\n".join(mistakes))


@dataclass(frozen=True)
class RequestClass:
    """`weight` of the workload's requests go to `target`; those that wait do so for the suite's wait."""

    name: str
    weight: int
    target: str
    waits: bool


@dataclass(frozen=True)
class Workload:
    name: str
    requests: int
    connections: int
    connection_mode: str
    classes: tuple[RequestClass, ...]

    @property
    def waiting_requests(self) -> int:
        """How many of the requests wait; exact, as weights that do not divide the requests are refused."""
        waiting = sum(c.weight for c in self.classes if c.waits)
        return self.requests * waiting // sum(c.weight for c in self.classes)


@dataclass(frozen=True)
class Variant:
    """`server` is one of our programs; `serves_at_once` is None where its model has no bound."""

    name: str
    server: str
    args: tuple[str, ...]
    serves_at_once: int | None


@dataclass(frozen=True)
class Suite:
    name: str
    title: str
    wait_ms: int | None
    repetitions: int
    workloads: tuple[Workload, ...]
    variants: tuple[Variant, ...]


@dataclass(frozen=True)
class Choices:
    """What the command line wants in place of what the file says; None leaves the file's."""

    wait_ms: int | None = None
    repetitions: int | None = None
    variants: tuple[str, ...] | None = None
    workloads: tuple[str, ...] | None = None
    clients: tuple[str, ...] | None = None


def suite_names(folder: Path = SUITES) -> list[str]:
    return sorted(path.stem for path in folder.glob("*.toml"))


def find_suite(name: str, folder: Path = SUITES) -> Path:
    """`hundred` is a file in scripts/suites; whatever ends in .toml is a path."""
    path = Path(name) if name.endswith(".toml") else folder / f"{name}.toml"
    if path.is_file():
        return path
    if name.endswith(".toml"):
        raise SuiteError(
            [f"{name}: no such file: name a suite ({', '.join(suite_names(folder))}) or a .toml file"]
        )
    raise SuiteError([f"suite {name!r}: unknown: {nearest(name, suite_names(folder))}"])


def read_suite(path: Path, choices: Choices = Choices()) -> Suite:
    """The suite as it is to run. Raises SuiteError with every mistake in the file and in the choices."""
    mistakes: list[str] = []
    suite = _suite(path, Table(str(path), mistakes, read_toml(path)), choices, mistakes)
    if mistakes:
        raise SuiteError(mistakes)
    return suite


def read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise SuiteError([f"{path}: not TOML: {error}"]) from None
    except (OSError, UnicodeDecodeError) as error:
        raise SuiteError([f"{path}: cannot be read: {error}"]) from None


def kind_of(path: Path) -> str:
    """What varies in the suite: `servers`, or `peers`, the load generators (peers/suite.py reads those)."""
    kind = read_toml(path).get("kind", KINDS[0])
    if kind not in KINDS:
        raise SuiteError([f"{path}: kind: expected {' or '.join(KINDS)}, found {kind!r}"])
    return kind


def _suite(path: Path, table: Table, choices: Choices, mistakes: list[str]) -> Suite:
    table.take("kind", toml_table.one_of(KINDS[:1]), KINDS[0])
    title = table.take("title", toml_table.text, path.stem)
    wait_ms = table.take("wait", toml_table.duration, None)
    repetitions = table.take("repetitions", toml_table.whole(1, 1000), 1)
    if choices.wait_ms is not None and wait_ms is None:
        mistakes.append(f"--wait: nothing waits in the suite {path.stem}: leave the flag out")
    if choices.clients is not None:
        mistakes.append(f"--clients: the suite {path.stem} has one load generator: leave the flag out")
    wait_ms = choices.wait_ms or wait_ms
    classes = {t.name: _request_class(t, wait_ms) for t in table.named("classes")}
    workloads = [_workload(t, classes) for t in table.listed("workloads")]
    variants = [_variant(t) for t in table.listed("variants")]
    table.done()
    for key, entries, names in (
        ("workloads", workloads, choices.workloads),
        ("variants", variants, choices.variants),
    ):
        check_names(table, key, [entry.name for entry in entries])
        mistakes += [
            f"--{key}: {name!r} is not in the suite {path.stem}: {nearest(name, [e.name for e in entries])}"
            for name in names or ()
            if name not in [entry.name for entry in entries]
        ]
    return Suite(
        name=path.stem,
        title=title,
        wait_ms=wait_ms,
        repetitions=choices.repetitions or repetitions,
        workloads=tuple(w for w in workloads if choices.workloads is None or w.name in choices.workloads),
        variants=tuple(v for v in variants if choices.variants is None or v.name in choices.variants),
    )


def _request_class(table: Table, wait_ms: int | None) -> RequestClass:
    target = table.take("target", _target) or ""
    waits = table.take("waits", toml_table.flag, False)
    for wait, special in table.items("target_at", _target).items():
        try:
            target = special if toml_table.duration(wait) == wait_ms else target
        except ValueError as error:
            table.blame(f"target_at.{wait}", str(error))
    table.done()
    if wait_ms is None and (waits or "{wait_ms}" in target):
        table.blame("target", 'the suite has no wait to fill in: add `wait = "50ms"` at its top')
    return RequestClass(table.name, 1, target.replace("{wait_ms}", str(wait_ms)), waits)


def _workload(table: Table, classes: dict[str, RequestClass]) -> Workload:
    name = table.take("name", toml_table.name)
    requests = table.take("requests", toml_table.whole(1, 10_000_000)) or 1
    connections = table.take("connections", toml_table.whole(1, 100_000)) or 1
    mode = table.take("connection_mode", toml_table.one_of(("fresh", "kept")))
    weights = table.items("weights", toml_table.whole(1, 1_000_000))
    table.done()
    if not 1 <= len(weights) <= _MOST_CLASSES:
        table.blame(
            "weights", f"{len(weights)} classes: name 1 to {_MOST_CLASSES}, as `weights = {{ long = 1 }}`"
        )
    chosen = []
    for key, weight in weights.items():
        if key not in classes:
            table.blame(f"weights.{key}", f"no such class: {nearest(key, classes)}")
            continue
        if requests * weight % sum(weights.values()):
            table.blame(
                f"weights.{key}", f"{weight} in {sum(weights.values())} does not divide {requests} exactly"
            )
        chosen.append(RequestClass(key, weight, classes[key].target, classes[key].waits))
    return Workload(name, requests, connections, mode, tuple(chosen))


def _variant(table: Table) -> Variant:
    variant = Variant(
        name=table.take("name", toml_table.name),
        server=table.take("server", toml_table.name),
        args=table.take("args", toml_table.texts, ()),
        serves_at_once=table.take("serves_at_once", toml_table.whole(1, 1_000_000), None),
    )
    table.done()
    return variant


def check_names(table: Table, key: str, names: list[str]) -> None:
    if not names:
        table.blame(key, f"none: add a [[{key}]] table")
    for name, count in Counter(filter(None, names)).items():
        if count > 1:
            table.blame(key, f"{name!r} is there {count} times: a name is a key of the CSVs, one of each")


def _target(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"/[!-~]*", value):
        raise ValueError(f'expected a path as "/task?wait_ms={{wait_ms}}", found {value!r}')
    for placeholder in re.findall(r"\{[^}]*\}?", value):
        if placeholder != "{wait_ms}":
            raise ValueError(f"unknown placeholder {placeholder}: only {{wait_ms}} is filled in")
    return value
