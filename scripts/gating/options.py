"""The flags of scripts/gate.py: what they are called, what they take, what is said when they are wrong."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cli.files import a_folder, to_be_written
from cli.flags import duration_ms, flag, of_form, one_of, share, switch, whole
from sides.asked import AskedSides

REQUESTED = ("build_cmd", "serve_cmd", "method", "header", "body", "request")  # what a gate keeps of them
_MODES = ("replay", "check_machine", "repeat")
_A_TIME = "a time from 30s to 24h, such as 5m"
budget = of_form(_A_TIME, r"[0-9]{1,4}[smh]", lambda t: float(t[:-1]) * 60 ** "smh".index(t[-1]), 30, 86_400)
rate_rps = whole(1, 1_000_000)


@dataclass(frozen=True)
class BlockOptions(AskedSides):
    connections: int = flag("N", "requests in flight; default 32", whole(1, 10_000), 32, "how it is measured")
    rate: int | None = flag("RPS", "beside each cell one at this fixed rate, where waiting shows", rate_rps)
    block_ms: int = flag("TIME", "measured with one pair of processes; default 1s", duration_ms, 1000)
    slice_ms: int = flag("TIME", "of one side at a time; default 20ms", duration_ms, 20)
    warm_up_ms: int = flag("TIME", "of a new server, uncounted; default 150ms", duration_ms, 150)
    layouts: bool = switch("link builds as they are, not anew for each block", default=True)
    seed: int | None = flag("N", "of the order of slices; default: new", whole(0, 2**31 - 1))

    def mistakes(self) -> Iterator[str]:
        yield from super().mistakes()
        if self.block_ms < 8 * self.slice_ms:
            wrong = f"{self.slice_ms} ms: a block of {self.block_ms} ms has no room for eight"
            yield f"--slice: {wrong}: give a longer --block"


@dataclass(frozen=True)
class GateOptions(BlockOptions):
    """Is the candidate slower than the baseline by more than the margin? Exit code 0: it is not. 1: it is.
    2: bad input, or a side that failed. 3: inconclusive, or no valid measurement."""

    COMMAND = "scripts/gate.py"
    USAGE = "--baseline REF --candidate REF [--serve-cmd CMD] [flags]"

    margin: float = flag("SHARE", "a slowdown to put up with; default 2%", share, 0.02, "when it is slower")
    budget_s: float = flag("TIME", "of measuring at most; default 15m", budget, 900.0)
    explain: bool = switch("where it regressed, count what a request costs, and name what grew")
    on_inconclusive: str = flag("END", "pass: exit with 0; default fail: 3", one_of("pass", "fail"), "fail")
    repeat: int | None = flag("N", "make N gates; count verdicts", whole(1, 1000), group="the gate itself")
    handicap: float | None = flag("SHARE", "with --repeat: the candidate burns so much of its CPU", share)
    check_machine: bool = switch("say what this machine would see, from one minute")
    replay: Path | None = flag("DIR", "judge a gate that was measured before", Path)
    output: Path | None = flag("DIR", "for what is measured; --repeat goes on in it", a_folder, group="files")
    markdown: Path | None = flag("FILE", "the verdict for a pull request", to_be_written)
    html: Path | None = flag("FILE", "the verdict as a page; default gate.html in DIR", to_be_written)
    junit: Path | None = flag("FILE", "the verdict as JUnit XML", to_be_written)
    history: Path | None = flag("FILE", "gets a line, as results/history.jsonl, and its chart", to_be_written)

    @property
    def mode(self) -> str:
        """`gate`, or one of the flags that ask for something else."""
        return next((mode for mode in _MODES if getattr(self, mode)), "gate")

    def mistakes(self) -> Iterator[str]:
        mode, modes = self.mode, [f"--{name.replace('_', '-')}" for name in _MODES if getattr(self, name)]
        refs, commands = (self.baseline, self.candidate), (self.baseline_cmd, self.candidate_cmd)
        yield from super().mistakes()
        if len(modes) > 1:
            yield f"{' and '.join(modes)}: one at a time"
        has_sides = all(refs) or all(commands) or (any(refs) and any(commands))
        if mode in ("gate", "repeat") and not has_sides:
            yield "--baseline and --candidate: name both, or both --baseline-cmd and --candidate-cmd"
        if self.explain and mode != "gate":
            yield f"--explain: needs the servers of one gate: leave it or {modes[0]} out"
        if mode == "check_machine" and (self.candidate or self.candidate_cmd):
            yield "--candidate: --check-machine measures one side against itself: leave it out"
        if self.handicap and (mode != "repeat" or not self.are_ours):
            yield "--handicap: is of servers of ours, under --repeat: leave it out"
        if mode == "replay" and (any(refs) or not self.are_ours):
            yield "--replay: judges what was measured before: leave the builds and commands out"
