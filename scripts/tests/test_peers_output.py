"""What the load generators print is read as they print it, and nothing else is."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from fake_peer import summary
from peers.output import Asked, Figures, NotUnderstood, read_loadgen
from peers.tools import TOOLS

SAMPLES = Path(__file__).resolve().parent / "peer_output"


def read(sample: str) -> Figures:
    return TOOLS[sample.partition("-")[0]].read((SAMPLES / f"{sample}.txt").read_text())


@pytest.mark.parametrize(
    ("sample", "figures"),
    [
        ("wrk", Figures(107470, 0, 1.1, 97500.83, 403.5, 860)),
        ("wrk-404", Figures(85198, 85198, 1.1, 77597.69, 622.69, 1420)),
        ("wrk2", Figures(60018, 0, 30, 2000.28, 6460, 11180)),
        ("h2load", Figures(46149, 0, 1.01, 46149, 1390, None)),
        ("h2load-404", Figures(5000, 5000, 0.11652, 42910.72, 1400, None)),
        ("h2load-refused", Figures(0, 0, 1.01, 0, 0, None)),
        ("hey", Figures(17241, 0, 1.0067, 17126.2743, 3600, 11600)),
        ("hey-404", Figures(1000, 1000, 1.0048, 995.1775, 400, 1600)),
        ("hey-refused", Figures(0, 13551, 1.0038, 13499.511, None, None)),
        ("ab", Figures(50635, 0, 1.001, 50569.71, 1266, 2000)),
        ("ab-404", Figures(1000, 1000, 0.028, 36250.27, 1766, 5000)),
    ],
)
def test_real_output_is_understood(sample: str, figures: Figures) -> None:
    assert vars(read(sample)) == pytest.approx(vars(figures))


def test_loadgen_is_read_from_its_json_whatever_it_warns_of_beside_it() -> None:
    found = read_loadgen(f"loadgen: warning: something\n{summary()}\n")
    assert (found.requests, found.errors, found.fault) == (2000, 0, None)
    assert found.latency_minus_service_mean_us == pytest.approx(10.5)


def test_a_loadgen_that_does_not_tell_the_service_time_says_nothing_of_what_was_added() -> None:
    older = json.loads(summary())
    del older["service_mean_us"]
    assert read_loadgen(json.dumps(older)).latency_minus_service_mean_us is None


def test_a_run_that_loadgen_calls_invalid_does_not_count() -> None:
    assert read_loadgen(summary("late")).fault == "loadgen calls the run invalid: sent late"


def test_requests_that_did_not_end_ok_are_errors() -> None:
    assert read_loadgen(json.dumps({**json.loads(summary()), "ok": 1990})).errors == 10


def test_socket_errors_of_wrk_are_errors() -> None:
    text = (SAMPLES / "wrk.txt").read_text() + "  Socket errors: connect 1, read 2, write 3, timeout 4\n"
    assert TOOLS["wrk"].read(text).errors == 10


def test_a_mean_of_nothing_is_no_mean() -> None:
    text = (SAMPLES / "wrk2.txt").read_text().replace("    Latency     6.46ms", "    Latency     -nanus")
    assert TOOLS["wrk2"].read(text).latency_mean_us is None


@pytest.mark.parametrize(
    ("sample", "spoil", "says"),
    [
        ("wrk", lambda t: t.replace("Requests/sec", "Rate"), "the line Requests/sec"),
        ("wrk", lambda t: t.replace("403.50us", "403.50parsecs"), "a duration in '403.50parsecs'"),
        ("h2load", lambda t: t.replace("time for request", "request     "), "the line `time for request:`"),
        ("hey", lambda t: t.replace("17126.2743", "+Inf"), "a number in '+Inf'"),
        ("ab", lambda t: t.replace("  99%", "  98%"), "the line 99% of its percentages"),
        ("loadgen", lambda t: "", "one line of JSON"),
        ("loadgen", lambda t: "{}", "the key 'ok' in its JSON"),
    ],
)
def test_output_of_another_version_is_not_guessed_at(
    sample: str, spoil: Callable[[str], str], says: str
) -> None:
    text = "" if sample == "loadgen" else (SAMPLES / f"{sample}.txt").read_text()
    with pytest.raises(NotUnderstood) as caught:
        TOOLS[sample].read(spoil(text))
    assert str(caught.value) == says


@pytest.mark.parametrize("name", TOOLS)
@pytest.mark.parametrize("text", ["", "all went well\n", "Requests/sec: 1\n"])
def test_nothing_is_made_of_nothing(name: str, text: str) -> None:
    with pytest.raises(NotUnderstood):
        TOOLS[name].read(text)


@pytest.mark.parametrize(
    ("name", "rate_rps", "command"),
    [
        ("loadgen", None, "x URL -t 1 -c 10 -d 2s --json"),
        ("loadgen", 1000, "x URL -t 1 -c 10 -d 2s -R 1000 --json"),
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
    assert TOOLS[name].takes_part(rate_rps)
    assert " ".join(TOOLS[name].command(Asked("x", "URL", 10, 2, rate_rps))) == command


def test_a_loop_that_a_tool_does_not_have_is_not_asked_of_it() -> None:
    assert [name for name, tool in TOOLS.items() if tool.takes_part(1000)] == ["loadgen", "wrk2", "hey"]
    assert not TOOLS["wrk2"].takes_part(None)


def test_a_statistic_that_loadgen_knows_a_lower_bound_of_is_not_a_figure() -> None:
    bounds = {"latency_mean_us": "at least 700.5", "latency_p99_us": "at least 81234.5"}
    found = read_loadgen(json.dumps({**json.loads(summary()), **bounds}))
    assert found.latency_mean_us is found.latency_p99_us is found.latency_minus_service_mean_us is None
