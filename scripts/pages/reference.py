"""Makes a recording the committed one of its name: a copy in results/reference/, its report made anew.

usage: scripts/reference.py RECORDING NAME [--without-rows]. Without rows only summary.csv and run.json are
kept beside the report and the charts, which are drawn before; run.json says what was left out.
"""

from __future__ import annotations

from cli.door import EXIT_BAD_INPUT

import argparse
import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from pages import page as report
from cli.paths import ROOT, from_here
from recordings.description import write_description
from recordings.recording import ResultsError

REFERENCE = ROOT / "results" / "reference"
ROWS = ("requests.csv", "latency.csv", "throughput.csv")


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Make a recording the committed one of its name.")
    parser.add_argument("recording", type=Path, help="a folder in results/, as results/latest")
    parser.add_argument("name", help="of the folder in results/reference/")
    parser.add_argument(
        "--without-rows", action="store_true", help="keep the summary only: it is many megabytes"
    )
    options = parser.parse_args(argv)
    try:
        kept = keep(options.recording, REFERENCE / options.name, options.without_rows)
    except ResultsError as error:
        for line in error.mistakes:
            print(f"reference: {line}", file=sys.stderr)
        return EXIT_BAD_INPUT
    print(f"{from_here(kept)}: now let scripts/readme.py fill the README from it")
    return 0


def keep(recording: Path, target: Path, without_rows: bool) -> Path:
    """Replaces what is in `target`. Raises ResultsError, and changes nothing, for what is no recording."""
    fresh = target.with_name(f".{target.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        run = report.Recording.load(recording).run
        shutil.copytree(recording, fresh, ignore=shutil.ignore_patterns("charts", "report.html"))
        if run.get("kind") == "peers":
            report.main([str(fresh)])
        else:
            leave_out(fresh, ROWS if without_rows else ())
        write_description(fresh, run)
        shutil.rmtree(target, ignore_errors=True)
        fresh.rename(target)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return target


def leave_out(folder: Path, names: Sequence[str]) -> None:
    """Makes the report with all there is, and removes the files afterwards."""
    if names:
        about = json.loads((folder / "run.json").read_text(encoding="utf-8")) | {"left_out": names}
        text = json.dumps(about, indent=2, ensure_ascii=False) + "\n"
        (folder / "run.json").write_text(text, encoding="utf-8")
    report.make(report.Recording.load(folder))
    for name in names:
        (folder / name).unlink(missing_ok=True)
