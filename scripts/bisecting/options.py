"""The flags of scripts/bisect.py: those of what is compared and how, as the gate has them, and its own."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cli.files import a_folder, to_be_written
from cli.flags import argument, flag, names, of_form, one_of, share, switch, whole
from gating.blocks import METRICS
from gating.options import BlockOptions, budget, rate_rps

_METRIC = f"what became worse: {', '.join(METRICS)}; default capacity, in requests per second of CPU"
_A_CHANCE = "a probability from 0.5 to 0.999, such as 0.95"
_confidence = of_form(_A_CHANCE, r"0\.[0-9]{1,4}", float, 0.5, 0.999)


@dataclass(frozen=True)
class BisectOptions(BlockOptions):
    """Which commit between GOOD and BAD made it slower? Each is measured against GOOD, in blocks as a gate's,
    until it is probable enough of one. Exit code 0: it is clear which. 2: bad input, or GOOD or BAD cannot
    be measured. 3: not clear which, or nothing became slower."""

    COMMAND = "scripts/bisect.py"
    USAGE = "GOOD BAD [--serve-cmd CMD] [flags]"
    UNEXPECTED = "name GOOD and BAD, and nothing else"

    good: str | None = argument("GOOD", "a commit that was fast enough, and an ancestor of BAD")
    bad: str | None = argument("BAD", "a later one that is slower")
    # The sides are GOOD and one commit after the other.
    baseline: str | None = None
    candidate: str | None = None
    baseline_cmd: list[str] | None = None
    candidate_cmd: list[str] | None = None
    cells: tuple[str, ...] | None = flag("NAME", "VARIANT or VARIANT:/target; default: what is slower", names)
    rate: int | None = flag("RPS", "at this fixed rate, where waiting shows, as in --metric p99", rate_rps)
    metric: str = flag("NAME", _METRIC, one_of(*METRICS), "capacity", group="when it is clear")
    margin: float = flag("SHARE", "a slowdown that is not looked for; default 2%", share, 0.02)
    confidence: float = flag("CHANCE", "of the commit, at which it ends; default 0.95", _confidence, 0.95)
    batch: int = flag("N", "blocks of one commit at a time; default 4", whole(1, 100), 4)
    budget_s: float = flag("TIME", "at most, builds included; default 30m", budget, 1800.0)
    costs: bool = switch("do not count what a request costs before the commit and after it", default=True)
    output: Path | None = flag("DIR", "for all that is measured; goes on in it", a_folder, group="files")
    markdown: Path | None = flag("FILE", "what came out, for an issue or a pull request", to_be_written)

    def mistakes(self) -> Iterator[str]:
        yield from super().mistakes()
        if self.good is None or self.bad is None:
            yield "GOOD and BAD: name both: a commit that was fast enough, and a later one that is slower"
