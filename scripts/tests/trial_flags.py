"""The flags of the programs of trials here: names of trials, --keep, --help; a wrong one gets one line."""

from __future__ import annotations

import argparse
from collections.abc import Collection
from typing import NoReturn


class TrialParser(argparse.ArgumentParser):
    """`trials`: the names there are; in `names` are those that were given."""

    def __init__(self, description: str, trials: Collection[str]):
        form = argparse.RawDescriptionHelpFormatter
        super().__init__(description=description, formatter_class=form, allow_abbrev=False)
        self._trials = trials
        self.add_argument("names", nargs="*", metavar="NAME", help="of trials; default all")
        self.add_argument("--keep", action="store_true", help="put what is done into results/reference")

    def read(self, argv: list[str]) -> argparse.Namespace:
        options = self.parse_args(argv)
        if unknown := [name for name in options.names if name not in self._trials]:
            self.error(f"no such trial: {', '.join(unknown)}: there is {', '.join(self._trials)}")
        return options

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog.removesuffix('.py')}: {message}\n")
