"""Where the scripts are at home, a checkout or an installed copy without the sources; how files are named,
from here or from there, and written. An old Python can read this, as cli.door needs it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parent.parent.parent  # seen from this file, so that a copy may be moved
IS_INSTALLED = not (ROOT / "CMakeLists.txt").exists()
BUILD = ROOT if IS_INSTALLED else ROOT / "build/release"  # has loadgen/loadgen and servers/ in it

_COMMANDS = "|".join(path.stem for path in (ROOT / "scripts").glob("*") if path.is_file())
_OWN_OUTPUTS = "/dev/stdout", "/dev/stderr"
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


def replace_file(path: Path, content: str | bytes) -> Path:
    """As a whole or not at all; the path. Makes its folder. Text becomes UTF-8; its line ends stay.
    A device or a pipe is written to: nothing takes its place. A link stays; what it points to is replaced."""
    is_put_in_place, target = not path.exists() or path.is_file(), Path(os.path.realpath(path))
    written = target.with_name(f".{target.name}.new") if is_put_in_place else path
    written.parent.mkdir(parents=True, exist_ok=True)
    try:
        written.write_bytes(content.encode() if isinstance(content, str) else content)
        if is_put_in_place:
            written.replace(target)
    except OSError as error:  # a full disk names no file
        error.filename = error.filename or str(path)
        if is_put_in_place:
            written.unlink(missing_ok=True)
        raise
    return path


def replace_json(path: Path, data: object) -> None:
    replace_file(path, json.dumps(data, indent=2, ensure_ascii=False) + "\n")


def to_be_written(text: str | Path) -> Path:
    """Reads a flag's file, and tries now, not after a quarter of an hour, if it can be made. ValueError."""
    path = Path(text)
    if path.is_dir():
        raise ValueError(f"{path}: is a folder: name a file")
    if path.is_file() and any(os.path.exists(own) and path.samefile(own) for own in _OWN_OUTPUTS):
        raise ValueError(f"{path}: is where the command itself prints to: name another file")
    is_in_place = path.exists() and not path.is_file() and os.access(path, os.W_OK)
    return path if is_in_place else _tried(path, Path(os.path.realpath(path)).parents)


def a_folder(text: str) -> Path:
    """The same of a folder."""
    return _tried(Path(text), (Path(text), *Path(text).absolute().parents))


def _tried(path: Path, folders: Iterable[Path]) -> Path:
    """The path. Nothing is left of the trial."""
    try:
        TemporaryDirectory(prefix=".", dir=next(filter(Path.exists, folders))).cleanup()
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}: name one that can be written") from None
    return path
