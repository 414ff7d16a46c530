"""How far a recording's runs stayed below what the load generator can do on the machine they ran on.

The bench has the generator calibrate itself, against a server that does next to nothing, before the first
run; run.json keeps what it found. A run that comes near that rate measures the generator, not the server.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from metrics.digest import Digest
from recordings.recording import Recording
from text.units import count_text


class ShareOfTheRate(NamedTuple):
    """The share of the generator's highest rate that a variant was loaded with: the median over its runs."""

    share: float
    variant: str
    workload: str


def sentence(recording: Recording, digests: list[Digest]) -> str:
    """The head-room in words; empty where the recording has no calibration."""
    found = recording.run.get("calibration")
    loads = _loads(found, digests) if found else []
    if not loads:
        return ""
    hardest = max(loads)
    text = (
        f"**Head-room**: against a server that does nothing the load generator reaches "
        f"{count_text(round(found['kept_rps'], -2))} requests/s on kept connections and "
        f"{count_text(round(found['fresh_rps'], -2))} on fresh ones here; "
    )
    if hardest.share >= 1:
        return text + f"`{hardest.variant}` under {hardest.workload} took all of it."
    text += f"no run needed more than {100 * hardest.share:.0f} % of it "
    return text + f"(`{hardest.variant}` under {hardest.workload})."


def _loads(found: dict[str, Any], digests: list[Digest]) -> list[ShareOfTheRate]:
    return [
        ShareOfTheRate(d["throughput"].median / highest_rps, d.subject, d.workload)
        for d in digests
        if d["throughput"] and (highest_rps := found.get(f"{d.counted[0].connection_mode}_rps"))
    ]
