"""How scripts/gate.py, costs.py and bisect.py end: with an exit code, and the reports that were asked for."""

import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from cli.door import EXIT_INTERRUPTED, exit_code, mistakes_of
from cli.files import replace_file
from processes.kept_process import Interrupted


def write_reports(options: Any, markdown: str, junit: str) -> None:
    for path, text in ((options.markdown, markdown), (options.junit, junit)):
        if path:
            replace_file(path, text)


def exit_code_of(
    command: str, run: Callable[[], int], failed: Callable[[str], None] | None = None, goes_on: str = ""
) -> int:
    """Runs the command. Whatever it is that nobody foresaw, it is no verdict: `failed` is told why, as a CI
    reads only the files. `goes_on`: what an interrupted one is told besides."""
    try:
        return run()
    except Interrupted:
        print(f"\n{command}: interrupted; no server is left running{goes_on}", file=sys.stderr)
        return EXIT_INTERRUPTED
    except Exception as error:
        with suppress(OSError):
            if failed and not isinstance(error, BrokenPipeError):
                failed("; ".join(mistakes_of(error)))
        return exit_code(command, error)
