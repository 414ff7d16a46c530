"""The flags of scripts/costs.py: those of the sides, what is counted, and how much more is put up with."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

from cli.files import to_be_written
from cli.flags import flag, of_form, share, url_path, whole
from costing.costs import Thresholds
from sides.asked import AskedSides

_MOST_CONNECTIONS = 256  # they are all sent to before the first is read from
_number = of_form("a number such as 0.02", r"[0-9]{1,9}(\.[0-9]{1,6})?", float)


def _folder(text: str) -> Path:
    return to_be_written(Path(text) / "costs.json").parent


@dataclass(frozen=True)
class CostOptions(AskedSides):
    """What a request costs: instructions, allocations, system calls, context switches, bytes; of two
    sides, what grew, and in which function. Counts, no times: seconds are enough, no statistics.
    Exit code 0: nothing grew by more than it may. 1: something did. 2: it could not be counted."""

    COMMAND = "scripts/costs.py"
    USAGE = "--baseline REF|BUILD [--candidate REF|BUILD] [flags]"

    target: list[str] | None = flag(
        "PATH", "what is asked for, repeatable; default /ping, for commands /", url_path, action="append"
    )
    connections: int = flag(
        "N", "requests that are sent at once; default 1", whole(1, _MOST_CONNECTIONS), 1, "what is counted"
    )
    requests: int | None = flag(
        "N", "of each of five phases; default: what two seconds have room for", whole(1, 1_000_000)
    )
    more_instructions: float = flag(
        "SHARE", "that a request may take more; default 1%", share, 0.01, "when it costs too much"
    )
    more_allocations: float = flag("N", "the same, of calls that ask for memory; default 0.02", _number, 0.02)
    more_calls: float = flag("N", "the same, of system calls; default 0.02", _number, 0.02)
    more_switches: float | None = flag(
        "N", "the same, of context switches of its own will; default: shown only", _number
    )
    more_bytes: float | None = flag("N", "the same, of bytes read or written; default: shown only", _number)
    output: Path | None = flag("DIR", "for costs.json, costs.csv and costs.html", _folder, group="files")
    markdown: Path | None = flag("FILE", "the costs for a pull request", to_be_written)
    junit: Path | None = flag("FILE", "the costs as JUnit XML", to_be_written)

    @property
    def is_alone(self) -> bool:
        """Whether there is one side, to which nothing is compared."""
        return not (self.candidate and self.baseline) and not (self.candidate_cmd and self.baseline_cmd)

    @property
    def thresholds(self) -> Thresholds:
        return Thresholds(*(getattr(self, f"more_{each.name}") for each in fields(Thresholds)))

    def mistakes(self) -> Iterator[str]:
        yield from super().mistakes()
        if self.is_attached:
            fix = "name the command that starts it"
            yield f"--baseline-cmd: a server that runs already cannot be counted: {fix}"
        if not (self.baseline or self.candidate or self.are_commands):
            yield "--baseline: name a ref or a build, or --baseline-cmd, and the candidate if there is one"
