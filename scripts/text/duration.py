"""Durations as people write them in a suite or on the command line: `50ms`, `5s`, `2m`.

Pure. Bare numbers are refused: 50 could be either, and a wrong guess costs an hour of benchmark.
"""

import re

_MILLISECONDS = {"ms": 1, "s": 1_000, "m": 60_000}
_LONGEST_MS = 10 * 60_000


def parse_duration_ms(text: str) -> int:
    """Whole milliseconds, from 1 ms to 10 minutes. Raises ValueError with what was expected."""
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m)", text)
    if not match:
        raise ValueError(f"{text!r} is not a duration: write it as 50ms, 5s or 2m")
    milliseconds = float(match[1]) * _MILLISECONDS[match[2]]
    if milliseconds != int(milliseconds) or not 1 <= milliseconds <= _LONGEST_MS:
        raise ValueError(f"{text!r} is out of range: whole milliseconds, from 1ms to 10m")
    return int(milliseconds)


def short_text(seconds: float) -> str:
    """A length of time to wait for, as roughly as people plan: `40 s`, `12 min`, `1 h 5 min`."""
    if seconds < 99.5:
        return f"{max(seconds, 0):.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
