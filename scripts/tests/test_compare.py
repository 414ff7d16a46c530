"""Two recordings compared: what differs, what must not be compared, and what is missing on one side."""

from __future__ import annotations

import csv
import json
import math
import random
import re
from dataclasses import replace
from pathlib import Path

import pytest

from cli.door import exit_code
from cli.errors import CommandFailed
from pages import compare
import synthetic
from stats.comparison import Comparison, corrected, of_ratios

MODELS = {name: synthetic.MODELS[name] for name in ("thread-per-request", "async")}
WORKLOADS = {"mixed": {"long": 4, "short": 16}}


def recording(folder: Path, repetitions: int = 8, slower: float = 1.0, **changes) -> Path:
    models = {name: replace(model, start_us=model.start_us * slower) for name, model in MODELS.items()}
    models = {name: replace(model, cpu_us=model.cpu_us * slower) for name, model in models.items()}
    spec = synthetic.Spec(models=models, workloads=WORKLOADS, repetitions=repetitions, **changes)
    return synthetic.build(folder, spec)


def edit(folder: Path, **changes) -> Path:
    """Changes run.json; a nested key is written machine__cpu."""
    about = json.loads((folder / "run.json").read_text())
    for key, value in changes.items():
        part, _, name = key.partition("__")
        if name:
            about[part][name] = value
        else:
            about[part] = value
    (folder / "run.json").write_text(json.dumps(about))
    return folder


def drop_rows(folder: Path, keep) -> None:
    with (folder / "summary.csv").open(newline="") as file:
        header, *rows = csv.reader(file)
    with (folder / "summary.csv").open("w", newline="") as file:
        csv.writer(file).writerows([header, *(row for row in rows if keep(dict(zip(header, row))))])


def run(capsys, *arguments) -> tuple[int, str, str]:
    try:
        code = compare.main([str(argument) for argument in arguments])
    except CommandFailed as error:
        code = exit_code("compare", error)
    return code, *capsys.readouterr()


def found(output: str, variant: str, metric: str) -> str:
    [line] = [line for line in output.splitlines() if variant in line and f" {metric} " in line]
    return line


def test_what_differs_is_said_to_with_its_ratio(tmp_path, capsys):
    a, b = recording(tmp_path / "a"), recording(tmp_path / "b", slower=1.5, seed=9)
    code, output, _ = run(capsys, a, b)
    assert code == 0  # never a gate
    assert "differs" in found(output, "async", "CPU per request") and "1.5" in found(
        output, "async", "CPU per request"
    )
    assert "none" in found(output, "async", "errors")
    assert "drift apart by tens of percent" in output


def test_the_same_is_not_shown_to_differ(tmp_path, capsys):
    a, b = recording(tmp_path / "a"), recording(tmp_path / "b", seed=8)
    assert "not shown to differ" in found(run(capsys, a, b)[1], "thread-per-request", "CPU per request")


def test_too_few_repetitions_are_said_to_show_nothing(tmp_path, capsys):
    a, b = (recording(tmp_path / name, repetitions=4, slower=n) for n, name in enumerate("ab", start=1))
    output = run(capsys, a, b)[1]
    assert "too few repetitions" in found(output, "async", "CPU per request")
    assert "differs" not in output
    assert "Below 6 repetitions" in output


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"machine__cpu": "Another"}, "machine, cpu: A Made-up Processor @ 2.40GHz and Another"),
        ({"machine__kernel": "6.2.0"}, "machine, kernel: 6.1.0 and 6.2.0"),
        ({"machine__congestion_control": "bbr"}, "machine, congestion_control: cubic and bbr"),
        ({"build__flags": "-O3"}, "build, flags: -O2 and -O3"),
        ({"wait_ms": 5000}, "suite, wait_ms: 50.0 and 5000"),
        ({"workloads": []}, "suite, workloads: not the same"),
    ],
)
def test_what_must_not_be_compared_is_refused_with_the_difference_named(tmp_path, capsys, changes, told):
    a, b = recording(tmp_path / "a"), edit(recording(tmp_path / "b"), **changes)
    code, output, errors = run(capsys, a, b)
    assert (code, output) == (2, "")
    assert f"compare: {told}" in errors and "--force" in errors
    code, output, _ = run(capsys, a, b, "--force")
    assert code == 0 and f"forced although different: {told}" in output


def test_a_variant_that_one_side_lacks_fails_the_comparison(tmp_path, capsys):
    a, b = recording(tmp_path / "a"), recording(tmp_path / "b")
    drop_rows(b, lambda row: row["variant"] != "async")
    code, output, errors = run(capsys, a, b)
    assert code == 2
    assert f"{b}: async, mixed is missing" in errors
    assert "thread-per-request" in output


def test_a_run_that_did_not_finish_fails_the_comparison(tmp_path, capsys):
    a, b = recording(tmp_path / "a"), recording(tmp_path / "b")
    drop_rows(b, lambda row: (row["variant"], row["repetition"]) != ("async", "3"))
    code, _, errors = run(capsys, a, b)
    assert (code, f"{b}: async, mixed, repetition 3 is missing" in errors) == (2, True)


def test_a_metric_that_one_side_lacks_fails_the_comparison(tmp_path, capsys):
    a, b = recording(tmp_path / "a"), recording(tmp_path / "b")
    with (b / "summary.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    with (b / "summary.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(row | {"server_rss_peak_kib": ""} for row in rows)
    code, _, errors = run(capsys, a, b)
    assert (code, f"{b}: memory of async, mixed is missing" in errors) == (2, True)


def test_a_summary_alone_is_compared_and_said_to_be_unchecked(tmp_path, capsys):
    a, b = recording(tmp_path / "a"), recording(tmp_path / "b")
    alone = b / "summary.csv"
    (b / "run.json").unlink()
    code, output, _ = run(capsys, a, alone)
    assert code == 0 and f"{alone}: no run.json beside it" in output


def test_two_variants_of_one_recording_are_paired(tmp_path, capsys):
    code, output, _ = run(capsys, recording(tmp_path / "a"), "--variants", "thread-per-request", "async")
    line = found(output, "mixed", "CPU per request")
    assert re.search("metric +thread-per-request +async +ratio", output), "the headings name them"
    assert code == 0 and "differs" in line and "0.3" in line
    assert "Paired by repetition" in output


def test_pairs_cancel_what_slowed_both(tmp_path, capsys):
    a = recording(tmp_path / "a")
    with (a / "summary.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    drift = {row["repetition"]: 1 + int(row["repetition"]) for row in rows}
    with (a / "summary.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        for row in rows:
            cost = (20 if row["variant"] == "async" else 22) * drift[row["repetition"]]
            writer.writerow(row | {"server_cpu_us_per_request": cost})
    line = found(run(capsys, a, "--variants", "async", "thread-per-request")[1], "mixed", "CPU per request")
    assert "1.10×" in line and "differs" in line and "1.10 – 1.10×" in line


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--variants", "async", "asink"], "--variants: 'asink' is not in"),
        (["{a}", "--variants", "async", "thread-per-request"], "--variants: compares inside one recording"),
        ([], "name two recordings, or one and two of its --variants"),
        (["nowhere"], "nowhere: not found"),
    ],
)
def test_wrong_flags_are_a_line(tmp_path, capsys, arguments, told):
    a = recording(tmp_path / "a", repetitions=1)
    code, _, errors = run(capsys, a, *(word.format(a=a) for word in arguments))
    assert (code, told in errors) == (2, True)


def test_google_benchmarks_format_has_a_benchmark_for_each_run(tmp_path, capsys):
    a, file = recording(tmp_path / "a", repetitions=2), tmp_path / "out/gb.json"
    assert run(capsys, a, "--google-benchmark", file)[0] == 0
    written = json.loads(file.read_text())
    assert written["context"]["num_cpus"] == 2 and written["context"]["library_build_type"] == "release"
    assert {b["name"] for b in written["benchmarks"]} == {"mixed/async", "mixed/thread-per-request"}
    for one in written["benchmarks"]:
        # What every reader of the format relies on.
        assert one["run_type"] == "iteration" and one["time_unit"] == "ms" and one["run_name"] == one["name"]
        assert one["repetitions"] == 2 and one["repetition_index"] in (0, 1)
        assert one["real_time"] > 0 and one["cpu_time"] > 0 and one["iterations"] == 1
        assert one["items_per_second"] == pytest.approx(20 / one["real_time"] * 1000, rel=0.01)


def row(first: list[float], second: list[float], **changes) -> Comparison:
    """Two samples of logarithms, compared."""
    sides = [math.exp(v) for v in first], [math.exp(v) for v in second]
    return of_ratios(*sides, is_paired=False)._replace(**changes)


def noise(draw: random.Random, sd: float, mean: float = 0.0) -> list[float]:
    return [draw.gauss(mean, sd) for _ in range(10)]


def test_of_two_recordings_of_one_build_nothing_is_said_to_differ_but_one_time_in_twenty():
    draw = random.Random(5)
    wrong = 0
    for _ in range(300):
        rows = corrected([row(noise(draw, 0.1), noise(draw, 0.1)) for _ in range(14)])
        wrong += any(r.differs for r in rows)
    assert wrong / 300 <= 0.07  # 14 rows without a correction: half of them


def test_the_three_sentences():
    draw = random.Random(6)
    rows = [
        row(noise(draw, 0.01), noise(draw, 0.01, mean=0.4), ratio=1.5),
        row(noise(draw, 0.01), noise(draw, 0.01)),
        row(noise(draw, 0.3), noise(draw, 0.3)),
    ]
    differs, less, unknown = (r.sentence for r in corrected(rows))
    assert re.fullmatch(r"differs by 1\.50× \[1\.4\d, 1\.5\d×\]", differs)
    assert less == "shown to differ by less than 5 %"
    assert unknown == "not shown to differ"
    assert corrected(rows, margin=0.001)[1].sentence == "not shown to differ"


def test_an_interval_agrees_with_its_sentence():
    draw = random.Random(7)
    for _ in range(50):
        for r in corrected([row(noise(draw, 0.1), noise(draw, 0.1, i / 20)) for i in range(6)]):
            assert r.differs == (not r.interval.low <= 1 <= r.interval.high)


def test_errors_are_tested_run_by_run(tmp_path, capsys):
    a, b = recording(tmp_path / "a"), recording(tmp_path / "b", failures={("async", "mixed", 1): 3})
    assert "not shown to differ" in found(run(capsys, a, b)[1], "async", "errors")
    every = {("async", "mixed", n): 3 for n in range(1, 9)}
    c = recording(tmp_path / "c", failures=every)
    assert "differs" in found(run(capsys, a, c)[1], "async", "errors")
    code, output, _ = run(capsys, a, a)
    assert code == 0 and "any difference is of the hour" in output
