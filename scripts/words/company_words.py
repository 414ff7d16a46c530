"""What is said of a curve whose points differ by who is there beside the load generator: idle connections,
clients that leave in the middle of a wait, slow readers and senders. What the others, who are measured, wait
at its far end beside what they wait with nobody there; and what the server holds."""

from collections.abc import Iterator

from metrics.curves import Curve, CurveLine, Point
from metrics.digest import Digest
from text.units import count_text, duration_text, memory_text, plural
from words.phrases import at_least

SUFFERS = 2.0  # times the p99 with nobody there: less is not spoken of as a limit


def beside_company(curve: Curve) -> Iterator[str]:
    """A sentence for each subject, and one of where their p99 has doubled."""
    for line in curve.lines:
        if text := _line_text(curve, line):
            yield f"**{curve.name}**: `{line.subject}` {text}."
    limits = [phrase for line in curve.lines if (phrase := _limit(line))]
    if limits:
        where = "where p99 of the others at least doubles, or requests fail"
        yield f"**{curve.name}**, {where}: {'; '.join(limits)}."


def _line_text(curve: Curve, line: CurveLine) -> str:
    """Of the last point with a run that counts."""
    telling = [point for point in line.points if point.digest.counts and point.digest["p99"]]
    if not telling or not telling[-1].at:
        return ""
    at, digest = telling[-1]
    alone = line.at(0)
    text = f"with {count_text(at)} {curve.axis_text}: p99 of the others {at_least(digest['p99'])}"
    if alone and alone.counts and alone["p99"]:
        text += f" ({at_least(alone['p99'])} with none)"
    return "; ".join(filter(None, (text, _idle_text(digest), _held_text(digest))))


def _idle_text(digest: Digest) -> str:
    memory, user = digest["idle_memory"], digest["idle_user"]
    if not memory or not user:
        return ""
    text = f"each takes {memory_text(memory.median)}, {memory_text(user.median)} of it the server's own"
    if cpu := digest["idle_cpu"]:
        text += f", and {duration_text(cpu.median)} of CPU in a second"
    return text


def _held_text(digest: Digest) -> str:
    held, let_go = digest["held"], digest["let_go"]
    if held is None:
        return ""
    text = f"it still held {plural(round(held.median), 'abandoned wait')}"
    if round(held.median) == 0:
        return text
    return text + (
        f", the last for {duration_text(let_go.median)}" if let_go else ", some for more than 15 s"
    )


def _limit(line: CurveLine) -> str:
    """The first place at which it does, if there is a figure with nobody there."""
    alone = line.at(0)
    if alone is None or not alone.counts or not alone["p99"]:
        return ""
    first = next((point for point in line.points if point.at and _suffers(point, alone)), None)
    if first is None:
        return f"`{line.subject}` nowhere up to {count_text(line.points[-1].at)}"
    return f"`{line.subject}` with {count_text(first.at)}"


def _suffers(point: Point, alone: Digest) -> bool:
    if point.digest.failures:
        return True
    p99 = point.digest["p99"] if point.digest.counts else None
    return p99 is not None and p99.low >= SUFFERS * alone["p99"].high
