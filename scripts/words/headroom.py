"""How far a recording's runs stayed below what the load generator can do on the machine they ran on.

The bench has the generator calibrate itself, against a server that does next to nothing, before the first
run; run.json keeps what it found. A run that comes near that rate measures the generator, not the server.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from metrics.digest import Digest
from recordings.recording import Recording
from text.units import count_text


class Demand(NamedTuple):
    """The share of the generator's highest rate that a variant was loaded with: the median over its runs."""

    share: float
    variant: str
    workload: str


def sentence(recording: Recording, digests: list[Digest]) -> str:
    """The head-room in words; empty where the recording has no calibration."""
    calibration = recording.run.get("calibration")
    demands = _demands(calibration, digests) if calibration else []
    if not demands:
        return ""
    kept, fresh = (count_text(round(calibration[f"{mode}_rps"], -2)) for mode in ("kept", "fresh"))
    share, variant, workload = max(demands)
    text = (
        f"**Head-room**: against a server that does nothing the load generator reaches {kept} requests/s on "
        f"kept connections and {fresh} on fresh ones here; "
    )
    if share >= 1:
        return text + f"`{variant}` under {workload} took all of it."
    return text + f"no run needed more than {100 * share:.0f} % of it (`{variant}` under {workload})."


def _demands(calibration: dict[str, Any], digests: list[Digest]) -> list[Demand]:
    return [
        Demand(rate.median / highest_rps, d.subject, d.workload)
        for d in digests
        if (rate := d["throughput"])
        and (highest_rps := calibration.get(f"{d.counted[0].connection_mode}_rps"))
    ]
