"""How files are named, from here or from the repository, and written: as a whole, or not at all.

What is written has a temporary name in the same folder and is then renamed: a reader never sees half a file,
and a command that is killed leaves the file as it was."""

import json
from pathlib import Path
from typing import Any

from cli.home import ROOT


def results_folder() -> Path:
    """Where recordings go: the repository's results/ from within it, ./results from elsewhere."""
    return (ROOT if Path.cwd().is_relative_to(ROOT) else Path.cwd()) / "results"


def from_here(path: Path | str) -> str:
    """A path, or a line that begins with one, as seen from where the bench was called."""
    return str(path).removeprefix(f"{Path.cwd()}/")


def portable(path: Path | str) -> str:
    """A path below the repository as seen from there, so that it is true of any other checkout as well."""
    return str(path).removeprefix(f"{ROOT}/")


def replace_file(path: Path, content: str | bytes) -> None:
    """Makes the folder if need be. Text becomes UTF-8, with the line ends it has."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = _beside(path)
    try:
        temporary.write_bytes(content.encode() if isinstance(content, str) else content)
    except OSError as error:  # a full disk names no file
        error.filename = error.filename or str(path)
        temporary.unlink(missing_ok=True)
        raise
    temporary.replace(path)


def replace_json(path: Path, data: Any) -> None:
    replace_file(path, json.dumps(data, indent=2, ensure_ascii=False) + "\n")


def to_be_written(text: str | Path) -> Path:
    """Reads a flag's file, and tries now, not after a quarter of an hour, whether it can be made. Raises
    ValueError."""
    path = Path(text)
    if path.is_dir():
        raise ValueError(f"{path}: is a folder: name a file")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _beside(path).touch()
        _beside(path).unlink()
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}: name a file in a folder that can be written") from None
    return path


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.new")
