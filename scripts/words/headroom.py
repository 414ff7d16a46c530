"""How far a recording's runs stayed below what the load generator can do on the machine they ran on.

The bench has the generator calibrate itself, against a server that does next to nothing, before the first
run; run.json keeps its rates. A run that comes near them measures the generator, not the server.
"""

from __future__ import annotations

from collections.abc import Iterator

from metrics.digest import Digest
from recordings.recording import Recording
from text.units import count_text


def headroom(recording: Recording, digests: list[Digest]) -> Iterator[str]:
    """The run that took the largest share of the rate; nothing where there is no calibration."""
    calibration = recording.run.get("calibration") or {}
    demands = [
        (rate.median / highest_rps, d.subject, d.workload)
        for d in digests
        if (rate := d["throughput"])
        and (highest_rps := calibration.get(f"{d.counted[0].connection_mode}_rps"))
    ]
    if demands:
        share, subject, workload = max(demands)
        kept, fresh = (count_text(round(calibration[f"{mode}_rps"], -2)) for mode in ("kept", "fresh"))
        text = "**Head-room**: against a server that does nothing the load generator reaches "
        text += f"{kept} requests/s on kept connections and {fresh} on fresh ones here; "
        if share >= 1:
            yield text + f"`{subject}` under {workload} took all of it."
        else:
            yield text + f"no run needed more than {100 * share:.0f} % of it (`{subject}` under {workload})."
