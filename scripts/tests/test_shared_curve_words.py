"""What is said of curves whose server is shared: with CPU-bound requests, or with clients of another kind."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from made_rows import row
from metrics.digest import Digest
from test_curve_words import Rows, curve, digest
from words.curve_words import sentences

# --- A share of CPU-bound requests ---


def test_prompt_requests_are_told_at_the_largest_share_beside_the_least():
    lost = row("v", verdict="invalid")
    lines = {
        "busy": {0: digest("busy", row("v"), short=2, cpu=9), 20: digest("busy", row("v"), short=90),
                 40: digest("busy", row("v"), short=50, cpu=1)},
        "busy_offload": {at: digest("busy-offload", row("v"), short=ms) for at, ms in ((0, 3), (40, 4))},
        "unsound": {0: digest("unsound", row("v"), short=3), 40: digest("unsound", lost, short=4)},
        "untold": {0: digest("untold", row("v")), 40: digest("untold", row("v"), short=4)},
        "half": {0: digest("half", row("v"), short=3)},
    }  # fmt: skip
    entry = {"classes": [{"name": "short"}, {"name": "cpu"}]}
    assert sentences(curve("share", entry, **lines)) == [
        "**c**: with CPU-bound requests on 40 % of a core (with 0 %), 99 % of the short ones are answered "
        "within: `busy-offload` 4.00 ms (3.00 ms) and `busy` 50.0 ms (2.00 ms).",
        "**What offloading does** to c, there: `busy` 50.0 ms without and 4.00 ms with it.",
    ]  # fmt: skip
    assert sentences(curve("share", entry, half=lines["half"], unsound=lines["unsound"])) == []


# --- Company ---


def beside(p99_ms: float = 6.0, **others: Any) -> SimpleNamespace:
    return row("v", p99_ms=p99_ms, **others)


def company(kind: str, **lines: dict[int, Rows | Digest]) -> list[str]:
    return sentences(curve("companions", {"company": kind}, **lines))


def test_a_server_suffers_from_where_p99_doubles_in_all_runs_or_requests_fail():
    alone = [beside(5), beside(6)]
    limits = company(
        "reads",
        doubles={0: alone, 8: [beside(12), beside(99)], 64: beside(40)},
        not_quite={0: alone, 8: [beside(11.9), beside(99)]},
        fails={0: alone, 4: beside(ok=99, reset=1), 8: beside()},
        unsound={0: alone, 4: beside(90, verdict="invalid"), 8: beside(20)},
        suffers_alone={0: [*alone, beside(ok=99, reset=1)], 2: beside(7)},
        never_alone={8: beside(90)},
    )[-1]
    assert limits == (
        "**c**, where p99 of the others at least doubles, or requests fail: `doubles` with 8; `not-quite` "
        "nowhere up to 8; `fails` with 4; `unsound` with 8; `suffers-alone` nowhere up to 2."
    )  # fmt: skip


def test_a_server_is_told_with_the_most_company_of_which_a_run_counts():
    idle = {"idle_all_kib_each": 40.0, "idle_user_kib_each": 14.0}
    texts = company(
        "idle",
        told={0: beside(), 8: beside(7), 64: beside(8, **idle, companions=10, idle_cpu_us_per_s=40.0)},
        unsound={0: beside(), 8: beside(7, **idle), 64: beside(9, verdict="invalid")},
        never_alone={8: beside(9, idle_all_kib_each=40.0)},
        only_alone={0: beside(), 8: beside(9, verdict="invalid")},
        lost={8: beside(9, verdict="invalid")},
    )
    assert texts[:-1] == [
        "**c**: `told` with 64 idle connections: p99 of the others 8.00 ms (6.00 ms with none); each takes "
        "40.0 KiB, 14.0 KiB of it the server's own, and 4.00 µs of CPU in a second.",
        "**c**: `unsound` with 8 idle connections: p99 of the others 7.00 ms (6.00 ms with none); each "
        "takes 40.0 KiB, 14.0 KiB of it the server's own.",
        "**c**: `never-alone` with 8 idle connections: p99 of the others 9.00 ms.",
    ]
    assert texts[-1].endswith(
        ": `told` nowhere up to 64; `unsound` nowhere up to 64; `only-alone` nowhere up to 8."
    )
    assert company("idle", lost={8: beside(9, verdict="invalid")}) == []


@pytest.mark.parametrize(
    ("held", "let_go_ms", "text"),
    [
        (2, 900, "it still held 2 abandoned waits, the last for 900 ms"),
        (1, None, "it still held 1 abandoned wait, some for more than 15 s"),
        (0, 900, "it still held 0 abandoned waits"),
        (0.4, None, "it still held 0 abandoned waits"),
    ],
)
def test_waits_that_were_abandoned_are_counted_with_how_long_they_are_held(held, let_go_ms, text):
    [told] = company("leaves", a={8: beside(abandoned_held=held, abandoned_let_go_ms=let_go_ms)})
    assert told == f"**c**: `a` with 8 clients that leave: p99 of the others 6.00 ms; {text}."
