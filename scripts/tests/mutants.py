"""Do the tests notice? Small changes to pure modules and units, and the share that some test fails for.

    python3 scripts/tests/mutants.py python [--only stats comparison] [--count 200] [--seed 1] [--least 0.9]
    python3 scripts/tests/mutants.py cpp [--only schedule] [--count 60] [--build build/release]

One at a time, a comparison, `and` or `or`, `min` or `max`, a sum, a number, a condition, a slice or what is
returned is changed, never a text, and never in the working tree. Lists what survived, and ends with 1 if less
than --least was killed. Run by `scripts/test --all`, as two tests.
"""

from __future__ import annotations

import argparse
import os
import queue
import random
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import mutants_cpp
import mutants_python
from mutation import ROOT, Mutant

T = TypeVar("T")
COUNTS = {"python": 200, "cpp": 60}


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("language", choices=COUNTS)
    parser.add_argument("--only", nargs="+", metavar="NAME", help="modules or units; default: all pure ones")
    parser.add_argument("--count", type=int, help="how many mutants (default: 200 of python, 60 of cpp)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--least", type=float, default=0.9, help="the share that is to be killed")
    parser.add_argument("--build", type=Path, default=ROOT / "build/release", help="where the C++ is built")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args(argv)
    is_cpp = given.language == "cpp"
    paths = (
        mutants_cpp.units() if is_cpp else [p for p in mutants_python.modules() if mutants_python.is_pure(p)]
    )
    if given.only:
        paths = [p for p in (paths if is_cpp else mutants_python.modules()) if _is_named(p, given.only)]
    sample = _sample(paths, given.language, given.count or COUNTS[given.language], given.seed)
    if not sample:
        parser.error("no such module has anything to change")
    results = _killed_cpp(sample, given.build, given.jobs) if is_cpp else _killed_python(sample, given.jobs)
    share = _report(results)
    return 0 if share >= given.least else 1


def _is_named(path: Path, names: Iterable[str]) -> bool:
    """`stats`, `stats.py`, `gating/verdict.py` and `charts` (all of a folder) are names."""
    within = f"/{path.relative_to(ROOT).with_suffix('')}/"
    return any(f"/{name.removesuffix('.py').removesuffix('.cpp')}/" in within for name in names)


def _sample(paths: Iterable[Path], language: str, count: int, seed: int) -> list[Mutant]:
    of = mutants_cpp.mutants_of if language == "cpp" else mutants_python.mutants_of
    everything = [mutant for path in paths for mutant in of(path)]
    return random.Random(seed).sample(everything, min(count, len(everything)))


def _killed_python(sample: list[Mutant], jobs: int) -> dict[Mutant, bool | None]:
    tests = mutants_python.ReachingTests()
    trees: queue.SimpleQueue[mutants_python.Tree] = queue.SimpleQueue()
    for _ in range(jobs):
        trees.put(mutants_python.Tree())

    def with_tree(action: Callable[[mutants_python.Tree], T]) -> T:
        tree = trees.get()
        try:
            return action(tree)
        finally:
            trees.put(tree)

    def killed(mutant: Mutant) -> bool:
        quick = tests.quick(ROOT / mutant.path)
        return bool(quick) and with_tree(lambda tree: tree.kills(mutant, quick, tests.limit_s(quick)))

    reaching = {path for mutant in sample for path in tests.reaching(ROOT / mutant.path)}
    with ThreadPoolExecutor(jobs) as pool:
        list(pool.map(lambda path: with_tree(lambda tree: tests.measure(path, tree)), sorted(reaching)))
        return dict(zip(sample, _announced(pool.map(killed, sample), sample)))


def _killed_cpp(sample: list[Mutant], build: Path, jobs: int) -> dict[Mutant, bool | None]:
    built = mutants_cpp.Build(build.resolve())
    for unit in sorted({ROOT / mutant.path for mutant in sample}):
        built.measure(unit)
    with ThreadPoolExecutor(jobs) as pool:
        return dict(zip(sample, _announced(pool.map(built.kills, sample), sample)))


def _announced(results: Iterable[bool | None], sample: list[Mutant]) -> Iterable[bool | None]:
    """Survivors are printed as they are found."""
    for mutant, killed in zip(sample, results):
        if killed is False:
            print(f"survived  {mutant}", flush=True)
        yield killed


def _report(results: dict[Mutant, bool | None]) -> float:
    """The share that was killed of those that compile."""
    counted = {mutant: killed for mutant, killed in results.items() if killed is not None}
    for path in sorted({mutant.path for mutant in counted}):
        of_path = [killed for mutant, killed in counted.items() if mutant.path == path]
        print(f"{str(path):<40} {len(of_path):>4} mutants {sum(map(bool, of_path)):>4} killed")
    killed, invalid = sum(map(bool, counted.values())), len(results) - len(counted)
    share = killed / len(counted) if counted else 0.0
    besides = f", {invalid} more do not compile" if invalid else ""
    print(f"{killed} of {len(counted)} killed: {share:.1%}{besides}")
    return share


def test_most_changes_to_pure_python_modules_are_noticed():
    assert main(["python"]) == 0


def test_most_changes_to_pure_cpp_units_are_noticed():
    assert main(["cpp"]) == 0


if __name__ == "__main__":
    sys.exit(main())
