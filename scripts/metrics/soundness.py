"""Which run counts: the one rule, for whoever shows, ranks or compares figures of runs.

A run counts when the generator called it valid, its server and its generator ended as they should, and every
request it was given was answered ok. What does not count may be shown, marked; nothing is ranked by it.
"""

from collections.abc import Iterable

from recordings.recording import FAILED, Row

MARK = "†"  # beside a figure of runs of which none counts


def counts(run: Row) -> bool:
    return run.verdict == "valid" and did_its_work(run)


def did_its_work(run: Row) -> bool:
    """Whoever fails requests is done sooner, and has beaten nothing: a refusal is cheap."""
    return run.ok == run.requests


def counted(runs: Iterable[Row]) -> list[Row]:
    return [run for run in runs if counts(run)]


def why_not(run: Row) -> str | None:
    """In a word; None of a run that counts."""
    if run.verdict == FAILED:
        return FAILED
    if run.verdict != "valid":
        return "invalid"
    return None if did_its_work(run) else "with errors"


def done_by(run: Row) -> str:
    """By what a reply was there: `kernel`, by its stamp, or `read`, when the client had read it, some 30 us
    later; `both`. Latencies of two kinds are not held against each other."""
    return getattr(run, "done_by", None) or "read"


def is_rate_of_the_generator(run: Row) -> bool:
    """A closed loop whose generator had no more core: its rate says nothing of the server."""
    return bool(run.client_bound)
