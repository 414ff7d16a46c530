#!/usr/bin/python3
"""Made-up slices for tests of the gate, and the fixtures in gate_fixtures/, which it writes when it is run.

    PYTHONPATH=scripts scripts/tests/synthetic_gate.py

Nothing here is a measurement: a slice is a rate, a change, and seeded noise.
"""

from __future__ import annotations

import math
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gating.gate_csv import GateCsv
from gating.quad import CANDIDATE, MAIN, ORDERS, REPEAT, Slice, quads_of

FIXTURES = Path(__file__).resolve().parent / "gate_fixtures"
_START = datetime(2026, 1, 1, tzinfo=UTC)


def slices(
    quads: int,
    slowdown: float = 0.0,
    noise: float = 0.03,
    stage: str = MAIN,
    cell: str = "async",
    seed: int = 1,
    first_block: int = 1,
    per_block: int = 1,
    failed_share: float = 0.0,
    utilisation: float = 0.98,
    client_bound: bool | None = False,
) -> list[Slice]:
    """So many quads: the candidate is slower by `slowdown` (a share), a slice is off by `noise` (an sd)."""
    draw = random.Random(seed)
    made = []
    for quad in range(1, quads + 1):
        order = draw.choice(list(ORDERS))
        for position, side in enumerate(ORDERS[order], start=1):
            slow = slowdown if side == CANDIDATE else 0.0
            rate = 80_000 * (1 - slow) * math.exp(draw.gauss(0, noise))
            requests = round(rate)
            failed = round(requests * failed_share) if side == CANDIDATE else 0
            made.append(
                Slice(
                    **{"stage": stage, "cell": cell, "quad": quad, "order": order, "position": position},
                    **{"side": side, "attempt": 1, "used": True},
                    block=first_block + (quad - 1) // per_block,
                    started_at=_START + timedelta(seconds=1.1 * len(made)),
                    requests=requests,
                    ok=requests - failed,
                    failures=f"http_error {failed}" if failed else None,
                    duration_s=1.0,
                    throughput_rps=rate * (1 - failed / requests),
                    server_cpu_us_per_request=1e6 * utilisation / rate,
                    server_utilisation=utilisation,
                    generator_utilisation=0.85,
                    latency_p50_us=64e6 / rate,
                    latency_p99_us=110e6 / rate,
                    steal_share=0.01,
                    load_1m=1.5,
                    **{"verdict": "valid", "reasons": None, "client_bound": client_bound},
                )
            )
    return made


def quads(count: int, **changes):
    return quads_of(slices(count, **changes))


def invalid(one: Slice, attempts: int) -> list[Slice]:
    """The slice, and its repeats, as the generator found them all invalid."""
    reason = "the generator was not run for 300 ms, limit 250 ms"
    return [
        replace(one, attempt=attempt, used=False, verdict="invalid", reasons=reason)
        for attempt in range(1, attempts + 1)
    ]


def main() -> None:
    ended = slices(5)
    again = {"stage": REPEAT, "seed": 2}
    made = {
        "not-regressed": slices(12),
        "regressed": slices(12, slowdown=0.15) + slices(12, slowdown=0.15, first_block=13, **again),
        "unconfirmed": slices(40, slowdown=0.15) + slices(40, slowdown=0.05, first_block=41, **again),
        "errors": slices(12, failed_share=0.02) + slices(12, failed_share=0.02, first_block=13, **again),
        "inconclusive": slices(40, slowdown=0.05, noise=0.05, seed=3),
        "cut-short": slices(16, slowdown=0.05, noise=0.05, seed=3),
        "invalid": ended[:-2] + invalid(ended[-2], 4),
    }
    FIXTURES.mkdir(exist_ok=True)
    for name, content in made.items():
        path = FIXTURES / f"{name}.csv"
        path.unlink(missing_ok=True)
        GateCsv(path).add(content)
    good = (FIXTURES / "not-regressed.csv").read_text().splitlines(keepends=True)
    wrong = good[3].replace("BAAB", "ABBA").split(",")
    wrong[4:6] = ["1", "candidate"]
    wrong[3] = "ABBA"
    (FIXTURES / "malformed.csv").write_text("".join([*good[:3], ",".join(wrong), *good[4:6]]), newline="")
    columns = good[0].replace("cell", "colour", 1)
    (FIXTURES / "other-columns.csv").write_text("".join([columns, *good[1:5]]), newline="")


if __name__ == "__main__":
    main()
