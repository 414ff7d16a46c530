"""A suite: the TOML file that says which variants meet which workloads under which clients, read and checked;
and which runs it comes to. Every mistake is reported, a line each, with the file, the key and the fix."""

import math
import random
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from cli import flags
from cli.errors import CommandFailed
from cli.files import ROOT
from cli.flags import flag, names
from plans.claims import Claim, HoldsUp, read_claims, read_holds_up
from plans.toml_table import Check, TomlTable, a_duration, a_flag, a_line, from_key, texts, whole
from plans.variant import Variant, read_variant
from plans.workload import ClassRule, Workload, read_workloads
from text.units import nearest

SUITES = ROOT / "scripts" / "suites"
OWN_CLIENT = "loadgen"  # the client where nobody names one
OVERHEAD_S = 0.25  # starting a server, asking for its health, stopping it, and writing the rows
_COMPANY_S = {None: 0.0, "idle": 3.0, "leaves": 2.0, "reads": 0.2, "sends": 0.2}  # until it was looked at
_COMPANIONS_PER_S = 4000
_SPARE_MS = 10_000  # beside twice the ideal: what a request may take before it counts as timed out
_CLIENTS = Check("a list of texts, each once", lambda v: v and texts.fits(v) and len(set(v)) == len(v), tuple)


class SuiteError(CommandFailed):
    """What is wrong with a suite or with what was asked of it, one line per mistake."""


@dataclass(frozen=True)
class Suite:
    """`clients` are load generators by name; what they say is held against the packets of runs that are
    `captured`. `written`: its [[claims]] and [holds_up], for run.json."""

    name: str
    folder: Path  # of what belongs to the suite, beside its file
    title: str = from_key(a_line, "")
    wait_ms: int | None = from_key(a_duration)
    repetitions: int = from_key(whole(1, 1000), 1)
    workloads: tuple[Workload, ...] = ()
    variants: tuple[Variant, ...] = ()
    pinned: bool = from_key(a_flag, False)
    captured: bool | None = from_key(a_flag)
    clients: tuple[str, ...] = from_key(_CLIENTS, (OWN_CLIENT,))
    claims: tuple[Claim, ...] = ()
    holds_up: HoldsUp | None = None
    written: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Choices:
    """What the command line wants in place of what the file says; None leaves the file's."""

    wait_ms: int | None = flag("TIME", "how long a long request waits, as 50ms or 5s", flags.duration_ms)
    repetitions: int | None = flag("N", "how often each variant meets each workload", flags.whole(1, 999))
    variants: tuple[str, ...] | None = flag("A,B", "only these variants", names)
    workloads: tuple[str, ...] | None = flag("A,B", "only these workloads", names)
    clients: tuple[str, ...] | None = flag("A,B", "peers: only these load generators", names)


def suite_names() -> list[str]:
    return sorted(path.stem for path in SUITES.glob("*.toml"))


def find_suite(name: str) -> Path:
    """`hundred` is a file in scripts/suites; whatever ends in .toml is a path."""
    path = Path(name) if name.endswith(".toml") else SUITES / f"{name}.toml"
    if not path.is_file():
        raise SuiteError(f"{name}: no such file or suite: {nearest(name, suite_names())}")
    return path


def read_suite(path: Path, choices: Choices = Choices(), check: Callable = lambda *_: None) -> Suite:
    """The suite as it is to run. Raises SuiteError with every mistake in the file and in the choices.
    `check(table, clients, workloads)` blames the table for what no load generator can do."""
    try:
        table = TomlTable(str(path), tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise SuiteError(f"{path}: cannot be read: {error}") from None
    suite = _suite(path, table, choices)
    check(table, suite.clients, suite.workloads)
    chosen = _chosen(suite, choices, table)
    if table.mistakes:
        raise SuiteError(dict.fromkeys(table.mistakes))
    return chosen


def _suite(path: Path, table: TomlTable, choices: Choices) -> Suite:
    """All that it says, with the wait that was chosen, as its targets have it in them."""
    values = table.values(Suite, besides=("classes", "workloads", "variants", "claims", "holds_up"))
    values |= {"title": values["title"] or path.stem, "wait_ms": choices.wait_ms or values["wait_ms"]}
    entries, classes, workloads = table.listed("workloads"), table.inner("classes"), []
    if choices.wait_ms and not any("wait" in entry.data for entry in (table, *entries)):
        table.mistakes.append(f"--wait: nothing waits in the suite {path.stem}: leave the flag out")
    rules = {name: ClassRule(**classes.inner(name).values(ClassRule)) for name in classes.data}
    table.there["class"] = rules
    variants = [read_variant(entry) for entry in table.listed("variants")]
    table.there["variant"] = named = [v.name for v in variants]
    table.there["variant or client"] = [*named, *(values["clients"] if "clients" in table.data else ())]
    usual = {"pinned": values["pinned"], "captured": values["captured"], "wait_ms": values["wait_ms"]}
    for entry in entries:
        table.there["closed loop before it"] = [w.name for w in workloads if w.duration_ms and not w.is_open]
        workloads += read_workloads(entry, usual, choices.wait_ms)
    table.there["workload"] = {w.name: [c.name for c in w.classes] for w in workloads}
    for key, given in {"workloads": [w.name for w in workloads], "variants": named}.items():
        if not given:
            table.blame(key, f"none: add a [[{key}]] table")
        for name in (name for name in given if given.count(name) > 1):
            table.blame(key, f"{name!r} is there {given.count(name)} times: a name is a key of the CSVs")
    values |= {"workloads": tuple(workloads), "variants": tuple(variants), "claims": read_claims(table)}
    for claim in (entry.data for entry in table.listed("claims")):  # one text is written as a list of one
        claim |= {key: [claim[key]] for key in ("holds", "tells") if isinstance(claim.get(key), str)}
    values["written"] = {key: table.data.get(key) for key in ("claims", "holds_up")}
    return Suite(path.stem, path.parent / path.stem, **values, holds_up=read_holds_up(table))


def _chosen(suite: Suite, choices: Choices, table: TomlTable) -> Suite:
    """What was chosen of it; what there is not is noted in the table."""
    if choices.clients and "clients" not in table.data:
        table.mistakes.append(f"--clients: the suite {suite.name} has one load generator: leave the flag out")
        choices = replace(choices, clients=None)
    called = {"workloads": [(w.name, w.curve.name) if w.curve else (w.name,) for w in suite.workloads]}
    called |= {"variants": [(v.name,) for v in suite.variants], "clients": [(c,) for c in suite.clients]}
    left: dict[str, Any] = {"repetitions": choices.repetitions or suite.repetitions}
    for key, of_each in called.items():
        there, wanted = list(dict.fromkeys(chain(*of_each))), getattr(choices, key) or ()
        for name in (name for name in wanted if name not in there):
            table.mistakes.append(
                f"--{key}: {name!r} is not in the suite {suite.name}: {nearest(name, there)}"
            )
        items = zip(getattr(suite, key), of_each)
        left[key] = tuple(item for item, own in items if not wanted or {*own} & {*wanted})
    measured_first = {w.capacity for w in left["workloads"]}
    asked = [w for w in suite.workloads if w in left["workloads"] or w.name in measured_first]
    if choices.repetitions:
        left["variants"] = tuple(replace(v, repetitions=None) for v in left["variants"])
    return replace(suite, **left | {"workloads": tuple(asked)})


class Run(NamedTuple):
    variant: Variant
    workload: Workload
    repetition: int
    client: str = OWN_CLIENT

    @property
    def ideal_ms(self) -> int | None:
        """The makespan that no server of this model can beat: ceil(L / min(k, c)) x t; None where nothing
        waits. L requests wait t each, the model serves k at once, over c connections."""
        load = self.workload
        at_once = load.serves_at_once.get(self.variant.name, self.variant.serves_at_once)
        turns = math.ceil(load.waiting_requests / min(at_once or load.connections, load.connections))
        return turns * load.wait_ms if turns and load.wait_ms is not None else None

    @property
    def timeout_ms(self) -> int:
        return self.workload.timeout_ms or 2 * (self.ideal_ms or self.workload.longest_ms) + _SPARE_MS

    @property
    def asked_s(self) -> float:
        """How long the generator is busy at least: the duration, or the ideal makespan, after the warm-up."""
        load = self.workload
        return ((load.duration_ms or self.ideal_ms or 0) + (load.warm_up_ms or 0)) / 1000

    @property
    def expected_s(self) -> float:
        load = self.workload
        company_s = _COMPANY_S[load.company] + (load.companions or 0) / _COMPANIONS_PER_S
        return (load.silence_ms or 0) / 1000 + self.asked_s + OVERHEAD_S + company_s

    def __str__(self) -> str:
        under = "" if self.client == OWN_CLIENT else f", {self.client}"
        return f"{self.workload.name}, {self.variant.name}{under}, repetition {self.repetition}"


def runs_of(suite: Suite, seed: int, takes_part: Callable[..., bool] = lambda *_: True) -> list[Run]:
    """Each variant under each client meets each workload in each repetition. Interleaved, so that a machine
    that slows down slows all of them; in an order that is new each time, so that none always follows the same
    other, and that is the seed's. `takes_part(client, workload)`: if it can."""
    rng = random.Random(seed)
    repetitions = {v.name: v.repetitions or suite.repetitions for v in suite.variants}
    pairs = [(variant, client) for variant in suite.variants for client in suite.clients]
    return [
        Run(variant, workload, repetition, client)
        for repetition in range(1, max(repetitions.values(), default=0) + 1)
        for workload in suite.workloads
        for variant, client in rng.sample(pairs, len(pairs))
        if variant.meets(workload) and takes_part(client, workload)
        if repetition <= repetitions[variant.name]
    ]


def planned(runs: Iterable[Run]) -> dict[str, dict[str, int]]:
    """How many repetitions there are to be, by variant and workload."""
    repetitions: dict[str, dict[str, int]] = {}
    for run in sorted(runs, key=lambda run: run.repetition):
        repetitions.setdefault(run.variant.name, {})[run.workload.name] = run.repetition
    return repetitions
