"""A suite: the TOML file that says which variants meet which workloads under which clients, read and checked.

Pure apart from reading the file: nothing is started here and no order is chosen (plan.py does that). Every
mistake is reported, a line each, with the file, the key and the nearest name that would have been right.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cli.errors import CommandFailed
from cli.paths import ROOT
from plans import toml_table
from plans.claims import Claim, read_claims
from plans.toml_table import TomlTable, from_key
from text.nearest import nearest
from plans.variant import Variant, read_variant
from plans.workload import Workload, read_class, read_workloads

SUITES = ROOT / "scripts" / "suites"
OWN_CLIENT = "loadgen"  # the client of a suite that names none


class SuiteError(CommandFailed):
    """What is wrong with a suite or with what was asked of it, one line per mistake."""


def _each_once(value: Any) -> tuple[str, ...]:
    names = toml_table.texts(value)
    if not names or len(set(names)) < len(names):
        raise ValueError("expected each of them once, and at least one")
    return names


@dataclass(frozen=True)
class Suite:
    """`clients` are load generators by name. `claims`: its [[claims]] as they stand in the file."""

    name: str
    folder: Path  # of what belongs to the suite, beside its file
    title: str = from_key(toml_table.text, "")
    wait_ms: int | None = from_key(toml_table.duration, None, name="wait")
    repetitions: int = from_key(toml_table.whole(1, 1000), 1)
    workloads: tuple[Workload, ...] = ()
    variants: tuple[Variant, ...] = ()
    pinned: bool = from_key(toml_table.flag, False)
    clients: tuple[str, ...] = from_key(_each_once, (OWN_CLIENT,))
    claims: tuple[Claim, ...] = ()


@dataclass(frozen=True)
class Choices:
    """What the command line wants in place of what the file says; None leaves the file's."""

    wait_ms: int | None = None
    repetitions: int | None = None
    variants: tuple[str, ...] | None = None
    workloads: tuple[str, ...] | None = None
    clients: tuple[str, ...] | None = None


# Blames the table for clients that do not exist, and for workloads that they cannot be asked for.
ClientCheck = Callable[[TomlTable, Sequence[str], Sequence[Workload]], None]


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


def read_suite(
    path: Path, choices: Choices = Choices(), check_clients: ClientCheck = lambda *_: None
) -> Suite:
    """The suite as it is to run. Raises SuiteError with every mistake in the file and in the choices."""
    mistakes: list[str] = []
    suite = _suite(path, TomlTable(str(path), mistakes, _read(path)), check_clients, choices, mistakes)
    if mistakes:
        raise SuiteError(mistakes)
    return _chosen(suite, choices)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise SuiteError([f"{path}: not TOML: {error}"]) from None
    except (OSError, UnicodeDecodeError) as error:
        raise SuiteError([f"{path}: cannot be read: {error}"]) from None


def _suite(
    path: Path, table: TomlTable, check_clients: ClientCheck, choices: Choices, mistakes: list[str]
) -> Suite:
    """All that the file says, with the wait that was chosen, as its targets have it in them."""
    values = table.values(Suite)
    clients = values["clients"] if table.has("clients") else ()
    classes = {t.name: read_class(t) for t in table.named("classes")}
    tables = table.listed("workloads")
    asked_wait = choices.wait_ms is not None
    if asked_wait and not table.has("wait") and not any(t.has("wait") for t in tables):
        mistakes.append(f"--wait: nothing waits in the suite {path.stem}: leave the flag out")
    if asked_wait:
        values["wait_ms"] = choices.wait_ms
    shared = (classes, values["wait_ms"], values["pinned"], asked_wait)
    workloads = [w for t in tables for w in read_workloads(t, *shared)]
    variants = [read_variant(t) for t in table.listed("variants")]
    classes_of = {w.name: [c.name for c in w.classes] for w in workloads}
    claims = read_claims(table, [v.name for v in variants], classes_of)
    table.done()
    _check_names(table, "workloads", [w.name for w in workloads])
    _check_names(table, "variants", [v.name for v in variants])
    _check_mentions(table, workloads, [v.name for v in variants], clients)
    check_clients(table, values["clients"], workloads)
    for variant in variants:
        for name in variant.targets.keys() - classes.keys():
            table.blame(f"variants.{variant.name}.targets.{name}", f"no such class: {nearest(name, classes)}")
    curves = [w.curve.name for w in workloads if w.curve]
    mistakes += _unknown(path.stem, "--workloads", choices.workloads, [*(w.name for w in workloads), *curves])
    mistakes += _unknown(path.stem, "--variants", choices.variants, [v.name for v in variants])
    if choices.clients and not clients:
        mistakes.append(f"--clients: the suite {path.stem} has one load generator: leave the flag out")
    else:
        mistakes += _unknown(path.stem, "--clients", choices.clients, clients)
    values["title"] = values["title"] or path.stem
    folder = path.parent / path.stem
    return Suite(
        path.stem, folder, workloads=tuple(workloads), variants=tuple(variants), claims=claims, **values
    )


def _chosen(suite: Suite, choices: Choices) -> Suite:
    def is_chosen(name: str, names: tuple[str, ...] | None) -> bool:
        return names is None or name in names

    variants = [v for v in suite.variants if is_chosen(v.name, choices.variants)]
    if choices.repetitions:
        variants = [replace(v, repetitions=None) for v in variants]
    return replace(
        suite,
        repetitions=choices.repetitions or suite.repetitions,
        workloads=tuple(w for w in suite.workloads if not choices.workloads or w.is_named(choices.workloads)),
        variants=tuple(variants),
        clients=tuple(name for name in suite.clients if is_chosen(name, choices.clients)),
    )


def _unknown(suite: str, flag: str, asked: tuple[str, ...] | None, names: Sequence[str]) -> list[str]:
    return [
        f"{flag}: {name!r} is not in the suite {suite}: {nearest(name, names)}"
        for name in asked or ()
        if name not in names
    ]


def _check_mentions(
    table: TomlTable, workloads: list[Workload], variants: list[str], clients: Sequence[str]
) -> None:
    """Variants that a workload speaks of must be there; its reference may be a client where those vary."""
    for workload in workloads:
        mentioned = {
            "variants": (workload.variants or (), variants),
            "serves_at_once": (workload.serves_at_once or (), variants),
            "reference": ((workload.reference,) if workload.reference else (), [*variants, *clients]),
        }
        for key, (mentions, names) in mentioned.items():
            kind = "variant or client" if len(names) > len(variants) else "variant"
            for name in (name for name in mentions if name not in names):
                table.blame(f"workloads.{workload.name}.{key}", f"no such {kind}: {nearest(name, names)}")


def _check_names(table: TomlTable, key: str, names: list[str]) -> None:
    if not names:
        table.blame(key, f"none: add a [[{key}]] table")
    for name, count in Counter(filter(None, names)).items():
        if count > 1:
            table.blame(key, f"{name!r} is there {count} times: a name is a key of the CSVs, one of each")
