"""Adds up the tests of several JUnit files: a line per suite, what failed, and `N passed, N failed`.

usage: tally.py NAME=FILE[,FOLDER]... A suite whose file is missing, or that ran no test at all, counts as one
failure: tests that were never run must not look like tests that passed. In the folder a test that stands for
many, as a shard of Google Test's, has a file of its own name, and those are counted in its place.
"""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from pathlib import Path


_LINES_SHOWN = 30


@dataclass
class Tally:
    """`failed` has the name of each failed test, and what it printed."""

    passed: int = 0
    skipped: int = 0
    failed: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        return f"{self.passed} passed, {len(self.failed)} failed{skipped}"


def main(argv: list[str]) -> int:
    passed, failed = 0, 0
    for argument in argv:
        name, _, path = argument.partition("=")
        tally = read(*map(Path, path.split(",")))
        print(f"{name:<18} {tally}")
        for test, output in tally.failed.items():
            print(f"FAILED {test}", *output.splitlines()[-_LINES_SHOWN:], sep="\n    ")
        passed += tally.passed
        failed += len(tally.failed)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


def read(path: Path, parts: Path | None = None) -> Tally:
    """What a JUnit file says, as pytest, ctest and Google Test write it.

    `parts`: the folder of what some of its tests stand for. One that failed although none of those did, as by
    a crash before their file was written or a leak found after, counts as itself.
    """
    try:
        # Google Test writes what a test is given as it is, which need not be UTF-8.
        text = path.read_text(encoding="utf-8", errors="replace")
        cases = list(ElementTree.fromstring(text).iter("testcase"))
    except (OSError, ElementTree.ParseError):
        return Tally(failed={"all of it": "it did not run: its build or its start failed, see above"})
    tally = Tally()
    for case in cases:
        skipped = case.find("skipped")
        has_failed = any(case.find(kind) is not None for kind in ("failure", "error"))
        part = parts / f"{case.get('name')}.xml" if parts else None
        if part and part.is_file() and ((inner := read(part)).failed or not has_failed):
            tally.passed, tally.skipped = tally.passed + inner.passed, tally.skipped + inner.skipped
            tally.failed |= inner.failed
        elif has_failed or _could_not_start(skipped):
            tally.failed[_name(case)] = case.findtext("system-out") or case.findtext("failure", "")
        elif skipped is not None:
            tally.skipped += 1
        else:
            tally.passed += 1
    if not tally.passed and not tally.failed:
        tally.failed["all of it"] = "it ran no test"
    return tally


def _name(case: ElementTree.Element) -> str:
    """ctest gives a test's name as its class as well."""
    return "::".join(dict.fromkeys(filter(None, (case.get("classname"), case.get("name")))))


def _could_not_start(skipped: ElementTree.Element | None) -> bool:
    """ctest calls a test skipped whose program is missing."""
    return skipped is not None and "unable to find" in skipped.get("message", "").lower()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
