"""Adds up the tests of several JUnit files: a line per suite, what failed, and `N passed, N failed`.

usage: tally.py NAME=FILE... A suite whose file is missing, or that ran no test at all, counts as one
failure: tests that were never run must not look like tests that passed.
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
        tally = read(Path(path))
        print(f"{name:<18} {tally}")
        for test, output in tally.failed.items():
            print(f"FAILED {test}", *output.splitlines()[-_LINES_SHOWN:], sep="\n    ")
        passed += tally.passed
        failed += len(tally.failed)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


def read(path: Path) -> Tally:
    """What a JUnit file says, as pytest and ctest write it."""
    try:
        cases = list(ElementTree.parse(path).iter("testcase"))
    except (OSError, ElementTree.ParseError):
        return Tally(failed={"all of it": "it did not run: its build or its start failed, see above"})
    tally = Tally()
    for case in cases:
        skipped = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None or _could_not_start(skipped):
            tally.failed[_name(case)] = case.findtext("system-out", "")
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
