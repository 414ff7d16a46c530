"""A load generator for tests of the bench: a few requests, then CSVs in the columns of results/schema.json.

Most cells stay empty. As the real one it exits with 4 without one ok. FAKE_LOADGEN in the environment makes
it misbehave: `refuses` (exit 2), `hangs`, `writes-nothing`, `late` (it calls the run invalid). Asked for a
duration it makes four requests. It appends its process id to FAKE_PIDS, a line each.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import signal
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from recordings.csv_table import SCHEMA_PATH


def main(argv: list[str]) -> int:
    if argv == ["--build-info"]:
        print(json.dumps({"compiler": "none"}))
        return 0
    options = parse(argv)
    if pids := os.environ.get("FAKE_PIDS"):
        with open(pids, "a") as file:
            file.write(f"{os.getpid()}\n")
    behaviour = os.environ.get("FAKE_LOADGEN")
    if behaviour == "refuses":
        print("loadgen: not one connection could be made", file=sys.stderr)
        return 2
    while behaviour == "hangs":
        signal.pause()
    started = time.monotonic()
    urls = [options.url + mix.partition(":")[2] for mix in options.mix]
    requests = options.n or 4
    with ThreadPoolExecutor(requests) as pool:
        replies = list(pool.map(ask, [urls[i % len(urls)] for i in range(requests)]))
    if behaviour != "writes-nothing":
        write(options, replies, makespan_ms=(time.monotonic() - started) * 1000)
    return 0 if any(outcome == "ok" for outcome, _ in replies) else 4


def parse(argv: list[str]) -> argparse.Namespace:
    """Takes the flags of the real one and no others, so that a slip in the bench fails a test."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("url")
    parser.add_argument("--mix", action="append", required=True)
    amount = parser.add_mutually_exclusive_group(required=True)
    amount.add_argument("-n", type=int)
    amount.add_argument("-d")
    amount.add_argument("--stages")
    parser.add_argument("-R", type=int)
    parser.add_argument("--arrivals", choices=("constant", "poisson"))
    parser.add_argument("--retries", type=int)
    parser.add_argument("--rows-cap", type=int)
    parser.add_argument("-c", type=int, required=True)
    parser.add_argument("--connection-mode", choices=("fresh", "kept"), required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--done-by")
    parser.add_argument("--timeout", required=True)
    parser.add_argument("--ideal")
    parser.add_argument("--server-pid", type=int)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--quiet", action="store_true")
    parser.add_argument("--key", action="append", default=[])
    return parser.parse_args(argv)


def ask(url: str) -> tuple[str, int]:
    """The outcome, and the microseconds it took."""
    started = time.monotonic()
    try:
        with urllib.request.urlopen(url, timeout=10) as reply:
            reply.read()
            outcome = "ok"
    except urllib.error.HTTPError:
        outcome = "http_error"
    except OSError:
        outcome = "reset"
    return outcome, round((time.monotonic() - started) * 1e6)


def write(options: argparse.Namespace, replies: list[tuple[str, int]], makespan_ms: float) -> None:
    outcomes = [outcome for outcome, _ in replies]
    keys = dict(key.split("=", 1) for key in options.key)
    late = os.environ.get("FAKE_LOADGEN") == "late"
    ideal_ms = float(options.ideal.removesuffix("ms")) if options.ideal else None
    summary = {
        **keys,
        "connections": options.c,
        "requests": len(outcomes),
        **{name: outcomes.count(name) for name in ("ok", "http_error", "reset")},
        "makespan_ms": f"{makespan_ms:.3f}" if options.n else None,
        "throughput_rps": f"{len(outcomes) / makespan_ms * 1000:.3f}",
        "ideal_ms": ideal_ms,
        "makespan_over_ideal": f"{makespan_ms / ideal_ms:.4f}" if ideal_ms else None,
        "server_context_switches": 1,
        "verdict": "invalid" if late else "valid",
        "reasons": "sent late" if late else None,
    }
    parts = {"due_us": 0, "queue_us": 0, "connect_us": 0, "lag_us": 0}
    requests = [
        {
            **keys,
            **parts,
            "request": i,
            "class": "long",
            "service_us": us,
            "latency_us": us,
            "outcome": outcome,
        }
        for i, (outcome, us) in enumerate(replies)
    ]
    rows = {"summary": [summary], "requests": requests}
    for table in json.loads(SCHEMA_PATH.read_text())["resources"]:
        if table["name"] == "slices":
            continue
        columns = [field["name"] for field in table["schema"]["fields"]]
        with (options.output / table["path"]).open("w", newline="") as file:
            writer = csv.DictWriter(file, columns, extrasaction="ignore")
            writer.writeheader()
            writer.writerows(rows.get(table["name"], []))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
