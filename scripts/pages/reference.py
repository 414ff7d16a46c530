"""Makes a recording the committed one of its name: a copy in results/reference/, its report made anew.
Without rows the report, the charts, the summary and run.json are kept, which says what was left out."""

import argparse
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from cli.files import ROOT, from_here, replace_json
from pages.page import make
from recordings.csv_table import ROWS, read_json, write_description
from recordings.recording import Recording

REFERENCE = ROOT / "results" / "reference"


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Make a recording the committed one of its name.")
    parser.add_argument("recording", type=Path, help="a folder in results/, as results/latest")
    parser.add_argument("name", help="of the folder in results/reference/")
    parser.add_argument("--without-rows", action="store_true", help="keep the summary, not megabytes")
    options = parser.parse_args(argv)
    kept = keep(options.recording, REFERENCE / options.name, options.without_rows)
    print(f"{from_here(kept)}: now let scripts/readme.py fill the README from it")
    return 0


def keep(recording: Path, target: Path, without_rows: bool) -> Path:
    """Replaces what is in `target`. Raises ResultsError, and changes nothing, for what is no recording."""
    run, left_out = Recording.load(recording).run, ROWS if without_rows else ()
    with TemporaryDirectory(prefix=".", dir=target.parent) as folder:
        fresh = Path(folder) / target.name
        shutil.copytree(recording, fresh, ignore=shutil.ignore_patterns("charts", "report.html"))
        if left_out:
            about = read_json(fresh / "run.json", "name a recording")
            replace_json(fresh / "run.json", about | {"left_out": left_out})
        make(Recording.load(fresh))  # with all there is
        for name in left_out:
            (fresh / name).unlink(missing_ok=True)
        write_description(fresh, run)
        shutil.rmtree(target, ignore_errors=True)
        return fresh.rename(target)
