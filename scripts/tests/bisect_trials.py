#!/usr/bin/python3
"""Is the bisect right? scripts/tests/bisect_trials.py [simulated] [real] [--histories N] [--keep]

Simulated: histories of 32 commits, whose blocks are drawn from those that results/reference/gate has of
servers that were the same and of servers that were slower, in runs of five so that the drift stays in. Real:
five repositories with a server in C++, of whose 32 commits one makes it 5 % slower; scripts/bisect.py looks
for it, beside a gate, whose time its own is held against. Both leave a table and JSON in
results/bisect-trials; --keep puts them into results/reference/bisect.
"""

from __future__ import annotations

import json
import math
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import mean, median

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bisecting.search import LUCK_OF_SHUFFLED, Ending, Evidence, SearchRule, search  # noqa: E402
from cli.files import ROOT, replace_file, replace_json  # noqa: E402
from gating.blocks import Block, GateRecording  # noqa: E402
from gating.trials_report import moved, resampled, share_text  # noqa: E402
from slow_history import BUILD, COMMITS, SERVE, SlowHistory, make  # noqa: E402
from stats.quantiles import clopper_pearson  # noqa: E402
from text.table import Column, make_table, markdown  # noqa: E402
from trial_flags import TrialParser  # noqa: E402

OUT = ROOT / "results" / "bisect-trials"
KEPT = ROOT / "results" / "reference" / "bisect"
RECORDED = ROOT / "results" / "reference" / "gate"
MODELS = ("thread-per-request", "async")
GATES, LEAST_BLOCKS = 12, 13  # of a gate
RULE = SearchRule(margin=-math.log1p(-0.02), most_luck=LUCK_OF_SHUFFLED)  # as the recorded blocks were


# --- Simulated ---


@dataclass(frozen=True)
class Pool:
    """Recorded blocks of one model: of a server that is the same, and of one that is slower."""

    same: Sequence[Block]
    slower: Sequence[Block]


@dataclass(frozen=True)
class Simulation:
    """How one went. `begin`: the place that is slower, None if there is none."""

    begin: int | None
    suspects: tuple[int, ...]
    ending: str
    chance: float
    blocks: int
    commits: int

    @property
    def is_right(self) -> bool:
        if self.begin is None:
            return self.ending == Ending.NOT_SLOWER.name
        return self.ending == Ending.BEGAN_HERE.name and self.begin in self.suspects


class SimulatedHistory:
    """Each commit has stretches of recorded time to itself. `broken`: the share that does not build."""

    def __init__(self, pool: Pool, begin: int | None, rng: random.Random, broken: float = 0.0):
        self.evidence, self.begin = Evidence(), begin
        pools = [pool.slower if begin and place >= begin else pool.same for place in range(COMMITS + 1)]
        self._sources: list[Iterator[Block]] = [resampled(each, rng) for each in pools]
        self._broken = {place for place in range(1, COMMITS) if rng.random() < broken}

    def measure(self, place: int, _conclusion: object = None) -> bool:
        if place in self._broken:
            self.evidence.skipped[place] = "does not build"
            return True
        ratios = self.evidence.samples.setdefault(place, [])
        ratios += [next(self._sources[place]).difference["capacity"] for _ in range(RULE.batch)]
        return self.blocks < GATES * LEAST_BLOCKS

    @property
    def blocks(self) -> int:
        return sum(map(len, self.evidence.samples.values()))

    def run(self) -> Simulation:
        conclusion = search(COMMITS, RULE, self.evidence, self.measure, lambda _: 1.0)
        first = conclusion.suspects[0]
        chance = conclusion.posterior.none if conclusion.ending is Ending.NOT_SLOWER else first.chance
        places = tuple(first.places)
        return Simulation(
            self.begin, places, conclusion.ending.name, chance, self.blocks, len(self.evidence.samples)
        )


def recorded(trial: str, model: str) -> list[Block]:
    runs = sorted((RECORDED / trial / "runs").iterdir())
    return [block for run in runs for block in GateRecording(run).blocks.get(model, [])]


def simulate(pools: Sequence[Pool], count: int, seed: int, broken: float = 0.0, is_slower: bool = True):
    """So many histories, over the pools in turn."""
    made = []
    for number in range(count):
        rng = random.Random(f"{seed} {number}")
        begin = rng.randint(1, COMMITS) if is_slower else None
        made.append(SimulatedHistory(pools[number % len(pools)], begin, rng, broken).run())
    return made


def simulated(histories: int) -> tuple[str, dict]:
    same = {model: recorded("aa", model) for model in MODELS}
    pools = {
        share: [Pool(same[model], recorded(f"{share}-percent-slower-{model}", model)) for model in MODELS]
        for share in (4, 5, 10)
    }
    exact = [Pool(same[model], moved(same[model], 0.03)) for model in MODELS]
    few = max(histories // 5, 1)
    trials = {
        "5 % slower": simulate(pools[5], histories, 1),
        "5 % slower, a tenth does not build": simulate(pools[5], few, 2, broken=0.1),
        "10 % slower": simulate(pools[10], few, 3),
        "4 % slower": simulate(pools[4], few, 4),
        "moved to exactly 3 % slower": simulate(exact, few, 5),
        "nothing slower": simulate(pools[5], few, 6, is_slower=False),
    }
    columns = [
        Column("simulated histories of 32 commits", lambda item: item[0], is_words=True),
        Column("right", lambda item: _right_text(item[1])),
        Column("wrong", lambda item: str(sum(map(_is_wrong, item[1])))),
        Column("no answer", lambda item: str(sum(s.ending == Ending.OPEN.name for s in item[1]))),
        Column("mean probability", lambda item: f"{mean(s.chance for s in item[1]):.3f}"),
        Column("blocks, median and most", lambda item: _range_text([s.blocks for s in item[1]])),
        Column("commits measured", lambda item: _range_text([s.commits for s in item[1]])),
    ]
    text = markdown(make_table("", columns, list(trials.items())))
    return text, {name: [asdict(each) for each in made] for name, made in trials.items()}


def _right_text(made: Sequence[Simulation]) -> str:
    return share_text(clopper_pearson(sum(each.is_right for each in made), len(made)))


def _is_wrong(simulation: Simulation) -> bool:
    return not simulation.is_right and simulation.ending != Ending.OPEN.name


def _range_text(counts: Sequence[int]) -> str:
    return f"{median(counts):.0f}, {max(counts)}"


# --- Real ---


def real(histories: int) -> tuple[str, list[dict]]:
    made = []
    for number in range(1, histories + 1):
        folder = OUT / "real" / f"{number}"
        history = make(folder / "repository", number)
        gate_s = _gate_s(history, folder)
        began = time.monotonic()
        flags = [
            history.names[0],
            history.names[-1],
            "--output",
            str(folder / "bisect"),
            "--seed",
            str(number),
        ]
        code = _run("bisect.py", history, flags)
        took_s = time.monotonic() - began
        found = json.loads((folder / "bisect" / "posterior.json").read_text(encoding="utf-8"))
        [first, *_] = found["suspects"]
        culprit = history.names[history.begin]
        is_right = code == 0 and first["commits"] == [culprit]
        blocks = sum(len(commit["ratios"]) for commit in found["commits"])
        figures = {"history": number, "place": history.begin, "is_right": is_right, "gate_s": gate_s}
        figures |= {"took_s": took_s, "chance": first["chance"], "slowdown": found["slowdown"]}
        made.append({**figures, "blocks": blocks, "posterior": found})
        print(f"history {number}: {'right' if is_right else 'WRONG'} in {took_s:.0f} s", flush=True)
    columns = [
        Column("history", lambda row: str(row["history"]), is_words=True),
        Column("place of 32", lambda row: str(row["place"])),
        Column("right", lambda row: "yes" if row["is_right"] else "no"),
        Column("probability", lambda row: f"{row['chance']:.4f}"),
        Column("slowdown", _slowdown_text),
        Column("blocks", lambda row: str(row["blocks"])),
        Column("took", lambda row: f"{row['took_s']:.0f} s"),
        Column("twelve gates", lambda row: f"{GATES * row['gate_s']:.0f} s"),
    ]
    return markdown(make_table("", columns, made)), made


def _gate_s(history: SlowHistory, folder: Path) -> float:
    """What a gate of the first two commits takes: they are equal, or differ by what there is to find."""
    shutil.rmtree(folder / "gate", ignore_errors=True)
    sides = ["--baseline", history.names[0], "--candidate", history.names[1]]
    _run("gate.py", history, [*sides, "--output", str(folder / "gate")])
    return json.loads((folder / "gate" / "verdict.json").read_text(encoding="utf-8"))["took_s"]


def _run(door: str, history: SlowHistory, flags: list[str]) -> int:
    command = [
        sys.executable,
        str(ROOT / "scripts" / door),
        "--build-cmd",
        BUILD,
        "--serve-cmd",
        SERVE,
        *flags,
    ]
    environment = {**os.environ, "XDG_CACHE_HOME": str(history.top.parent / "cache")}
    return subprocess.run(command, cwd=history.top, env=environment).returncode


def _slowdown_text(row: dict) -> str:
    middle, low, high = (-math.expm1(-row["slowdown"][name]) * 100 for name in ("middle", "low", "high"))
    return f"{middle:.1f} % [{low:.1f}, {high:.1f}]"


def main(argv: list[str]) -> int:
    parser = TrialParser(__doc__, ("simulated", "real"))
    parser.add_argument("--histories", type=int, metavar="N", help="default 1000 simulated, 5 real")
    options = parser.read(argv)
    if options.keep:
        for path in (*OUT.glob("*.json"), *OUT.glob("*.md")):
            replace_file(KEPT / path.name, path.read_bytes())
        return 0
    for name, run, count in (("simulated", simulated, 1000), ("real", real, 5)):
        if name in (options.names or [name]):
            text, figures = run(options.histories or count)
            print(text, flush=True)
            replace_file(OUT / f"{name}.md", text + "\n")
            replace_json(OUT / f"{name}.json", figures)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
