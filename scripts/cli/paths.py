"""How paths are written: from where the bench was called or, in files that travel, from the repository.

Pure string work; nothing is looked up.
"""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def results_folder() -> Path:
    """Where recordings go: the repository's results/ from within it, ./results from elsewhere."""
    here = Path.cwd()
    return (ROOT if here == ROOT or ROOT in here.parents else here) / "results"


def from_here(path: Path | str) -> str:
    """A path, or a line that begins with one, as seen from where the bench was called."""
    return str(path).removeprefix(f"{Path.cwd()}/")


def portable(path: Path | str) -> str:
    """A path below the repository as seen from there, so that it is true of any other checkout as well."""
    return str(path).removeprefix(f"{ROOT}/")
