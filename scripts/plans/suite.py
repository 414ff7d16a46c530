"""A suite: the TOML file that says which variants meet which workloads under which clients, read and checked.
Pure apart from reading the file: nothing is started here and no order is chosen (plan.py does that). Every
mistake is reported, a line each, with the file, the key and the nearest name that would have been right."""

import tomllib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cli.errors import CommandFailed
from cli.flags import duration_ms, flag, names, whole
from cli.files import ROOT
from plans import toml_table
from plans.claims import Claim, HoldsUp, read_claims, read_holds_up
from plans.classes import read_class
from plans.toml_table import TomlTable, from_key
from text.units import nearest
from plans.variant import Variant, read_variant
from plans.workload import Workload, read_workloads

SUITES = ROOT / "scripts" / "suites"
OWN_CLIENT = "loadgen"  # the client where nobody names one


class SuiteError(CommandFailed):
    """What is wrong with a suite or with what was asked of it, one line per mistake."""


def _each_once(value: Any) -> tuple[str, ...]:
    clients = toml_table.texts(value)
    if not clients or len(set(clients)) < len(clients):
        raise ValueError("expected each of them once, and at least one")
    return clients


@dataclass(frozen=True)
class Suite:
    """`clients` are load generators by name; what they say is held against the packets of runs that are
    `captured`. `claims`: its [[claims]] as they stand in the file; `holds_up`: its [holds_up]."""

    name: str
    folder: Path  # of what belongs to the suite, beside its file
    title: str = from_key(toml_table.text, "")
    wait_ms: int | None = from_key(toml_table.duration, None, name="wait")
    repetitions: int = from_key(toml_table.whole(1, 1000), 1)
    workloads: tuple[Workload, ...] = ()
    variants: tuple[Variant, ...] = ()
    pinned: bool = from_key(toml_table.flag, False)
    captured: bool | None = from_key(toml_table.flag, None)
    clients: tuple[str, ...] = from_key(_each_once, (OWN_CLIENT,))
    claims: tuple[Claim, ...] = ()
    holds_up: HoldsUp | None = None


@dataclass(frozen=True)
class Choices:
    """What the command line wants in place of what the file says; None leaves the file's."""

    wait_ms: int | None = flag("TIME", "how long a long request waits, as 50ms or 5s", read=duration_ms)
    repetitions: int | None = flag("N", "how often each variant meets each workload", read=whole(1, 999))
    variants: tuple[str, ...] | None = flag("A,B", "only these variants", read=names)
    workloads: tuple[str, ...] | None = flag("A,B", "only these workloads", read=names)
    clients: tuple[str, ...] | None = flag("A,B", "peers: only these load generators", read=names)


def suite_names() -> list[str]:
    return sorted(path.stem for path in SUITES.glob("*.toml"))


def find_suite(name: str) -> Path:
    """`hundred` is a file in scripts/suites; whatever ends in .toml is a path."""
    is_path = name.endswith(".toml")
    path = Path(name) if is_path else SUITES / f"{name}.toml"
    if path.is_file():
        return path
    if is_path:
        raise SuiteError(f"{name}: no such file: name a suite ({', '.join(suite_names())}) or a .toml file")
    raise SuiteError(f"suite {name!r}: unknown: {nearest(name, suite_names())}")


def read_suite(
    path: Path, choices: Choices = Choices(), check_clients: Callable[..., None] = lambda *_: None
) -> Suite:
    """The suite as it is to run. Raises SuiteError with every mistake in the file and in the choices.
    `check_clients(table, clients, workloads)` blames the table for what no load generator can do."""
    try:
        table = TomlTable(str(path), tomllib.loads(path.read_text(encoding="utf-8")))
    except tomllib.TOMLDecodeError as error:
        raise SuiteError(f"{path}: not TOML: {error}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise SuiteError(f"{path}: cannot be read: {error}") from None
    suite = _suite(path, table, choices)
    check_clients(table, suite.clients, suite.workloads)
    chosen = _chosen(suite, choices, table)
    if table.mistakes:
        raise SuiteError(table.mistakes)
    return chosen


def _suite(path: Path, table: TomlTable, choices: Choices) -> Suite:
    """All that the file says, with the wait that was chosen, as its targets have it in them."""
    values = table.values(Suite, besides=("classes", "workloads", "variants", "claims", "holds_up"))
    values["title"] = values["title"] or path.stem
    chosen = {"wait_ms": choices.wait_ms} if choices.wait_ms else {}
    values |= chosen
    classes = {name: read_class(inner) for name, inner in table.named("classes").items()}
    tables = table.listed("workloads")
    if chosen and not any("wait" in inner.data for inner in (table, *tables)):
        table.mistakes.append(f"--wait: nothing waits in the suite {path.stem}: leave the flag out")
    variants = [read_variant(inner, classes) for inner in table.listed("variants")]
    names, clients = [v.name for v in variants], values["clients"] if "clients" in table.data else ()
    usual = {key: values[key] for key in ("pinned", "captured", "wait_ms")}
    workloads: list[Workload] = []
    for inner in tables:
        points = read_workloads(inner, classes, usual, chosen)
        for workload in points[:1]:
            inner.blame_unknown("variants", "variant", workload.variants or (), names)
            inner.blame_unknown("serves_at_once", "variant", workload.serves_at_once, names)
            before = [w.name for w in workloads if w.duration_ms and not w.is_open]
            inner.blame_unknown("capacity", "closed loop before it", [workload.capacity], before)
            kind = "variant or client" if "clients" in table.data else "variant"
            inner.blame_unknown("reference", kind, [workload.reference], [*names, *clients])
        workloads += points
    for key, given in (("workloads", [w.name for w in workloads]), ("variants", names)):
        if not given:
            table.blame(key, f"none: add a [[{key}]] table")
        for name, count in Counter(given).items():
            if count > 1:
                table.blame(key, f"{name!r} is there {count} times: a name is a key of the CSVs, one of each")
    claims = read_claims(table, names, {w.name: [c.name for c in w.classes] for w in workloads})
    values |= {"workloads": tuple(workloads), "variants": tuple(variants), "claims": claims}
    return Suite(path.stem, path.parent / path.stem, **values, holds_up=read_holds_up(table, classes))


def _chosen(suite: Suite, choices: Choices, table: TomlTable) -> Suite:
    """What was chosen of it; what there is not is noted in the table."""
    if choices.clients and "clients" not in table.data:
        table.mistakes.append(f"--clients: the suite {suite.name} has one load generator: leave the flag out")
        choices = replace(choices, clients=None)
    curves = [w.curve.name for w in suite.workloads if w.curve]
    names = {"workloads": [*(w.name for w in suite.workloads), *curves]}
    names |= {"variants": [v.name for v in suite.variants], "clients": suite.clients}
    for key, there in names.items():
        for name in getattr(choices, key) or ():
            if name not in there:
                fault = f"{name!r} is not in the suite {suite.name}: {nearest(name, there)}"
                table.mistakes.append(f"--{key}: {fault}")
    variants = [v for v in suite.variants if not choices.variants or v.name in choices.variants]
    if choices.repetitions:
        variants = [replace(v, repetitions=None) for v in variants]
    named = {*(choices.workloads or ())}
    asked = [w for w in suite.workloads if not named or named & {w.name, w.curve and w.curve.name}]
    measured_first = {w.capacity for w in asked}
    return replace(
        suite,
        repetitions=choices.repetitions or suite.repetitions,
        workloads=tuple(w for w in suite.workloads if w in asked or w.name in measured_first),
        variants=tuple(variants),
        clients=tuple(name for name in suite.clients if not choices.clients or name in choices.clients),
    )
