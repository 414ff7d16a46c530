"""A command's flags as the fields of a dataclass: each is declared once, with its default and its help.

    @dataclass(frozen=True)
    class Options:
        suite: str = argument("SUITE", "one below, or a .toml file; default hundred", default="hundred")
        repetitions: int | None = flag("N", "how often each is measured", read=whole(1, 999))
        dry_run: bool = switch("check everything, say what would run, and end")

    options = parse(Options, argv, command="scripts/bench", description="Run a suite.")

A wrong flag is a line that names it and the fix, all of them at once."""

import argparse
import re
from collections.abc import Callable, Mapping
from dataclasses import field, fields
from functools import partial
from typing import Any, NoReturn, TypeVar

from cli.errors import UsageError
from cli.home import as_typed
from text.units import nearest, parse_duration_ms

Options = TypeVar("Options")
Reader = Callable[[str], Any]  # raises ValueError with what is wrong with a value
duration_ms: Reader = parse_duration_ms


def flag(
    metavar: str | tuple[str, ...],
    help: str,
    read: Reader = str,
    default: Any = None,
    group: str = "",
    repeats: bool = False,
) -> Any:
    """One with as many values as metavars. `group`: the help's heading over this flag and those after it.
    One that `repeats` may be given many times and is the list of what it was given."""
    words = {"metavar": metavar, "help": help, "type": read}
    words |= {"nargs": len(metavar)} if isinstance(metavar, tuple) else {}
    words |= {"action": "append"} if repeats else {}
    return field(default=default, metadata={"words": words, "dashes": "--", "group": group})


def switch(help: str, default: bool = False) -> Any:
    """A flag without a value, which negates the default: --NAME, or --no-NAME where that is true."""
    words = {"help": help, "action": "store_false" if default else "store_true"}
    return field(default=default, metadata={"words": words, "dashes": "--no-" if default else "--"})


def argument(metavar: str, help: str, read: Reader = str, default: Any = None) -> Any:
    """A word without a flag; it may be left out."""
    words = {"metavar": metavar, "help": help, "type": read, "nargs": "?", "default": default}
    return field(default=default, metadata={"words": words, "dashes": ""})


def parse(
    options: type[Options],
    argv: list[str] | None,
    *,
    command: str,
    description: str,
    usage: str = "[flags]",
    epilog: Callable[[], str] | None = None,
    unexpected: str = "not expected",
) -> Options:
    """The command line as `options`. Raises UsageError. `unexpected`: what a word too many is told."""
    command, mistakes, names = as_typed(command), [], ["--help"]
    form = partial(argparse.RawDescriptionHelpFormatter, max_help_position=28, width=100)
    # The dataclass has the defaults.
    how = {"allow_abbrev": False, "argument_default": argparse.SUPPRESS, "formatter_class": form}
    parser = _Parser(command, f"{command} {usage}", description, **how)
    parser.make_epilog, group = epilog, parser
    for each in fields(options):
        if not each.metadata:  # a flag of another command, which this one sets by itself
            continue
        words, dashes = dict(each.metadata["words"]), each.metadata["dashes"]
        words["help"] = words["help"].replace("%", "%%")
        # Of the field without its unit, as --slice of slice_ms.
        name = dashes + re.sub(r"_m?s$", "", each.name).replace("_", "-") if dashes else words["metavar"]
        if "type" in words:
            words["type"] = partial(_read, words["type"], name, mistakes)
        if title := each.metadata.get("group"):
            group = parser.add_argument_group(title)
        if dashes:
            names.append(name)
            group.add_argument(name, dest=each.name, **words)
        else:
            group.add_argument(each.name, **words)
    values, unknown = parser.parse_known_args(argv)
    wrong = [word.partition("=")[0] for word in unknown if word.startswith("-")]
    mistakes += [f"{word}: unknown flag: {nearest(word, names)}" for word in wrong]
    if unknown and not mistakes:
        mistakes.append(f"{unknown[0]!r}: {unexpected}: see {command} --help")
    if mistakes:
        raise UsageError(mistakes)
    return options(**vars(values))


class _Parser(argparse.ArgumentParser):
    make_epilog: Callable[[], str] | None = None  # asked only when the help is

    def format_help(self) -> str:
        self.epilog = self.make_epilog() if self.make_epilog else None
        return as_typed(super().format_help())

    def error(self, message: str) -> NoReturn:
        hint = f", see {self.prog} --help" if message.endswith("argument") else ""
        raise UsageError(message.removeprefix("argument ") + hint)


def _read(read: Reader, name: str, mistakes: list[str], text: str) -> Any:
    """Notes what is wrong: argparse would end at the first value that is."""
    try:
        return read(text)
    except ValueError as error:
        mistakes.append(f"{name}: {error}")


def _of_form(form: str, pattern: str, read: Reader = str, fits: Callable[[Any], bool] = bool) -> Reader:
    def read_text(text: str) -> Any:
        if not re.fullmatch(pattern, text) or not fits(read(text)):
            raise ValueError(f"{text!r} is not {form}")
        return read(text)

    return read_text


def whole(least: int, most: int) -> Reader:
    form = f"a whole number from {least} to {most}"
    return _of_form(form, r"[0-9]{1,10}", int, lambda number: least <= number <= most)


# `5%` as 0.05.
share = _of_form(
    "a share from 0.1% to 50%, such as 5%",
    r"[0-9]+(?:\.[0-9]+)?%",
    lambda text: float(text[:-1]) / 100,
    lambda part: 0 < part <= 0.5,
)
url_path = _of_form("a path such as /ping", r"/[!-~]*")


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


def as_words(flags: Mapping[str, Any]) -> list[str]:
    """Flags as one types them: a list's for each of its values, one that is True alone, and not one without a
    value: None, False, or 0."""
    words: list[str] = []
    for name, given in flags.items():
        for value in given if isinstance(given, (list, tuple)) else [given]:
            words += [name] if value is True else [name, str(value)] if value not in (None, 0) else []
    return words
