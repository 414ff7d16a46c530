"""A process and all that descends from it, and what memory they hold."""

from contextlib import suppress


def family(ancestor: int) -> list[int]:
    """The process and its descendants."""
    import psutil  # here, so that --help and --dry-run need nothing but Python

    with suppress(psutil.NoSuchProcess):
        return [ancestor, *(child.pid for child in psutil.Process(ancestor).children(recursive=True))]
    return []


def resident_kib(ancestor: int | None) -> int | None:
    """The resident memory of all of them; None where there is none, or may be none seen."""
    import psutil

    total = 0
    for pid in family(ancestor) if ancestor else []:
        with suppress(psutil.Error):
            total += psutil.Process(pid).memory_info().rss // 1024
    return total or None
