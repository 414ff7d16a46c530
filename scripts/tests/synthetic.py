"""A made-up recording for tests: what the five variants would measure if their models were exact.

Nothing here is a measurement. Each run is computed from the variant's model (one at a time, N at a time,
all at once) with a little seeded noise, and is written in the columns of results/schema.json.
"""

from __future__ import annotations

import csv
import json
import math
import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from recordings.csv_table import SCHEMA_PATH, write_description
from recordings.recording import OUTCOMES

WAIT_US = 50_000.0
SHORT_US = 70.0


@dataclass(frozen=True)
class Model:
    """at_once: None is unbounded; start_us: what starting to serve one request costs before the next can."""

    at_once: int | None
    start_us: float
    cpu_us: float
    base_threads: int
    thread_per_request: bool = False


MODELS = {
    "sequential": Model(1, 15, 45, 1),
    "pool-8": Model(8, 15, 48, 9),
    "thread-per-request": Model(None, 75, 110, 1, thread_per_request=True),
    "async": Model(None, 22, 38, 1),
    "async-2": Model(None, 14, 41, 2),
}
WORKLOADS = {"all-long": {"long": 100}, "mixed": {"long": 20, "short": 80}, "all-short": {"short": 100}}


@dataclass
class Spec:
    """What to make up. `failures` and `invalid` name the (variant, workload, repetition) they touch."""

    models: dict[str, Model] = field(default_factory=lambda: dict(MODELS))
    workloads: dict[str, dict[str, int]] = field(default_factory=lambda: dict(WORKLOADS))
    waiting: frozenset[str] = frozenset({"long"})
    repetitions: int = 2
    wait_us: float = WAIT_US
    failures: dict[tuple[str, str, int], int] = field(default_factory=dict)
    invalid: dict[tuple[str, str, int], str] = field(default_factory=dict)
    finished: bool = True
    seed: int = 7


def build(folder: Path, spec: Spec | None = None, schema_path: Path = SCHEMA_PATH) -> Path:
    """Writes the recording into `folder` and returns it."""
    spec = spec or Spec()
    folder.mkdir(parents=True, exist_ok=True)
    names = ("summary", "classes", "requests", "latency", "throughput")
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    rng = random.Random(spec.seed)
    for workload, classes in spec.workloads.items():
        for repetition in range(1, spec.repetitions + 1):
            for variant in rng.sample(list(spec.models), len(spec.models)):
                keys = {
                    "recording": folder.name,
                    "suite": "hundred",
                    "variant": variant,
                    "workload": workload,
                    "repetition": repetition,
                }
                run = _Run(keys, spec, classes, rng)
                for name, made in run.tables().items():
                    rows[name] += made
    write_tables(folder, rows, schema_path)
    run = _run_json(folder, spec, rows["summary"])
    (folder / "run.json").write_text(json.dumps(run, indent=1))
    write_description(folder, run)
    return folder


def write_tables(
    folder: Path, rows: dict[str, list[dict[str, Any]]], schema_path: Path = SCHEMA_PATH
) -> None:
    """Writes each list of rows as the CSV the schema describes; columns a row lacks stay empty."""
    for resource in json.loads(schema_path.read_text())["resources"]:
        if resource["name"] not in rows:
            continue  # a run writes no slices.csv
        columns = [(f["name"], f["type"]) for f in resource["schema"]["fields"]]
        with (folder / resource["path"]).open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(name for name, _ in columns)
            for row in rows[resource["name"]]:
                writer.writerow(_cell(row.get(name), kind) for name, kind in columns)


def _cell(value: Any, kind: str) -> str:
    if value is None:
        return ""
    if kind == "boolean":
        return str(int(value))
    return str(round(value)) if kind == "integer" else str(value)


class _Run:
    def __init__(self, keys: dict[str, Any], spec: Spec, classes: dict[str, int], rng: random.Random):
        self.keys, self.spec, self.classes, self.rng = keys, spec, classes, rng
        self.model = spec.models[keys["variant"]]
        self.id = (keys["variant"], keys["workload"], keys["repetition"])
        self.requests = self._serve(self._shuffled())

    def _shuffled(self) -> list[str]:
        names = [name for name, count in self.classes.items() for _ in range(count)]
        random.Random(self.spec.seed).shuffle(names)  # the same sequence for every variant
        return names

    def _serve(self, names: list[str]) -> list[dict[str, Any]]:
        model, rng = self.model, self.rng
        free_at = [0.0] * (model.at_once or len(names))
        accepting = 0.0
        rows = []
        fails = self.spec.failures.get(self.id, 0)
        for index, name in enumerate(names):
            connect = 45.0 * (index % 50 + 1) * rng.uniform(0.9, 1.1)
            lag = rng.uniform(2, 30)
            accepting = max(accepting, connect) + model.start_us * rng.uniform(0.8, 1.3)
            slot = min(range(len(free_at)), key=free_at.__getitem__)
            needs = self.spec.wait_us + rng.expovariate(1 / 120) if name in self.spec.waiting else SHORT_US
            begin = max(free_at[slot], accepting)
            done = max(begin + needs + rng.expovariate(1 / 15), connect + lag + 20)
            free_at[slot] = done
            failed = index >= len(names) - fails
            rows.append(
                {
                    **self.keys,
                    "request": index,
                    "class": name,
                    "connection": index,
                    "due_us": 0,
                    "queue_us": 0,
                    "connect_us": round(connect, 1),
                    "lag_us": round(lag, 1),
                    "service_us": round(done - connect - lag, 1),
                    "first_byte_us": None if failed else round(done - connect - lag - 3, 1),
                    "latency_us": round(done, 1),
                    "outcome": "reset" if failed else "ok",
                    "status": None if failed else 200,
                    "reply_bytes": 0 if failed else 112,
                }
            )
        return rows

    def tables(self) -> dict[str, list[dict[str, Any]]]:
        return {
            "summary": [self._summary()],
            "classes": self._classes(),
            "requests": self.requests,
            "latency": self._latency(),
            "throughput": self._throughput(),
        }

    def _summary(self) -> dict[str, Any]:
        total = len(self.requests)
        makespan = max(r["latency_us"] for r in self.requests) / 1e3
        long = sum(n for name, n in self.classes.items() if name in self.spec.waiting)
        at_once = min(self.model.at_once or total, total)
        ideal = math.ceil(long / at_once) * self.spec.wait_us / 1e3 if long else None
        reason = self.spec.invalid.get(self.id)
        summary = {
            **self.keys,
            "connections": total,
            "connection_mode": "fresh",
            "arrivals": "closed",
            "generator_threads": 1,
            "requests": total,
            "duration_s": round(makespan / 1e3, 6),
            "pinned": False,
            "started_at": "2024-03-01T12:00:00Z",
            **{name: sum(r["outcome"] == name for r in self.requests) for name in OUTCOMES},
            "throughput_rps": round(total / makespan * 1e3, 1),
            "makespan_ms": round(makespan, 3),
            "ideal_ms": ideal,
            "makespan_over_ideal": round(makespan / ideal, 4) if ideal else None,
            **_latency_columns("latency", self.requests),
            "server_cpu_us_per_request": round(self.model.cpu_us * self.rng.uniform(0.95, 1.08), 2),
            "server_utilisation": round(self.model.cpu_us * total / makespan / 1e3, 4),
            "server_rss_peak_kib": 3900 + 22 * self._threads(total),
            "server_threads_peak": self._threads(total),
            "server_context_switches": round(total * (3.2 if self.model.thread_per_request else 1.6)),
            "verdict": "invalid" if reason else "valid",
            "client_bound": False,
            "saturated": False,
            "reasons": reason,
            "rows_cut": False,
        }
        return summary

    def _classes(self) -> list[dict[str, Any]]:
        return [
            {**self.keys, "class": name, "requests": count}
            | _latency_columns("latency", [r for r in self.requests if r["class"] == name])
            for name, count in self.classes.items()
        ]

    def _threads(self, in_flight: int) -> int:
        return self.model.base_threads + (in_flight if self.model.thread_per_request else 0)

    def _latency(self) -> list[dict[str, Any]]:
        buckets: dict[tuple[str, int, bool], int] = {}
        for row in self.requests:
            width = 2 ** max(0, int(row["latency_us"]).bit_length() - 8)
            key = (row["class"], int(row["latency_us"]) // width * width, row["outcome"] != "ok")
            buckets[key] = buckets.get(key, 0) + 1
        return [
            {
                **self.keys,
                "class": name,
                "measure": "latency",
                "lower_us": lower,
                "upper_us": lower + 2 ** max(0, lower.bit_length() - 8),
                "requests": count,
                "censored": censored,
            }
            for (name, lower, censored), count in sorted(buckets.items())
        ]

    def _throughput(self) -> list[dict[str, Any]]:
        done = sorted(r["latency_us"] / 1e3 for r in self.requests)
        interval = max(5.0, round(done[-1] / 400))
        rows = []
        for n in range(int(done[-1] // interval) + 1):
            begin, end = n * interval, (n + 1) * interval
            finished = sum(begin <= d < end for d in done)
            in_flight = sum(d >= end for d in done)
            rows.append(
                {
                    **self.keys,
                    "elapsed_ms": begin,
                    "interval_ms": interval,
                    "started": len(done) if n == 0 else 0,
                    "completed": finished,
                    "failed": 0,
                    "in_flight": in_flight,
                    "throughput_rps": round(finished / interval * 1e3, 1),
                    "server_cpu_us": round(
                        self.model.cpu_us * (finished + (len(done) if n == 0 else 0)) / 2, 1
                    ),
                    "server_utilisation": round(self.model.cpu_us * finished / interval / 1e3, 4),
                    "server_rss_kib": 3900 + 22 * self._threads(max(in_flight, finished)),
                    "server_threads": self._threads(in_flight),
                    "server_context_switches": 2 * finished,
                }
            )
        return rows


def _latency_columns(prefix: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Each statistic twice: failures at their bound and at infinity; where they differ it is only a bound."""
    low = sorted(r["latency_us"] for r in rows)
    high = sorted(r["latency_us"] if r["outcome"] == "ok" else math.inf for r in rows)
    columns = {}
    for name, q in {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p99_9": 0.999, "max": 1.0}.items():
        at = max(1, math.ceil(round(q * len(low), 9))) - 1
        columns[f"{prefix}_{name}{'_us' if low[at] == high[at] else '_at_least_us'}"] = low[at]
    return columns


def _run_json(folder: Path, spec: Spec, summary: Iterable[dict[str, Any]]) -> dict[str, Any]:
    targets = {name: f"/task?wait_ms={spec.wait_us / 1e3:.0f}" for name in spec.waiting}
    return {
        "recording": folder.name,
        "suite": "hundred",
        "started_at": "2024-03-01T12:00:00Z",
        "finished_at": "2024-03-01T12:01:10Z" if spec.finished else None,
        "seed": spec.seed,
        "wait_ms": spec.wait_us / 1e3,
        "command": ["scripts/bench", "hundred"],
        "repetitions": spec.repetitions,
        "pinned": False,
        "machine": {
            "cpu": "A Made-up Processor @ 2.40GHz",
            "cores": 2,
            "memory_kib": 4_000_000,
            "kernel": "6.1.0",
            "os": "Debian GNU/Linux 12 (bookworm)",
            "congestion_control": "cubic",
        },
        "build": {
            "compiler": "g++ 12.2.0",
            "build_type": "Release",
            "flags": "-O2",
            "boost": "1.81",
            "fmt": "9.1.0",
        },
        "git": {"commit": "0123456789abcdef0123456789abcdef01234567", "dirty": False},
        "variants": [
            {
                "name": name,
                "command": [f"build/release/servers/{'async' if 'async' in name else 'blocking'}_server"],
                "serves_at_once": model.at_once,
            }
            for name, model in spec.models.items()
        ],
        "workloads": [
            {
                "name": name,
                "classes": [
                    {"name": c, "weight": n, "target": targets.get(c, "/ping"), "waits": c in spec.waiting}
                    for c, n in classes.items()
                ],
                "requests": sum(classes.values()),
                "connections": sum(classes.values()),
                "connection_mode": "fresh",
            }
            for name, classes in spec.workloads.items()
        ],
        "runs": [
            {k: row[k] for k in ("variant", "workload", "repetition")} | {"status": "ok", "note": ""}
            for row in summary
        ],
    }
