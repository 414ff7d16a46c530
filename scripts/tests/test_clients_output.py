"""What the load generators print is read as they print it, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from clients.clients import TOOLS, Asked, NotUnderstood, Tool, takes_part
from plans.suite import Run
from plans.variant import Variant
from plans.workload import RequestClass, Workload

SAMPLES = Path(__file__).resolve().parent / "peer_output"


def read(sample: str) -> dict[str, Any]:
    return TOOLS[sample.partition("-")[0]].read((SAMPLES / f"{sample}.txt").read_text())


def figures(requests, errors, duration_s, rps, mean=None, p50=None, p99=None, p99_9=None, http_error=0):
    latencies = {
        f"latency_{name}_us": us for name, us in zip(("mean", "p50", "p99", "p99_9"), (mean, p50, p99, p99_9))
    }
    counts = {
        "requests": requests,
        "errors": errors,
        "ok": max(requests - errors, 0),
        "http_error": http_error,
    }
    return counts | {"duration_s": duration_s, "throughput_rps": rps} | latencies


@pytest.mark.parametrize(
    ("sample", "expected"),
    [
        ("wrk", figures(107470, 0, 1.1, 97500.83, 403.5, 342, 860)),
        ("wrk-404", figures(85198, 85198, 1.1, 77597.69, 622.69, 616, 1420, http_error=85198)),
        ("wrk2", figures(60018, 0, 30, 2000.28, 6460, 6670, 11180, 12300)),
        ("h2load", figures(46149, 0, 1.01, 46149, 1390, None, None)),
        ("h2load-404", figures(5000, 5000, 0.11652, 42910.72, 1400, None, None, http_error=5000)),
        ("h2load-refused", figures(0, 0, 1.01, 0, 0, None, None)),
        ("hey", figures(17241, 0, 1.0067, 17126.2743, 3600, 3200, 11600)),
        ("hey-404", figures(1000, 1000, 1.0048, 995.1775, 400, 400, 1600, http_error=1000)),
        ("hey-refused", figures(0, 13551, 1.0038, 13499.511, None, None, None)),
        ("ab", figures(50635, 0, 1.001, 50569.71, 1266, 1000, 2000)),
        ("ab-404", figures(1000, 1000, 0.028, 36250.27, 1766, 1000, 5000, http_error=1000)),
    ],
)
def test_real_output_is_understood(sample: str, expected: dict[str, Any]) -> None:
    made = read(sample)
    assert dict.fromkeys(expected) | made == pytest.approx(expected)


def test_the_floor_tells_its_makespan_and_no_latency() -> None:
    columns = TOOLS["bare_loop"].read("requests 100\nmakespan_ms 1004.250\nsending_ms 2.1\n")
    assert (columns["requests"], columns["ok"], columns["makespan_ms"]) == (100, 100, 1004.25)
    assert "latency_p50_us" not in columns and columns["duration_s"] == 1.00425


def test_socket_errors_of_wrk_are_errors() -> None:
    text = (SAMPLES / "wrk.txt").read_text() + "  Socket errors: connect 1, read 2, write 3, timeout 4\n"
    assert TOOLS["wrk"].read(text)["errors"] == 10


def test_a_mean_of_nothing_is_no_mean() -> None:
    text = (SAMPLES / "wrk2.txt").read_text().replace("    Latency     6.46ms", "    Latency     -nanus")
    assert TOOLS["wrk2"].read(text)["latency_mean_us"] is None


@pytest.mark.parametrize(
    ("sample", "spoil", "says"),
    [
        ("wrk", lambda t: t.replace("Requests/sec", "Rate"), "the line Requests/sec"),
        ("wrk", lambda t: t.replace("403.50us", "403.50parsecs"), "a duration in '403.50parsecs'"),
        ("h2load", lambda t: t.replace("time for request", "request     "), "the line `time for request:`"),
        ("hey", lambda t: t.replace("17126.2743", "+Inf"), "a number in '+Inf'"),
        ("ab", lambda t: t.replace("  99%", "  98%"), "the line 99% of its percentages"),
    ],
)
def test_output_of_another_version_is_not_guessed_at(
    sample: str, spoil: Callable[[str], str], says: str
) -> None:
    with pytest.raises(NotUnderstood) as caught:
        TOOLS[sample].read(spoil((SAMPLES / f"{sample}.txt").read_text()))
    assert str(caught.value) == says


@pytest.mark.parametrize("name", TOOLS)
@pytest.mark.parametrize("text", ["", "all went well\n", "Requests/sec: 1\n"])
def test_nothing_is_made_of_nothing(name: str, text: str) -> None:
    with pytest.raises(NotUnderstood):
        TOOLS[name].read(text)


@pytest.mark.parametrize(
    ("name", "rate_rps", "command"),
    [
        ("wrk", None, "x -t 1 -c 10 -d 2s --latency URL"),
        ("wrk2", 1000, "x -t 1 -c 10 -d 2s -R 1000 --latency URL"),
        ("h2load", None, "x --h1 -t 1 -c 10 -D 2 URL"),
        ("hey", None, "x -cpus 1 -c 10 -z 2s URL"),
        ("hey", 1000, "x -cpus 1 -c 10 -z 2s -q 100 URL"),
        ("ab", None, "x -q -k -c 10 -t 2 -n 2000000 URL"),
    ],
)
def test_each_is_asked_for_the_same_load_in_its_own_words(
    name: str, rate_rps: int | None, command: str
) -> None:
    short = RequestClass("short", 1, "/short", False)
    workload = Workload("w", None, 10, "kept", (short,), rate_rps=rate_rps, duration_ms=2000)
    asked = Asked("x", "HOST:1", Run(Variant("v", "s", (), None), workload, 1, name))
    assert takes_part(name, workload)
    assert " ".join(TOOLS[name].command(asked)) == command.replace("URL", "http://HOST:1/short")


def test_a_loop_that_a_tool_does_not_have_is_not_asked_of_it() -> None:
    closed = Workload("w", None, 10, "kept", (RequestClass("short", 1, "/short", False),), duration_ms=2000)
    assert [name for name in TOOLS if takes_part(name, replace(closed, rate_rps=1000))] == ["wrk2", "hey"]
    assert not takes_part("wrk2", closed)


def test_a_fixed_count_is_asked_of_the_floor_alone() -> None:
    short = RequestClass("short", 1, "/short", False)
    count = Workload("w", 10, 10, "fresh", (short,))
    assert [name for name in TOOLS if takes_part(name, count)] == ["bare_loop"]
    asked = Asked("x", "HOST:1", Run(Variant("v", "s", (), None), count, 1, "bare_loop"))
    assert TOOLS["bare_loop"].command(asked) == "x HOST 1 /short 10 fresh".split()


def read_output(text: str, prints: dict[str, str], may_print: Sequence[str], unit: str) -> dict[str, Any]:
    return Tool("x", (), "", "", prints, may_print, unit=unit).read(text)


def latency(text: str, unit: str = "") -> float | None:
    found = read_output(f"p50 {text}", {"the median": r"^p50 (?P<latency_p50>\S+)$"}, (), unit)
    return found["latency_p50_us"]


def test_a_duration_has_the_unit_that_is_written_or_else_the_tools_own() -> None:
    written = {"1.5us": 1.5, "1.5ms": 1_500, "1.5s": 1.5e6, "1.5m": 90e6, "2h": 7_200e6, "0us": 0}
    assert {text: latency(text) for text in written} == written
    assert {unit: latency("2.5", unit) for unit in ("us", "ms", "s")} == {"us": 2.5, "ms": 2_500, "s": 2.5e6}
    assert latency("3ms", "s") == 3_000 and latency("-nanus") is None and latency("NaN", "s") is None
    for wrong in ("2.5", "-1us", "1.us", "1us2", "inf"):
        with pytest.raises(NotUnderstood, match=f"a duration in '{wrong}'"):
            latency(wrong)


def test_counts_add_up_over_all_matches_and_what_may_be_printed_need_not_be() -> None:
    prints = {"the requests": r"sent (?P<requests>\d+)", "the time": r"took (?P<duration_s>\S+)"}
    may_print = [r"lost (?P<errors>\d+)", r"refused (?P<http_error>\d+)", r"rate (?P<throughput_rps>\S+)"]
    text = "sent 40\nsent 2\ntook 500ms\nlost 3\nlost 4\nrefused 2\nrate 84.5\n"
    assert read_output(text, prints, may_print, "s") == {
        "requests": 42,
        "errors": 7,
        "http_error": 2,
        "duration_s": 0.5,
        "throughput_rps": 84.5,
        "ok": 35,
    }
    calm = read_output("sent 2\ntook 3\n", prints, may_print, "ms")  # the time of a run is in seconds
    assert (calm["ok"], calm["errors"], calm["http_error"]) == (2, 0, 0) and calm["duration_s"] == 3
    assert "throughput_rps" not in calm
    assert read_output("sent 2\ntook 3\nlost 9", prints, may_print, "")["ok"] == 0
    with pytest.raises(NotUnderstood, match="the time"):
        read_output("sent 2\n", prints, may_print, "s")


def test_a_makespan_makes_the_duration_and_the_rate() -> None:
    prints = {"the requests": r"sent (?P<requests>\d+)", "the makespan": r"in (?P<makespan_ms>\S+)"}
    figures = read_output("sent 100\nin 250", prints, (), "")
    assert (figures["makespan_ms"], figures["duration_s"], figures["throughput_rps"]) == (250, 0.25, 400)
    assert "throughput_rps" not in read_output("sent 0\nin 0", prints, (), "")
    for wrong in ("fast", "nan", "-inf"):
        with pytest.raises(NotUnderstood, match=f"a number in '{wrong}'"):
            read_output(f"sent 1\nin {wrong}", prints, (), "")
