"""What is compared: how each side's server is started, and what it is asked for. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from sides.command import ATTACHED

BASELINE, CANDIDATE = SIDES = "baseline", "candidate"


@dataclass(frozen=True)
class Served:
    """How a server is started, from `cwd` if that is given; `{port}` in the words is its port."""

    command: tuple[str, ...]
    cwd: Path | None = None

    @property
    def attached(self) -> str | None:
        """The address of a server that runs already, which is not started."""
        match = ATTACHED.fullmatch(self.command[0])
        return match[1] if match else None


@dataclass(frozen=True)
class Cell:
    """One comparison. `sides`: by BASELINE and CANDIDATE; `rate_rps`: of an open loop, None where closed."""

    name: str
    sides: dict[str, Served]
    ready_path: str
    target: str
    connection_mode: str = "kept"
    rate_rps: int | None = None


CellsOf = Callable[[Mapping[str, int]], list[Cell]]  # of what each candidate burns, in ns a request


def with_rate(cells: list[Cell], rate: int | None) -> list[Cell]:
    """Beside each cell one at the fixed rate, where there is one."""
    at_rate = [replace(cell, name=f"{cell.name}@{rate}", rate_rps=rate) for cell in cells if rate]
    return [*cells, *at_rate]
