"""What requests that compute do to those that do not, at a rising share of a core; what offloading does."""

from collections.abc import Iterator

from metrics.curves import Curve, CurveLine
from metrics.digest import Spread
from text.units import joined
from words.phrases import at_least

OFFLOAD = "-offload"  # at the end of the name of who is the same but for that


def sentences(curve: Curve) -> Iterator[str]:
    """Of a curve over that share: at its end, beside what it was at its beginning."""
    prompt, first, last = prompt_class(curve), curve.places[0], curve.places[-1]
    ends = [
        (line.subject, begin, end)
        for line in curve.lines
        if (begin := prompt_p99(line, first, prompt)) and (end := prompt_p99(line, last, prompt))
    ]
    if not ends:
        return
    ends.sort(key=lambda end: end[2].median)
    texts = joined(f"`{subject}` {at_least(end)} ({at_least(begin)})" for subject, begin, end in ends)
    yield (
        f"**{curve.name}**: with CPU-bound requests on {last} % of a core (with {first} %), 99 % of the "
        f"{prompt} ones are answered within: {texts}."
    )
    by_name = {subject: end for subject, _, end in ends}
    pairs = [
        (name, end, by_name[name + OFFLOAD]) for name, end in by_name.items() if name + OFFLOAD in by_name
    ]
    if texts := [f"`{name}` {at_least(end)} without and {at_least(off)} with it" for name, end, off in pairs]:
        yield f"**What offloading does** to {curve.name}, there: {'; '.join(texts)}."


def prompt_class(curve: Curve) -> str:
    """The one that does not compute, which is declared first."""
    return curve.entry["classes"][0]["name"]


def prompt_p99(line: CurveLine, place: int, prompt: str) -> Spread | None:
    digest = line.at(place)
    return digest.p99_of(prompt) if digest and digest.counts else None
