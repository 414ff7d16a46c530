"""What the load generators print, read strictly: a tool's own count over its own time, errors, latencies."""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

OUTPUT = "client.log"  # what it prints in a run, in the run's folder
_UNITS_US = {"us": 1.0, "ms": 1e3, "s": 1e6, "m": 60e6, "h": 3600e6}
_COUNTS = ("requests", "errors", "http_error")


class NotUnderstood(Exception):
    """Names what the output lacks, unlike that of the client's known versions: no figure is made up."""


class Reading(NamedTuple):
    """What a client says of a run, by column of summary.csv, and what it holds against it."""

    row: Mapping[str, Any]
    fault: str | None = None


def read_output(text: str, prints: Mapping[str, str], may_print: Sequence[str], unit: str) -> dict[str, Any]:
    """What patterns find, as tools.toml has them (`prints`: those that must be there, by what is missing
    otherwise), by column of summary.csv, and the `errors`: replies other than 2xx among them, and they among
    the requests where the tool counts them so."""
    figures: dict[str, Any] = dict.fromkeys(_COUNTS, 0)
    for missing, pattern in [*prints.items(), *(("", pattern) for pattern in may_print)]:
        matches = list(re.finditer(pattern, text, re.MULTILINE))
        if missing and not matches:
            raise NotUnderstood(missing)
        for name, figure in (group for match in matches for group in match.groupdict().items()):
            if name in _COUNTS:
                figures[name] += int(figure)
            elif name.startswith("latency"):  # of nothing hey writes NaN, and wrk2 `-nanus`
                figures[f"{name}_us"] = None if "nan" in figure.lower() else _us(figure, unit)
            else:
                figures[name] = _us(figure, "s") / 1e6 if name == "duration_s" else _number(figure)
    if makespan_ms := figures.get("makespan_ms"):
        figures["duration_s"] = makespan_ms / 1e3
        figures["throughput_rps"] = figures["requests"] / makespan_ms * 1e3
    return figures | {"ok": max(figures["requests"] - figures["errors"], 0)}


def _us(text: str, unit: str) -> float:
    """A duration as wrk and h2load write it, `342.00us`, `1.39ms`, `1.10s`; or a number of the unit."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(us|ms|s|m|h)?", text)
    if match is None or not (match[2] or unit):
        raise NotUnderstood(f"a duration in {text!r}")
    return float(match[1]) * _UNITS_US[match[2] or unit]


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise NotUnderstood(f"a number in {text!r}")
    return number
