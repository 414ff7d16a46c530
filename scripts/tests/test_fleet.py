"""loadgen-mpi on this machine, with Open MPI and with MPICH: one run, whoever makes it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from fleets import MPICH, OPEN_MPI, OPEN_MPI_MAY, both, ended, generator, merged, rows, started
from generator_runs import LOADGEN, server
from waiting import is_running, until

SCRIPTS = Path(__file__).resolve().parent.parent
KEPT = 3  # of four ranks, when one is killed


def dues(folder):
    return {row["request"]: row["due_us"] for row in rows(folder / "requests.csv")}


def buckets(folder):
    counted: Counter[tuple[str, ...]] = Counter()
    for row in rows(folder / "latency.csv"):
        counted[row["class"], row["measure"], row["lower_us"], row["censored"]] += int(row["requests"])
    return counted


def test_the_ordinary_generator_needs_no_mpi():
    needed = subprocess.run(["ldd", LOADGEN], capture_output=True, text=True, check=True).stdout
    assert "libc.so" in needed and "mpi" not in needed


@both
def test_four_ranks_make_the_schedule_of_one_and_add_up_bucket_by_bucket(mpi, tmp_path):
    with server() as (_, url):
        asked = [f"{url}/ping", *"-R 1000 -d 500ms --arrivals poisson --seed 3 -c 8 --quiet".split()]
        code, _, said = ended(started(mpi, 4, *asked, "--output", tmp_path / "four", "--keep-parts"))
        assert code == 0, said
        subprocess.run([LOADGEN, *asked, "--output", tmp_path / "one"], check=True)
    four = tmp_path / "four"
    assert dues(four) == dues(tmp_path / "one")
    assert all(int(r["rank"]) == int(r["request"]) % 4 for r in rows(four / "requests.csv"))
    added: Counter[tuple[str, ...]] = Counter()
    for part in (four / "parts").iterdir():
        alone = tmp_path / part.stem
        alone.mkdir()
        part.rename(alone / part.name)
        assert merged(alone, tmp_path / f"of-{part.stem}").returncode in (0, 4)
        added += buckets(tmp_path / f"of-{part.stem}")
    assert buckets(four) == added
    assert [int(r["rank"]) for r in rows(four / "ranks.csv")] == [0, 1, 2, 3]
    [summary] = rows(four / "summary.csv")
    assert (summary["generator_ranks"], summary["generator_threads"]) == ("4", "4")


@both
def test_a_rank_that_is_killed_ends_the_run_and_takes_nothing_of_the_others_along(mpi, tmp_path):
    output = tmp_path / "out"
    with server() as (_, url):
        job = started(mpi, 4, f"{url}/ping", "-R", 400, "-d", "60s", "-c", 8, "--output", output, "--quiet")
        victim = generator(output, 2)
        os.kill(victim, signal.SIGKILL)
        begun = time.monotonic()
        code, _, said = ended(job)
    assert code != 0
    assert time.monotonic() - begun < 5
    wait_for_parts(output, said)
    done = merged(output, tmp_path / "sum")
    assert "rank 2 (" in done.stdout and "is lost" in done.stdout, done.stderr
    ranks = rows(tmp_path / "sum/ranks.csv")
    assert [row["lost"] for row in ranks] == ["0", "0", "1", "0"]
    [summary] = rows(tmp_path / "sum/summary.csv")
    assert int(summary["requests"]) == sum(int(row["requests"] or 0) for row in ranks) > 0
    assert summary["verdict"] == "invalid"


def wait_for_parts(output, said, kept: int = KEPT):
    """MPICH's launcher does not wait for those that it ends, and they have a moment's work left."""
    until(lambda: len([*(output / "parts").glob("rank-*.words")]) >= kept, f"the parts; {said}", 5)


@both
def test_what_is_wrong_is_said_once_by_the_first_rank_that_has_it(mpi, tmp_path):
    code, _, said = ended(started(mpi, 3, "http://127.0.0.1:9/ping", "-t", "0"))
    assert code == 2
    assert said.count("loadgen: rank 0") == 1 and "--threads 0" in said
    code, _, said = ended(started(mpi, 3, "http://127.0.0.1:9/ping", "-n", "30"))
    assert code == 2
    assert said.count("loadgen: rank") == 1 and "is the server running" in said


@both
def test_the_rank_that_is_named_looks_at_the_server(mpi, tmp_path):
    with server() as (pid, url):
        asked = [f"{url}/ping", *f"-R 300 -d 500ms -c 4 --quiet --server-pid {pid} --server-rank".split()]
        code, _, said = ended(started(mpi, 2, *asked, 1, "--output", tmp_path))
        assert code == 0, said
        assert float(rows(tmp_path / "summary.csv")[0]["server_cpu_us_per_request"]) > 0
        code, _, said = ended(started(mpi, 2, *asked, 2))
    assert code == 2 and said.count("--server-rank 2") == 1


@both
def test_an_interrupt_ends_all_ranks_and_loses_nothing(mpi, tmp_path):
    output = tmp_path / "out"
    with server() as (_, url):
        job = started(mpi, 3, f"{url}/ping", *"-R 300 -d 60s -c 3 --quiet --output".split(), output)
        ranks = [generator(output, rank) for rank in range(3)]
        job.send_signal(signal.SIGINT)
        code, _, said = ended(job, 10)
    assert code != 0 or mpi is MPICH, said  # whose launcher says 0 now and then, after Ctrl-C
    wait_for_parts(output, said)
    until(lambda: not any(is_running(rank) for rank in ranks), "the ranks have ended")
    assert merged(output, tmp_path / "sum").returncode in (0, 4)
    assert int(rows(tmp_path / "sum/summary.csv")[0]["requests"]) > 0


def test_a_suite_runs_with_the_ranks_of_a_launcher(tmp_path):
    OPEN_MPI.skip_unless_there()
    launcher = " ".join([OPEN_MPI.launcher, *OPEN_MPI.local, "-n 2"])
    suite = "hundred --variants async --workloads all-short --repetitions 1".split()
    words = [
        sys.executable,
        SCRIPTS / "bench.py",
        *suite,
        "--launcher",
        launcher,
        "--output",
        tmp_path / "out",
    ]
    done = subprocess.run(words, capture_output=True, text=True, env={**os.environ, **OPEN_MPI_MAY})
    assert done.returncode == 0, done.stderr
    [path] = tmp_path.glob("out/hundred-*/summary.csv")
    [summary] = rows(path)
    assert (summary["generator_ranks"], summary["ok"]) == ("2", "100")


@both
def test_clocks_that_are_wrong_and_drift_are_found_and_stated(mpi, tmp_path):
    with server() as (_, url):
        asked = [f"{url}/ping", *"-R 300 -d 1s -c 3 --quiet --output".split(), tmp_path / "out"]
        code, _, said = ended(started(mpi, 3, *asked, clocks="0,700ms,-1s@100"))
        assert code == 0, said
    _, ahead, behind = rows(tmp_path / "out/ranks.csv")
    for row, offset_us in ((ahead, 700e3), (behind, -1e6)):
        slack_us = float(row["clock_uncertainty_us"]) + 200  # of a drift that began at the start of the job
        assert abs(float(row["clock_offset_us"]) - offset_us) <= slack_us
    assert abs(float(behind["clock_drift_ppm"]) - 100) < 60


def test_parts_of_two_runs_do_not_add_up(tmp_path):
    (tmp_path / "parts").mkdir()
    done = merged(tmp_path, tmp_path / "sum")
    assert done.returncode == 2 and "there are no parts" in done.stderr
    (tmp_path / "parts/rank-0.words").write_bytes(b"something else, of some length")
    done = merged(tmp_path, tmp_path / "sum")
    assert done.returncode == 2 and "is not a part" in done.stderr
