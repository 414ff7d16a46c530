"""Files that are written as a whole: under a temporary name in the same folder, then renamed.

A reader never sees half a file, and a command that is killed leaves the file as it was.
"""

import json
import os
from pathlib import Path
from typing import Any


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
    os.replace(temporary, path)


def replace_json(path: Path, data: Any) -> None:
    replace_file(path, json.dumps(data, indent=2, ensure_ascii=False) + "\n")


def unwritable(path: Path) -> str | None:
    """Why `replace_file` would fail there, in words; None if it would not now."""
    if path.is_dir():
        return f"{path}: is a folder: name a file"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _beside(path).touch()
        _beside(path).unlink()
    except OSError as error:
        return f"{path}: {error.strerror}: name a file in a folder that can be written"
    return None


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.new")
