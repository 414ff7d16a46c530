"""A suite: the TOML file that says which variants meet which workloads, read and checked.

Pure apart from reading the file: nothing is started here and no order is chosen (plan.py does that). Every
mistake is reported, a line each, with the file, the key and the nearest name that would have been right.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cli.paths import ROOT
from plans import toml_table
from plans.claims import Claim, read_claims
from plans.toml_table import Table, nearest
from plans.variant import Variant, read_variant
from plans.workload import Workload, read_class, read_workloads

SUITES = ROOT / "scripts" / "suites"
KINDS = ("servers", "peers")


class SuiteError(Exception):
    """What is wrong with a suite or with what was asked of it, one line per mistake."""

    def __init__(self, mistakes: list[str]):
        self.mistakes = mistakes
        super().__init__("\n".join(mistakes))


@dataclass(frozen=True)
class Suite:
    name: str
    folder: Path  # of what belongs to the suite, beside its file
    title: str
    wait_ms: int | None
    repetitions: int
    workloads: tuple[Workload, ...]
    variants: tuple[Variant, ...]
    pinned: bool = False
    claims: tuple[Claim, ...] = ()


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
    pinned = bool(table.take("pinned", toml_table.flag, False))
    if choices.clients is not None:
        mistakes.append(f"--clients: the suite {path.stem} has one load generator: leave the flag out")
    asked_wait = choices.wait_ms is not None
    wait_ms = choices.wait_ms or wait_ms
    classes = {t.name: read_class(t) for t in table.named("classes")}
    tables = table.listed("workloads")
    if asked_wait and not table.has("wait") and not any(t.has("wait") for t in tables):
        mistakes.append(f"--wait: nothing waits in the suite {path.stem}: leave the flag out")
    workloads = [w for t in tables for w in read_workloads(t, classes, wait_ms, pinned, asked_wait)]
    variants = [read_variant(t) for t in table.listed("variants")]
    classes_of = {w.name: [c.name for c in w.classes] for w in workloads}
    claims = read_claims(table, [v.name for v in variants], classes_of)
    table.done()
    check_names(table, "workloads", [w.name for w in workloads])
    check_names(table, "variants", [v.name for v in variants])
    _check_mentions(table, workloads, [v.name for v in variants])
    for variant in variants:
        for name in variant.targets.keys() - classes.keys():
            table.blame(f"variants.{variant.name}.targets.{name}", f"no such class: {nearest(name, classes)}")
    curves = [w.curve.name for w in workloads if w.curve]
    mistakes += _unknown(path.stem, "--workloads", choices.workloads, [*(w.name for w in workloads), *curves])
    mistakes += _unknown(path.stem, "--variants", choices.variants, [v.name for v in variants])
    if choices.repetitions:
        variants = [replace(v, repetitions=None) for v in variants]
    return Suite(
        name=path.stem,
        folder=path.parent / path.stem,
        title=title,
        wait_ms=wait_ms,
        repetitions=choices.repetitions or repetitions,
        workloads=tuple(w for w in workloads if _is_chosen(w, choices.workloads)),
        variants=tuple(v for v in variants if choices.variants is None or v.name in choices.variants),
        pinned=pinned,
        claims=claims,
    )


def _is_chosen(workload: Workload, names: tuple[str, ...] | None) -> bool:
    """By its own name, or by that of its curve."""
    if names is None:
        return True
    return workload.name in names or (workload.curve is not None and workload.curve.name in names)


def _unknown(suite: str, flag: str, asked: tuple[str, ...] | None, known: list[str]) -> list[str]:
    return [
        f"{flag}: {name!r} is not in the suite {suite}: {nearest(name, known)}"
        for name in asked or ()
        if name not in known
    ]


def _check_mentions(table: Table, workloads: list[Workload], variants: list[str]) -> None:
    """Variants that a workload speaks of must be there."""
    for workload in workloads:
        mentioned = {
            "variants": workload.variants or (),
            "serves_at_once": workload.serves_at_once or (),
            "reference": (workload.reference,) if workload.reference else (),
        }
        for key, names in mentioned.items():
            for name in names:
                if name not in variants:
                    table.blame(
                        f"workloads.{workload.name}.{key}", f"no such variant: {nearest(name, variants)}"
                    )


def check_names(table: Table, key: str, names: list[str]) -> None:
    if not names:
        table.blame(key, f"none: add a [[{key}]] table")
    for name, count in Counter(filter(None, names)).items():
        if count > 1:
            table.blame(key, f"{name!r} is there {count} times: a name is a key of the CSVs, one of each")
