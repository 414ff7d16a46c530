"""loadgen-mpi over hosts that are hosts: network namespaces on a bridge, each with a name and /dev/shm of its
own. They share a clock, so the ranks' clocks are made wrong, and the true one tells how well they agree."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import time
from collections import defaultdict
from pathlib import Path

import pytest

from fleets import OPEN_MPI, both, ended, generator, hosts, merged, rows, started
from generator_runs import BUILD
from test_fleet import wait_for_parts

pytestmark = pytest.mark.slow

STARTS = 100
WRONG_MS = (0, 1000, -1000, 310, -720, 55, 999, -3)
CLOCKS = ",".join(f"{ms}ms" for ms in WRONG_MS)


@contextlib.contextmanager
def server_on(place):
    words = [
        *place.inside("server"),
        BUILD / "servers/async_server",
        "--port",
        "8080",
        "--address",
        "10.77.0.100",
    ]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert "listening" in process.stdout.readline()
            yield "http://10.77.0.100:8080/ping"
        finally:
            process.terminate()


@both
def test_eight_ranks_on_four_hosts_start_at_one_instant_whatever_their_clocks_say(mpi, tmp_path):
    mpi.skip_unless_there()
    with hosts(tmp_path) as place:
        job = started(mpi, 8, mpi.program("fleet_starts"), STARTS, place=place, clocks=CLOCKS)
        code, out, said = ended(job, 300)
    assert code == 0, said
    instants: dict[int, dict[int, int]] = defaultdict(dict)
    for start, rank, instant in re.findall(r"START (\d+) (\d+) (\d+)", out):
        instants[int(start)][int(rank)] = int(instant)
    assert len(instants) == STARTS and all(len(ranks) == 8 for ranks in instants.values())
    apart_us = sorted(abs(i[r] - i[0]) / 1e3 for i in instants.values() for r in range(1, 8))
    p50, p99 = (apart_us[int(len(apart_us) * q)] for q in (0.5, 0.99))
    print(f"instants apart: p50 {p50:.1f} us, p99 {p99:.1f} us")
    assert p99 < 50
    outside = {
        start
        for start, rank, offset, uncertainty in re.findall(r"CLOCK (\d+) (\d+) (-?\d+) (\d+)", out)
        if abs(int(offset) - WRONG_MS[int(rank)] * 1_000_000) > int(uncertainty)
    }
    assert len(outside) <= STARTS * 5 // 100


@both
def test_a_run_over_four_hosts_names_them_and_adds_up(mpi, tmp_path):
    mpi.skip_unless_there()
    with hosts(tmp_path) as place, server_on(place) as url:
        asked = [url, *"--allow-remote -R 800 -d 1s -c 16 --output".split(), tmp_path / "out", "--keep-parts"]
        code, out, said = ended(started(mpi, 8, *asked, place=place, clocks=CLOCKS))
        assert code == 0, said
    assert "8 on 4 machines" in out
    ranks = rows(tmp_path / "out/ranks.csv")
    assert {row["host"] for row in ranks} == {"a", "b", "c", "d"}
    for row in ranks:
        off_us = float(row["clock_offset_us"]) - WRONG_MS[int(row["rank"])] * 1e3
        assert abs(off_us) <= float(row["clock_uncertainty_us"])
    merged(tmp_path / "out", tmp_path / "sum")
    for name in ("latency.csv", "requests.csv", "throughput.csv", "classes.csv"):
        assert (tmp_path / "sum" / name).read_bytes() == (tmp_path / "out" / name).read_bytes()


@both
@pytest.mark.parametrize("each", (1, 2))
def test_a_rank_killed_on_another_host_takes_nothing_of_the_others_along(mpi, each, tmp_path):
    mpi.skip_unless_there()
    output = tmp_path / "out"
    with hosts(tmp_path, 2, each) as place, server_on(place) as url:
        asked = [url, *"--allow-remote -R 400 -d 60s -c 8 --quiet --output".split(), output]
        job = started(mpi, 2 * each, *asked, place=place)
        os.kill(generator(output, each), signal.SIGKILL)
        begun = time.monotonic()
        code, _, said = ended(job)
        assert code != 0 and time.monotonic() - begun < 5, said
        wait_for_parts(output, said, 2 * each - 1)
    merged(output, tmp_path / "sum")
    lost = [row["lost"] for row in rows(tmp_path / "sum/ranks.csv")]
    assert lost == ["0"] * each + ["1"] + ["0"] * (each - 1)


def test_a_link_with_delay_is_within_the_uncertainty_that_is_stated(tmp_path):
    mpi = OPEN_MPI
    mpi.skip_unless_there()
    with hosts(tmp_path, 2) as place:
        delay = ["tc", "qdisc", "add", "dev", "eth0", "root", "netem", "delay", "3ms"]
        done = subprocess.run([*place.inside("b"), *delay], capture_output=True, text=True)
        if done.returncode != 0:
            pytest.skip(f"this kernel delays no link: {done.stderr.strip()}")
        job = started(mpi, 4, mpi.program("fleet_starts"), 3, place=place, clocks="0,0,500ms,-1s")
        code, out, said = ended(job)
    assert code == 0, said
    found = re.findall(r"CLOCK (\d+) (\d+) (-?\d+) (\d+)", out)
    assert found
    for _, rank, offset, uncertainty in found:
        assert abs(int(offset) - (0, 0, 500_000_000, -1_000_000_000)[int(rank)]) <= int(uncertainty)
        assert int(rank) < 2 or int(uncertainty) > 1_000_000  # all of the delay is on one way


def test_the_hosts_are_gone(tmp_path):
    with hosts(tmp_path, 1) as place:
        space = Path("/run/netns") / f"{place.prefix}a"
        assert space.exists()
    assert not space.exists()
