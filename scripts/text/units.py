"""How numbers and names are written for people: three significant digits, a unit always, thousands with
commas; and how people write durations. Sentences mark names with `backticks`, stress with **asterisks**."""

import html
import re
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from functools import partial

NONE = "–"
MOST_NAMED = 7


def parse_duration_ms(text: str) -> int:
    """Whole milliseconds of `50ms`, `5s` or `2m`. Raises ValueError with what was expected: bare numbers are
    refused, as 50 could be either, and a wrong guess costs an hour of benchmark."""
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m)", text)
    if not match:
        raise ValueError(f"{text!r} is not a duration: write it as 50ms, 5s or 2m")
    milliseconds = float(match[1]) * {"ms": 1, "s": 1_000, "m": 60_000}[match[2]]
    if not milliseconds.is_integer() or not 1 <= milliseconds <= 600_000:
        raise ValueError(f"{text!r} is out of range: whole milliseconds, from 1ms to 10m")
    return int(milliseconds)


def short_text(seconds: float) -> str:
    """A length of time to wait for, as roughly as people plan: `40 s`, `12 min`, `1 h 5 min`."""
    if seconds < 99.5:
        return f"{max(seconds, 0):.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def duration_text(us: float) -> str:
    """Microseconds as `84.2 µs`, `53.1 ms`, `5.03 s` or `8 min 22 s`."""
    for unit, size, end in (("µs", 1, 999.5), ("ms", 1e3, 999_500), ("s", 1e6, 119.5e6)):
        if us < end:
            return f"{three_digits(us / size) if us else 0} {unit}"
    minutes, seconds = divmod(round(us / 1e6), 60)
    return f"{minutes} min {seconds} s" if seconds else f"{minutes} min"


def round_duration_text(us: float) -> str:
    """`0`, `50 ms`, `1.5 s`: for axis ticks and settings, which need no digits beyond their own."""
    if us <= 0:
        return "0"
    unit, size = next(unit for unit in (("s", 1e6), ("ms", 1e3), ("µs", 0)) if us >= unit[1] * 0.9999)
    return f"{us / (size or 1):,.6g} {unit}"


def memory_text(kib: float) -> str:
    unit, size = next(unit for unit in (("GiB", 1024 * 1024), ("MiB", 1024), ("KiB", 0)) if kib >= unit[1])
    return f"{three_digits(kib / (size or 1))} {unit}"


def count_text(count: float) -> str:
    return f"{count:,.0f}" if count == int(count) or count >= 99.95 else f"{count:.1f}"


def range_text(low: float, high: float, text: Callable[[float], str], between: str = " – ") -> str:
    """`53.2 – 53.5 ms`: the unit once where both have the same, one figure where both read the same."""
    first, last = text(low), text(high)
    if first == last:
        return first
    unit = last.lstrip("0123456789.,")
    return first.removesuffix(unit) + between + last


def ratio_text(ratio: float | None) -> str:
    """`1.06×`, `12.3×`, `94×`: two decimals where a hundredth matters."""
    if ratio is None:
        return NONE
    return f"{ratio:.2f}×" if ratio < 9.995 else f"{ratio:.1f}×" if ratio < 19.95 else f"{ratio:,.0f}×"


def three_digits(value: float) -> str:
    digits = 2 if abs(value) < 9.995 else 1 if abs(value) < 99.95 else 0
    return f"{value:,.{digits}f}"


def plural(count: int, word: str) -> str:
    return f"{count_text(count)} {word}{'' if count == 1 else 's'}"


def names_text(names: Iterable[str]) -> str:
    """`a`, `b` and `c`: names in backticks, which the report sets as code."""
    return joined(f"`{name}`" for name in names)


def abridged(phrases: list[str], first: int = 3, last: int = 2) -> list[str]:
    """The first and the last few of a long list, and how many are left out between them."""
    if len(phrases) <= MOST_NAMED:
        return phrases
    return [*phrases[:first], f"{len(phrases) - first - last} more", *phrases[len(phrases) - last :]]


first_few = partial(abridged, first=MOST_NAMED - 1, last=0)  # of a list in no order of merit


def nearest(word: str, names: Iterable[str]) -> str:
    """The fix of a misspelt name: `did you mean 'async'?`, or all the names where none is near."""
    names = list(names)
    near = get_close_matches(word, names)
    return f"did you mean {near[0]!r}?" if near else f"there is {', '.join(names) or 'none'}"


def joined(phrases: Iterable[str]) -> str:
    """`a, b and c`."""
    *most, last = phrases
    return f"{', '.join(most)} and {last}" if most else last


def as_html(text: str) -> str:
    """Everything but the marks is escaped; a number and its unit are not broken apart."""
    safe = html.escape(text, quote=False)
    safe = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", safe)
    safe = re.sub(r"(?<=\d) (?=(?:µs|ms|s|min|KiB|MiB|GiB|%)\b|%)", "\u00a0", safe)
    return re.sub(r"`(.+?)`", r"<code>\1</code>", safe)


def as_plain(text: str) -> str:
    return re.sub(r"\*\*|`", "", text)
