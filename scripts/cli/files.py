"""Where the scripts are at home, a checkout or an installed copy without the sources; how files are named,
from here or from there, and written. An old Python can read this, as cli.door needs it."""

from __future__ import annotations

import json
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent  # seen from this file, so that a copy may be moved
IS_INSTALLED = not (ROOT / "CMakeLists.txt").exists()
BUILD = ROOT if IS_INSTALLED else ROOT / "build/release"  # has loadgen/loadgen and servers/ in it

_COMMANDS = "|".join(path.stem for path in (ROOT / "scripts").glob("*") if path.is_file())
_COMMAND = re.compile(r"(?<![\w/.])scripts/(" + _COMMANDS + r")(\.py)?\b(?![/.]\w)")


def as_typed(text: str) -> str:
    """The text with our commands as one types them here: scripts/gate.py, installed: sync-vs-async gate."""
    return _COMMAND.sub(r"sync-vs-async \1", text) if IS_INSTALLED else text


def results_folder() -> Path:
    """Where recordings go: the repository's results/ from within it, ./results from elsewhere."""
    return (ROOT if Path.cwd().is_relative_to(ROOT) else Path.cwd()) / "results"


def from_here(path: Path | str, folder: Path | None = None) -> str:
    """A path, or a line that begins with one, as seen from the folder, where the command was called."""
    return re.sub(f"^{re.escape(str(folder or Path.cwd()))}/", "", str(path))


def portable(path: Path | str) -> str:
    """A path below the repository as seen from there, so that it is true of any other checkout as well."""
    return from_here(path, ROOT)


def replace_file(path: Path, content: str | bytes) -> None:
    """As a whole or not at all. Makes the folder if need be. Text becomes UTF-8; its line ends stay."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.new")
    try:
        temporary.write_bytes(content.encode() if isinstance(content, str) else content)
    except OSError as error:  # a full disk names no file
        error.filename = error.filename or str(path)
        temporary.unlink(missing_ok=True)
        raise
    temporary.replace(path)


def replace_json(path: Path, data: object) -> None:
    replace_file(path, json.dumps(data, indent=2, ensure_ascii=False) + "\n")


def to_be_written(text: str | Path) -> Path:
    """Reads a flag's file, and tries now, not after a quarter of an hour, if it can be made. ValueError."""
    path = Path(text)
    if path.is_dir():
        raise ValueError(f"{path}: is a folder: name a file")
    trial = path.with_name(f".{path.name}.trial")
    try:
        replace_file(trial, b"")
        trial.unlink()
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}: name a file in a folder that can be written") from None
    return path
