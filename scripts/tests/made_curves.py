"""Curves for tests, of runs that are given number by number: nothing here was measured."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from metrics.curves import Curve, CurveLine, Point
from metrics.digest import Digest
from metrics.holding import holdings
from recordings.recording import OUTCOMES
from words.cards import Ladder

Runs = dict[str, dict[float, list[SimpleNamespace | None]]]


def run(p99_ms: float = 5.0, **others: Any) -> SimpleNamespace:
    """A valid one of 100 requests in an open loop, all answered ok."""
    usual = dict.fromkeys(OUTCOMES, 0) | {
        "ok": 100,
        "requests": 100,
        "verdict": "valid",
        "reasons": "",
        "arrivals": "poisson",
        "saturated": False,
        "client_bound": False,
        "makespan_ms": None,
        "throughput_rps": 1000.0,
        "latency_p99_us": p99_ms * 1e3,
        "server_cpu_us_per_request": 20.0,
        "server_rss_peak_kib": 2048,
    }
    return SimpleNamespace(**usual | others)


def broken_by(reason: str = "the generator sent late: lag p99 3 ms") -> SimpleNamespace:
    return run(verdict="invalid", reasons=reason)


def ladder(runs: Runs, axis: str = "rate", holds_up: dict[str, Any] | None = None) -> Ladder:
    """Of a curve named `offered`: for each model and place a run, or None, for each repetition."""
    lines = []
    for subject, by_place in runs.items():
        points = []
        for place, repetitions in by_place.items():
            there = [SimpleNamespace(**vars(r), repetition=n) for n, r in enumerate(repetitions, 1) if r]
            points.append(Point(place, Digest(subject, f"offered-{place}", there, {})))
        lines.append(CurveLine(subject, points))
    curve = Curve("offered", axis, lines, {})
    recording = SimpleNamespace(
        run={"holds_up": holds_up},
        folder=Path("made-up"),
        varies="variant",
        classes_of=lambda of_run: getattr(of_run, "classes", []),
    )
    return Ladder(recording, curve, *holdings(recording, curve))
