"""The one rule for which run counts: one that the generator called valid, whose server and generator ended as
they should, and of which every request was answered ok. Others may be shown, marked, and rank nothing."""

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
    if run.verdict != "valid":
        return FAILED if run.verdict == FAILED else "invalid"
    return None if did_its_work(run) else "with errors"


def done_by(run: Row) -> str:
    """By what a reply was there: `kernel`, by its stamp, or `read`, when the client had read it, some 30 us
    later; `both`. Latencies of two kinds are not held against each other."""
    return getattr(run, "done_by", None) or "read"


def is_rate_of_the_generator(run: Row) -> bool:
    """A closed loop whose generator had no more core: its rate says nothing of the server."""
    return bool(run.client_bound)
