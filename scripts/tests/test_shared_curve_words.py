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
        "**c**: with CPU-bound requests on 40 % of a core (with 0 %: 2.00 to 3.00 ms), 99 % of the short "
        "ones are answered within: `busy-offload` 4.00 ms, `untold` 4.00 ms and `busy` 50.0 ms.",
    ]  # fmt: skip
    assert sentences(curve("share", entry, half=lines["half"], unsound=lines["unsound"])) == []


# --- Company ---


def beside(p99_ms: float = 6.0, **others: Any) -> SimpleNamespace:
    return row("v", p99_ms=p99_ms, **others)


def company(kind: str, **lines: dict[int, Rows | Digest]) -> list[str]:
    return sentences(curve("companions", {"company": kind}, **lines))


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
    idle_text = "memory per idle connection 40.0 KiB"
    own = f"{idle_text}; of it the server's own 14.0 KiB"
    assert texts == [
        "**c**: `told` with 64 idle connections: p99 of the others 8.00 ms (6.00 ms with none); "
        f"{own}; CPU per idle second 4.00 µs.",
        f"**c**: `unsound` with 8 idle connections: p99 of the others 7.00 ms (6.00 ms with none); {own}.",
        f"**c**: `never-alone` with 8 idle connections: p99 of the others 9.00 ms; {idle_text}.",
    ]
    assert company("idle", lost={8: beside(9, verdict="invalid")}) == []


@pytest.mark.parametrize(
    ("held", "let_go_ms", "text"),
    [
        (2, 900, "abandoned, still held 2; let go after 900 ms"),
        (1, None, "abandoned, still held 1; some for more than 15 s"),
        (0, 900, "abandoned, still held 0; let go after 900 ms"),
        (0.4, None, "abandoned, still held 0"),
    ],
)
def test_waits_that_were_abandoned_are_counted_with_how_long_they_are_held(held, let_go_ms, text):
    [told] = company("leaves", a={8: beside(abandoned_held=held, abandoned_let_go_ms=let_go_ms)})
    assert told == f"**c**: `a` with 8 clients that leave: p99 of the others 6.00 ms; {text}."
