"""A command's flags as the fields of a dataclass: each is declared once, with its default and its help.

    @dataclass(frozen=True)
    class Options(Flags):
        '''Run a suite.'''

        suite: str = argument("SUITE", "one below, or a .toml file; default hundred", default="hundred")
        dry_run: bool = switch("check everything, say what would run, and end")

A wrong flag is a line that names it and the fix, all of them at once."""

import argparse
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field, fields
from functools import partial
from inspect import getdoc
from typing import Any, NoReturn, Self

from cli.errors import UsageError
from cli.files import as_typed
from text.units import nearest, parse_duration_ms

Reader = Callable[[str], Any]  # raises ValueError with what is wrong with a value
duration_ms: Reader = parse_duration_ms


class Flags:
    """A dataclass whose fields are flags, unless a subclass takes them back. Its docstring is in the help."""

    COMMAND = ""  # what one types
    USAGE = "[flags]"
    UNEXPECTED = "not expected"  # what a word too many is told

    @classmethod
    def parse(cls, argv: list[str] | None) -> Self:
        """Raises UsageError."""
        parser = _Parser(cls)
        values, unknown = parser.parse_known_args(argv)
        wrong = [word.partition("=")[0] for word in unknown if word.startswith("-")]
        faults = parser.faults + [f"{word}: unknown flag: {nearest(word, parser.names)}" for word in wrong]
        if unknown and not faults:
            faults = [f"{unknown[0]!r}: {cls.UNEXPECTED}: see {parser.prog} --help"]
        options = None if faults else cls(**vars(values))
        if faults := faults or [*options.mistakes()]:
            raise UsageError(faults)
        return options

    def mistakes(self) -> Iterable[str]:
        """What does not go together, a line each."""
        return ()

    @staticmethod
    def epilog() -> str:
        """What the help says last; asked only when the help is."""
        return ""


def flag(
    metavar: Any, help: str, read: Reader = str, default: Any = None, group: str = "", **more: Any
) -> Any:
    """One with a value. `group`: the help's heading over this and those after it. `more`: for argparse."""
    words = {"metavar": metavar, "type": read, "help": help, "group": group, "dashes": "--"}
    return field(default=default, metadata=words | more)


def switch(help: str, default: bool = False) -> Any:
    """A flag without a value, which negates the default: --NAME, or --no-NAME where that is true."""
    dashes, action = ("--no-", "store_false") if default else ("--", "store_true")
    return field(default=default, metadata={"action": action, "help": help, "group": "", "dashes": dashes})


def argument(metavar: str, help: str, read: Reader = str, default: Any = None) -> Any:
    """A word without a flag; it may be left out."""
    return flag(metavar, help, read, default, dashes="", nargs="?")


class _Parser(argparse.ArgumentParser):
    def __init__(self, options: type[Flags]):
        form = partial(argparse.RawDescriptionHelpFormatter, max_help_position=28, width=100)
        how = {"allow_abbrev": False, "argument_default": argparse.SUPPRESS, "formatter_class": form}
        super().__init__(options.COMMAND, f"{options.COMMAND} {options.USAGE}", getdoc(options), **how)
        self.options, self.faults, self.names, group = options, [], ["--help"], self
        for each in (each for each in fields(options) if each.metadata):
            words = dict(each.metadata)
            spelled, dashes, title = each.name, words.pop("dashes"), words.pop("group")
            if title:
                group = self.add_argument_group(title)
            if dashes:  # without the unit: --slice of slice_ms
                spelled = dashes + re.sub(r"_m?s$", "", each.name).replace("_", "-")
                self.names.append(spelled)
                words["dest"] = each.name
            else:
                words["default"] = each.default
            if "type" in words:
                words["type"] = partial(self._read, words["type"], spelled if dashes else words["metavar"])
            group.add_argument(spelled, **words | {"help": words["help"].replace("%", "%%")})

    def _read(self, read: Reader, name: str, text: str) -> Any:
        """Notes what is wrong: argparse would end at the first value that is."""
        try:
            return read(text)
        except ValueError as error:
            self.faults.append(f"{name}: {error}")

    def format_help(self) -> str:
        self.epilog = self.options.epilog()
        return as_typed(super().format_help())

    def error(self, message: str) -> NoReturn:
        hint = f", see {self.prog} --help" if message.endswith("argument") else ""
        raise UsageError(message.removeprefix("argument ") + hint)


def of_form(form: str, pattern: str, read: Reader = str, fits: Callable[[Any], bool] | None = None) -> Reader:
    """What matches the whole pattern and, once read, fits."""

    def read_text(text: str) -> Any:
        if not re.fullmatch(pattern, text) or (fits and not fits(read(text))):
            raise ValueError(f"{text!r} is not {form}")
        return read(text)

    return read_text


def whole(least: int, most: int) -> Reader:
    form = f"a whole number from {least} to {most}"
    return of_form(form, r"[0-9]{1,10}", int, lambda number: least <= number <= most)


def names(text: str) -> tuple[str, ...]:
    """`A,B`, each once."""
    words = tuple(dict.fromkeys(filter(None, text.split(","))))
    if not words:
        raise ValueError("name at least one, several with commas between: A,B")
    return words


def one_of(*words: str) -> Reader:
    def read(text: str) -> str:
        if text not in words:
            raise ValueError(f"{text!r}: {nearest(text, words)}")
        return text

    return read


def _per_cent(text: str) -> float:
    return float(text[:-1]) / 100


share = of_form(
    "a share from 0.1% to 50%, such as 5%", r"[0-9]+(\.[0-9]+)?%", _per_cent, lambda part: 0 < part <= 0.5
)
url_path = of_form("a path such as /ping", r"/[!-~]*")


def as_words(flags: Mapping[str, Any]) -> list[str]:
    """Flags as one types them: a list's for each of its values, one that is True alone, and not one without a
    value: None, False, or 0."""
    words: list[str] = []
    for name, given in flags.items():
        for value in given if isinstance(given, (list, tuple)) else [given]:
            words += [name] if value is True else [name, str(value)] if value not in (None, 0) else []
    return words
