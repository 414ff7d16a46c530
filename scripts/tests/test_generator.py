"""What the real load generator promises about its numbers, held against real servers and arithmetic."""

from __future__ import annotations

import csv
import json
import os
import re
import resource
import signal
import subprocess
import threading
from pathlib import Path

import pytest
from generator_runs import LOADGEN, generate, server


def test_a_frozen_server_shows_in_latency_as_arithmetic_says_and_hardly_in_service_time() -> None:
    """1,000/s for 10 s, frozen for 1 s: the 1,000 requests due meanwhile wait 1,000, 999, ... 1 ms.

    They are a tenth of all, so the 95th percentile is that of half of them (500 ms) and the 99th that of
    nine tenths (900 ms). Only the 20 that were on a connection were sent and waited for.
    """
    with server() as (pid, url):
        timers = [
            threading.Timer(4.0, os.kill, (pid, signal.SIGSTOP)),
            threading.Timer(5.0, os.kill, (pid, signal.SIGCONT)),
        ]
        for timer in timers:
            timer.start()
        try:
            found = generate(url + "/ping", "-R", "1000", "-d", "10s", "-c", "20")
        finally:
            for timer in timers:
                timer.join()
    assert found["ok"] == found["requests"] == 10_000
    assert found["latency_p95_us"] == pytest.approx(500_000, rel=0.1)
    assert found["latency_p99_us"] == pytest.approx(900_000, rel=0.1)
    assert found["service_p99_us"] < 90_000
    assert found["saturated"] is True


@pytest.mark.slow
def test_ten_thousand_connections_and_a_million_requests_fit_into_200_mib(tmp_path: Path) -> None:
    _, most_files = resource.getrlimit(resource.RLIMIT_NOFILE)
    connections = min(10_000, most_files - 500)
    with server("--max-connections", "12000") as (_, url):
        command = [LOADGEN, url + "/ping", "--json", "-n", "1000000", "-c", str(connections)]
        command += ["--output", str(tmp_path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as generator:
            found = json.loads(generator.stdout.read())
            _, status, usage = os.wait4(generator.pid, 0)
            generator.returncode = os.waitstatus_to_exitcode(status)
    assert found["ok"] == found["requests"] == 1_000_000
    assert found["rows_cut"] == 900_000
    assert usage.ru_maxrss < 200 * 1024


def test_more_connections_than_files_are_refused_before_anything_is_opened() -> None:
    limit = ("prlimit", "--nofile=100:100")
    with server() as (_, url):
        command = [*limit, str(LOADGEN), url + "/ping", "-c", "90", "-n", "90"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert done.returncode == 2
    assert re.match(
        r"loadgen: --connections 90: this process may open only [67]\d \(ulimit -Hn\)", done.stderr
    )


def test_a_server_that_is_not_there_is_named() -> None:
    done = subprocess.run([LOADGEN, "http://127.0.0.1:9/"], capture_output=True, text=True, timeout=30)
    assert done.returncode == 2
    assert done.stderr.startswith("loadgen: not one connection to 127.0.0.1:9 could be opened")


def test_a_strict_run_fails_when_it_is_invalid() -> None:
    """Five million a second is more than any generator's core can send."""
    with server() as (_, url):
        command = [LOADGEN, url + "/ping", "-R", "5e6", "-d", "300ms", "-c", "64", "--quiet"]
        assert subprocess.run(command, timeout=60).returncode == 0
        assert subprocess.run([*command, "--strict"], timeout=60).returncode == 3


def test_a_mix_of_ten_classes_has_a_row_for_each_and_they_add_up_to_the_run(tmp_path: Path) -> None:
    names = [f"class {k}" for k in range(10)]
    targets = [f"/nowhere/{k}" if k % 4 == 3 else f"/task?wait_ms={k}" for k in range(10)]
    mix = [f"--mix={name}={k + 1}:{target}" for k, (name, target) in enumerate(zip(names, targets))]
    with server() as (_, url):
        printed = generate(url, *mix, "-n", "550", "-c", "20", "--output", str(tmp_path), "--key", "suite=s")

    def rows_of(name: str) -> list[dict[str, str]]:
        with (tmp_path / name).open(newline="") as file:
            return list(csv.DictReader(file))

    (summary,) = rows_of("summary.csv")
    rows = rows_of("classes.csv")
    assert [row["class"] for row in rows] == names
    assert [int(row["weight"]) for row in rows] == list(range(1, 11))
    assert [int(row["requests"]) for row in rows] == [10 * weight for weight in range(1, 11)]
    outcomes = "ok http_error connect_failed timed_out reset truncated malformed unfinished".split()
    for name in ("requests", *outcomes):
        assert sum(int(row[name]) for row in rows) == int(summary[name]) == printed[name]
    for row in rows:
        assert (row["suite"], row["client"]) == ("s", "loadgen")
        assert sum(int(row[name]) for name in outcomes) == int(row["requests"])
        assert (
            bool(row["latency_p99_us"]) == (row["http_error"] == "0") != bool(row["latency_p99_at_least_us"])
        )
    slowest = max(float(row["latency_max_us"] or row["latency_max_at_least_us"]) for row in rows)
    assert slowest == float(summary["latency_max_at_least_us"])
    assert [entry["class"] for entry in printed["classes"]] == names
    assert {"recording", "suite"}.isdisjoint(printed["classes"][0])


def test_percentiles_are_written_for_the_plotters(tmp_path: Path) -> None:
    with server() as (_, url):
        generate(url + "/ping", "-n", "1000", "-c", "10", "--hdr", str(tmp_path / "run.hgrm"))
    lines = (tmp_path / "run.hgrm").read_text().splitlines()
    assert lines[0].split() == ["Value", "Percentile", "TotalCount", "1/(1-Percentile)"]
    assert any(re.fullmatch(r"#\[Max +=.*Total count +=\s+1000\]", line) for line in lines)
