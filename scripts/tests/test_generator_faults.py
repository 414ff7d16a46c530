"""What goes wrong with the generator itself is never told as the server's, nor called valid.

Faults are real: processes stopped, cores taken, limits met, disks full.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from generator_runs import (
    ATTEMPTS,
    CORES,
    LOADGEN,
    alone,
    command,
    generate,
    resetting,
    scripted,
    server,
    valid_run,
)
from recordings.recording import OUTCOMES

LOADS = {
    "open": ("/ping", "-R", "500", "-c", "8", "-d", "1s"),
    "closed": ("/ping", "-c", "16", "-d", "1s"),
    "fixed": ("/task?wait_ms=50", "-n", "800", "-c", "100"),
}
QUANTILES = ("latency_p50_us", "latency_p90_us", "latency_p95_us", "latency_p99_us", "latency_p99_9_us")

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs to be root")


@contextlib.contextmanager
def nothing(_: subprocess.Popen[str]) -> Iterator[None]:
    yield


def stopped(length_s: float) -> Callable[[subprocess.Popen[str]], contextlib.AbstractContextManager[None]]:
    @contextlib.contextmanager
    def fault(generator: subprocess.Popen[str]) -> Iterator[None]:
        with contextlib.suppress(subprocess.TimeoutExpired):
            generator.wait(0.12)  # it has started, and the shortest of the loads takes three times as long
        generator.send_signal(signal.SIGSTOP)
        with contextlib.suppress(subprocess.TimeoutExpired):
            generator.wait(length_s)
        generator.send_signal(signal.SIGCONT)
        yield

    return fault


@contextlib.contextmanager
def busy_core(_: subprocess.Popen[str]) -> Iterator[None]:
    busy = "import time\nend = time.monotonic() + 20\nwhile time.monotonic() < end: pass"
    with subprocess.Popen(["taskset", "-c", str(CORES[-1]), sys.executable, "-c", busy]) as process:
        try:
            yield
        finally:
            process.kill()


@contextlib.contextmanager
def busy_and_stopped(generator: subprocess.Popen[str]) -> Iterator[None]:
    with busy_core(generator), stopped(0.1)(generator):
        yield


FAULTS = {
    "stopped-50ms": stopped(0.05),
    "stopped-200ms": stopped(0.2),
    "stopped-500ms": stopped(0.5),
    "busy-core": busy_core,
    "busy-and-stopped": busy_and_stopped,
}


def run_under(
    fault: Callable[[subprocess.Popen[str]], contextlib.AbstractContextManager[None]], url: str, *flags: str
) -> dict[str, Any]:
    with subprocess.Popen(command(url, *flags), stdout=subprocess.PIPE, text=True) as generator:
        with fault(generator):
            out, _ = generator.communicate(timeout=60)
    assert generator.returncode == 0
    return json.loads(out)


def changed(before: list[dict[str, Any]], after: dict[str, Any]) -> list[str]:
    """The figures that the fault changed beyond doubt: a rate or makespan by a fifth, a quantile by half.

    Beyond what undisturbed runs differ by themselves, which on a shared machine is as much.
    """
    limits = dict.fromkeys(QUANTILES, 1.5) | {"makespan_ms": 1.2, "throughput_rps": 1.2}
    found = []
    for name, limit in limits.items():
        usual = [run[name] for run in before if run[name]]
        if usual and not min(usual) / limit < after[name] < max(usual) * limit:
            found.append(f"{name} {min(usual)} to {max(usual)}, then {after[name]}")
    return found


@pytest.fixture(scope="module")
def undisturbed() -> Iterator[tuple[str, dict[str, list[dict[str, Any]]]]]:
    with server() as (_, url):
        yield url, {
            name: [valid_run(url + path, *flags) for _ in range(5)] for name, (path, *flags) in LOADS.items()
        }


@alone
@pytest.mark.parametrize("load", LOADS)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_run_that_a_fault_of_the_generator_changed_is_invalid(
    undisturbed: tuple[str, dict[str, list[dict[str, Any]]]], load: str, fault: str
) -> None:
    url, before = undisturbed
    path, *flags = LOADS[load]
    # A machine that is shared changes a rate by a fifth now and then by itself: the fault does it each time.
    for _ in range(ATTEMPTS):
        after = run_under(FAULTS[fault], url + path, *flags)
        found = changed(before[load], after)
        if after["verdict"] == "invalid" or not found:
            break
    else:
        raise AssertionError(found)
    if fault in ("stopped-200ms", "stopped-500ms", "busy-and-stopped") or (fault, load) == (
        "busy-core",
        "closed",
    ):
        assert after["verdict"] == "invalid", after
    if fault.startswith("stopped"):
        assert after["saturated"] is False, "what was handed out late is not the server's queue"


@alone
@pytest.mark.parametrize("flags", [("-c", "8", "-d", "1s"), ("-R", "500", "-c", "8", "-d", "1s")])
def test_no_request_times_out_because_the_generator_was_stopped(flags: tuple[str, ...]) -> None:
    """Replies that lie in a socket came in time, and what was handed out too late was never sent."""
    with server() as (_, url):
        found = run_under(stopped(0.5), f"{url}/ping", "--timeout", "200ms", *flags)
    assert found["timed_out"] == 0, found
    assert found["verdict"] == "invalid"
    assert found["requests"] == found["ok"] + found["generator_shortages"]


@alone
def test_more_threads_than_cores_are_noticed_in_an_open_loop() -> None:
    with server() as (_, url):
        one = valid_run(f"{url}/ping", "-R", "20000", "-c", "16", "-d", "300ms")
        four = generate(f"{url}/ping", "-R", "60000", "-c", "16", "-t", "4", "-d", "1s", code=None)
    assert four["verdict"] == "invalid" or not changed([one], four), four


@alone
def test_a_busy_core_leaves_a_closed_loop_client_bound(
    undisturbed: tuple[str, dict[str, list[dict[str, Any]]]],
) -> None:
    """What bounds a client is that it ran or waited for a core, not that it ran."""
    url, _ = undisturbed
    for _ in range(ATTEMPTS):
        found = run_under(busy_core, f"{url}/ping", "-c", "64", "-d", "1s")
        if found["client_bound"]:
            return
    raise AssertionError(found)


def limited(**limits: int) -> Callable[[], None]:
    def set_limits() -> None:
        for name, value in limits.items():
            resource.setrlimit(getattr(resource, name), (value, value))

    return set_limits


def test_too_few_files_are_the_generators_own_shortage() -> None:
    """The limit is lowered while it runs: what was open stays open, and nothing more can be."""
    with scripted(resetting) as url:
        with subprocess.Popen(
            command(url, "-d", "2s", "-c", "20", "--fresh"), stdout=subprocess.PIPE, text=True
        ) as run:
            with contextlib.suppress(subprocess.TimeoutExpired):
                run.wait(0.5)
            resource.prlimit(run.pid, resource.RLIMIT_NOFILE, (8, 8))
            found = json.loads(run.communicate(timeout=60)[0])
    assert found["generator_shortages"] > 0
    assert found["connect_failed"] == 0
    assert found["verdict"] == "invalid"
    assert "ran out of open files" in found["reasons"] and "ulimit -n" in found["reasons"]


@as_root
def test_too_few_ports_are_the_generators_own_shortage() -> None:
    """In a network of its own with 100 local ports: the other hundred connections cannot be made."""
    inside = (
        "ip link set lo up && echo 40000 40099 > /proc/sys/net/ipv4/ip_local_port_range && "
        f"{{ {LOADGEN.parents[1] / 'servers' / 'async_server'} --port 8080 & server=$!; "
        "for i in $(seq 50); do (echo > /dev/tcp/127.0.0.1/8080) 2> /dev/null && break; sleep 0.1; done; "
        f"{LOADGEN} http://127.0.0.1:8080/ping -n 400 -c 200 --json; kill $server; }} 2> /dev/null"
    )
    done = subprocess.run(
        ["unshare", "--net", "bash", "-c", inside], capture_output=True, text=True, timeout=60
    )
    if not done.stdout:
        pytest.skip("no network namespaces here")
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["generator_shortages"] > 0 and found["connect_failed"] == 0, found
    assert "ran out of local ports" in found["reasons"]
    assert sum(found[name] for name in OUTCOMES) == found["requests"] == 400


@pytest.mark.parametrize("limits", [{"RLIMIT_AS": 400 << 20}, {"RLIMIT_AS": 60 << 20}])
def test_too_few_threads_or_too_little_memory_end_it_with_a_line(limits: dict[str, int]) -> None:
    with server() as (_, url):
        done = subprocess.run(
            [LOADGEN, f"{url}/ping", "-t", "100", "-c", "200", "-n", "1000"],
            capture_output=True,
            text=True,
            timeout=30,
            preexec_fn=limited(**limits),
        )
    assert done.returncode == 2, done
    assert done.stderr.startswith("loadgen: ") and done.stderr.count("\n") == 1


def full_backlog() -> tuple[socket.socket, list[socket.socket]]:
    """A port whose connections stay in the making, as nobody accepts."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=1)
    waiting = [socket.socket() for _ in range(4)]
    for peer in waiting:
        peer.setblocking(False)
        peer.connect_ex(listener.getsockname())
    return listener, waiting


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_listens_to_signals_while_connections_are_opened(number: signal.Signals) -> None:
    listener, waiting = full_backlog()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
    with subprocess.Popen(command(url, "-n", "8"), stdout=subprocess.PIPE, text=True) as generator:
        with contextlib.suppress(subprocess.TimeoutExpired):
            generator.wait(0.5)
        generator.send_signal(number)
        out, _ = generator.communicate(timeout=5)
    assert generator.returncode == 130
    assert json.loads(out)["unfinished"] == 8
    for peer in (listener, *waiting):
        peer.close()


def test_two_interrupts_leave_every_file_and_every_outcome(tmp_path: Path) -> None:
    with server() as (_, url):
        flags = ("-n", "2000000", "-c", "64", "--output", str(tmp_path / "out"))
        with subprocess.Popen(command(f"{url}/ping", *flags), stdout=subprocess.PIPE, text=True) as generator:
            with contextlib.suppress(subprocess.TimeoutExpired):
                generator.wait(0.7)
            for _ in range(20):  # the later ones fall into the writing of the files
                if generator.poll() is not None:
                    break
                generator.send_signal(signal.SIGINT)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    generator.wait(0.05)
            out, _ = generator.communicate(timeout=30)
    found = json.loads(out)
    assert generator.returncode == 130
    assert found["requests"] == 2_000_000 and found["unfinished"] > 0
    assert found["verdict"] == "invalid" and "interrupted" in found["reasons"]
    assert found["latency_p50_us"] != 0, "what never became due has no latency of zero"
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"summary.csv", "classes.csv", "requests.csv", "latency.csv", "throughput.csv"}


def test_a_folder_that_cannot_be_written_is_found_before_the_load() -> None:
    asked = threading.Event()
    with scripted(lambda _: asked.set()) as url:
        done = subprocess.run(
            [LOADGEN, url, "-n", "1", "--output", "/proc/nowhere"], capture_output=True, text=True, timeout=30
        )
    assert done.returncode == 2 and "--output /proc/nowhere" in done.stderr
    assert not asked.is_set()


def test_a_result_that_cannot_be_printed_is_no_success() -> None:
    with server() as (_, url), open("/dev/full", "w") as full:
        done = subprocess.run(
            [LOADGEN, f"{url}/ping", "-n", "10", "--json"], stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert done.returncode == 2
    assert "cannot print the result: No space left on device" in done.stderr


@as_root
def test_a_full_disk_leaves_no_half_file_and_loses_no_result(tmp_path: Path) -> None:
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", tmp_path]).returncode != 0:
        pytest.skip("nothing can be mounted here")
    try:
        with server() as (_, url):
            done = subprocess.run(
                command(f"{url}/ping", "-n", "5000", "--output", str(tmp_path)),
                capture_output=True,
                text=True,
                timeout=60,
            )
        assert done.returncode == 2 and "cannot write" in done.stderr
        assert json.loads(done.stdout)["ok"] == 5000
        assert list(tmp_path.iterdir()) == []
    finally:
        subprocess.run(["umount", tmp_path], check=True)


def test_files_may_be_no_larger_than_a_limit_and_that_is_said(tmp_path: Path) -> None:
    with server() as (_, url):
        done = subprocess.run(
            [LOADGEN, f"{url}/ping", "-n", "5000", "--output", str(tmp_path / "out")],
            capture_output=True,
            text=True,
            timeout=60,
            preexec_fn=limited(RLIMIT_FSIZE=20_000),
        )
    assert done.returncode == 2 and "cannot write" in done.stderr
    assert "5000 ok" in done.stdout
    assert list((tmp_path / "out").iterdir()) == []
