"""A command's flags as the fields of a dataclass, as in benching/bench.py: each is declared once, with its
default and its help. A wrong flag is a line that names it and the fix, all of them at once."""

import argparse
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field, fields
from functools import partial
from inspect import getdoc
from typing import Any, Self

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
        form = partial(argparse.RawDescriptionHelpFormatter, max_help_position=28, width=100)
        how = {"prog": cls.COMMAND, "usage": f"{cls.COMMAND} {cls.USAGE}", "description": getdoc(cls)}
        how |= {"allow_abbrev": False, "argument_default": argparse.SUPPRESS, "formatter_class": form}
        parser = group = argparse.ArgumentParser(add_help=False, exit_on_error=False, **how)
        parser.add_argument("-h", "--help", action="store_true", help="show this help message and exit")
        faults, names, see = [], ["--help"], f"see {cls.COMMAND} --help"

        def noted(read: Reader, name: str, text: str) -> Any:
            """Its value; what is wrong with it is noted, as argparse would end at the first that is."""
            try:
                return read(text)
            except ValueError as error:
                faults.append(f"{name}: {error}")

        for each in (each for each in fields(cls) if each.metadata):
            words, spelled = dict(each.metadata), each.name
            dashes, title = words.pop("dashes"), words.pop("group")
            group = parser.add_argument_group(title) if title else group
            if dashes:  # without the unit: --slice of slice_ms
                spelled = dashes + re.sub(r"_m?s$", "", each.name).replace("_", "-")
                words["dest"] = each.name
                names.append(spelled)
            else:
                words["default"] = each.default
            if "type" in words:
                words["type"] = partial(noted, words["type"], spelled if dashes else words["metavar"])
            words["help"] = words["help"].replace("%", "%%")
            (group if dashes else parser).add_argument(spelled, **words)
        try:
            values, unknown = parser.parse_known_args(argv)
        except argparse.ArgumentError as error:
            raise UsageError(f"{error}, {see}".removeprefix("argument ")) from None
        if hasattr(values, "help"):
            parser.epilog = cls.epilog()
            print(as_typed(parser.format_help()), end="")
            raise SystemExit
        wrong = [word.partition("=")[0] for word in unknown if word.startswith("-")]
        faults += [f"{word}: unknown flag: {nearest(word, names)}" for word in wrong]
        if unknown and not faults:
            faults = [f"{unknown[0]!r}: {cls.UNEXPECTED}: {see}"]
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


def flag(metavar: Any, help: str, read: Reader = str, default: Any = None, group="", **more: Any) -> Any:
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


def of_form(form: str, pattern: str, read: Reader = str, *limits: float) -> Reader:
    """What matches the whole pattern and, once read, is from the first of two limits to the second."""

    def read_text(text: str) -> Any:
        if re.fullmatch(pattern, text) and (not limits or limits[0] <= read(text) <= limits[1]):
            return read(text)
        raise ValueError(f"{text!r} is not {form}")

    return read_text


def whole(least: int, most: int) -> Reader:
    return of_form(f"a whole number from {least} to {most}", r"[0-9]{1,10}", int, least, most)


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


_A_SHARE = "a share from 0.1% to 50%, such as 5%"
share = of_form(_A_SHARE, r"[0-9]+(\.[0-9]+)?%", lambda text: float(text[:-1]) / 100, 0.001, 0.5)
url_path = of_form("a path such as /ping", r"/[!-~]*")


def as_words(flags: Mapping[str, Any]) -> list[str]:
    """Flags as one types them: a list's for each value, one that is True alone, none of None, False or 0."""
    words: list[str] = []
    for name, given in flags.items():
        for value in given if isinstance(given, (list, tuple)) else [given]:
            words += [name] if value is True else [name, str(value)] if value not in (None, 0) else []
    return words
