"""Where the scripts are at home: a checkout, or an installed copy, which has its folders without the sources.

Both are seen from this file, so that a copy may be moved. An old Python can read it, as cli.door needs it."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
IS_INSTALLED = not (ROOT / "CMakeLists.txt").exists()
BUILD = ROOT if IS_INSTALLED else ROOT / "build/release"  # has loadgen/loadgen and servers/ in it

_COMMANDS = "|".join(path.stem for path in (ROOT / "scripts").glob("*") if path.is_file())
_COMMAND = re.compile(r"(?<![\w/.])scripts/(" + _COMMANDS + r")(\.py)?\b(?![/.]\w)")


def as_typed(text):
    """The text with our commands as one types them here: scripts/gate.py, installed: sync-vs-async gate."""
    return _COMMAND.sub(r"sync-vs-async \1", text) if IS_INSTALLED else text
