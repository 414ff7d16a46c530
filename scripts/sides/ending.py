"""How scripts/gate.py, costs.py and bisect.py end: with an exit code, and the reports that were asked for."""

import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from cli.door import EXIT_INTERRUPTED, exit_code, mistakes_of
from cli.files import replace_file
from processes.kept_process import Interrupted
from text.judgement import Judgement


def write_reports(options: Any, *judgements: Judgement) -> None:
    """Those that were asked for: all of them as Markdown, the first as JUnit."""
    if options.markdown:
        replace_file(options.markdown, "\n".join(each.markdown() for each in judgements))
    if path := getattr(options, "junit", None):
        replace_file(path, judgements[0].junit())


def exit_code_of(command: str, options: Any, run: Callable[[Any], int], goes_on: str = "") -> int:
    """Runs the command. Whatever it is that nobody foresaw, it is no verdict, and is in the reports, as a CI
    reads only those. `goes_on`: what an interrupted one is told besides."""
    try:
        return run(options)
    except Interrupted:
        print(f"\n{command}: interrupted; no server is left running{goes_on}", file=sys.stderr)
        return EXIT_INTERRUPTED
    except Exception as error:
        with suppress(OSError):
            if not isinstance(error, BrokenPipeError):
                write_reports(options, Judgement(command, "failed", "; ".join(mistakes_of(error))))
        return exit_code(command, error)
