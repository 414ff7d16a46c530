"""What a recording was made with, for the last sections of the page: commands, the runs that do not
count."""

import shlex
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from metrics.soundness import why_not
from recordings.recording import Recording, Row, RunKey, key_of
from text.table import Column, Table, make_table
from text.units import NONE


def commands_again(run: dict[str, Any]) -> list[str]:
    """What to type to get this recording again, on this machine or another."""
    commit, words = (run["git"] or {}).get("commit"), list(map(str, run["command"] or ()))
    if words and run["seed"] is not None and not any(word.startswith("--seed") for word in words):
        words += ["--seed", str(run["seed"])]
    return list(filter(None, [f"git checkout {commit}" if commit else "", shlex.join(words)]))


def command_text(words: Iterable[Any]) -> str:
    return shlex.join(map(str, words))


def pinned_text(run: dict[str, Any]) -> str:
    if not run["pinned"]:
        return "no"
    return "to two threads of one core" if run["one_core"] else "to cores of their own"


def time_text(text: str | None) -> str:
    try:
        return datetime.fromisoformat(text).strftime("%Y-%m-%d %H:%M UTC") if text else ""
    except ValueError:
        return text


def value_text(value: Any) -> str:
    """Of the machine or the build, whatever the bench wrote."""
    if isinstance(value, list):
        return "; ".join(map(str, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return NONE if value is None else str(value)


def uncounted_table(recording: Recording) -> Table:
    """The runs that do not count, by workload and subject; each with its figures is in summary.csv."""
    rows, ran = {key_of(row): row for row in recording.summary}, defaultdict(list)
    for entry in recording.run["runs"] or []:
        row = rows.get(RunKey(*map(entry.get, RunKey._fields)))
        whose = entry.get("workload"), entry.get(recording.varies)
        ran[whose].append((entry.get("repetition"), _faults(entry, row)))

    def kinds(runs: list[tuple[int, list[str]]]) -> str:
        counts = Counter(fault for _, faults in runs for fault in faults)
        return "; ".join(f"{kind} ({count})" if count > 1 else kind for kind, count in counts.most_common())

    columns = [
        Column("workload", lambda each: each[0][0], is_words=True),
        Column(recording.varies, lambda each: each[0][1], is_words=True),
        Column("runs", lambda each: f"{sum(bool(faults) for _, faults in each[1])} of {len(each[1])}"),
        Column("repetitions", lambda each: ", ".join(str(n) for n, faults in each[1] if faults)),
        Column("why", lambda each: kinds(each[1]), is_words=True),
    ]
    some = [each for each in ran.items() if any(faults for _, faults in each[1])]
    return make_table("runs that do not count", columns, some)


def _faults(entry: dict[str, Any], row: Row | None) -> list[str]:
    """The kinds of what is wrong with a run, by the worst that is known of it; none of one that counts."""
    status = entry.get("status") or "of unknown end"
    if status in ("ok", "valid") or row is not None and row.verdict != "valid":
        status = "without figures" if row is None else why_not(row)
    if status is None:
        return []
    why = entry.get("note") or (row.reasons if row is not None else "") or ""
    return [f"{status}: {reason.partition(':')[0]}" for reason in why.split("; ") if reason] or [status]
