"""How the machine is set up, as far as it changes what a benchmark measures. What is not known is None."""

import os
from pathlib import Path
from typing import Any

from processes.machine import allows_io_uring, printed_version

_CPU = Path("/sys/devices/system/cpu")
_FILES = {
    "governor": _CPU / "cpu0/cpufreq/scaling_governor",  # not there in most virtual machines
    "clocksource": Path("/sys/devices/system/clocksource/clocksource0/current_clocksource"),
    "congestion_control": Path("/proc/sys/net/ipv4/tcp_congestion_control"),
}


def settings() -> dict[str, Any]:
    """`mitigations`: what the kernel does, or does not, about the flaws that this processor has."""
    flaws = {path.name: _text(path) for path in sorted((_CPU / "vulnerabilities").glob("*"))}
    return {
        # With a PATH and no more: lscpu speaks the user's language.
        "hypervisor": printed_version(["lscpu"], r"Hypervisor vendor:\s*(\S+)", os.defpath),
        **{name: _text(path) for name, path in _FILES.items()},
        "mitigations": [f"{name}: {state}" for name, state in flaws.items() if state != "Not affected"],
        "io_uring": allows_io_uring(),
    }


def _text(path: Path) -> str | None:
    try:
        return path.read_text().strip()
    except OSError:
        return None
