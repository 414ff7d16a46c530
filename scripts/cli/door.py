"""Every command enters here: what nobody foresaw ends it in one line and with exit code 2. Python itself
would exit with 1, which says `regressed` of a gate. Only Python's own modules and cli.files are imported
here, and an old Python can read both: what comes after them may be what fails."""

import codecs
import importlib
import os
import sys

from cli.files import as_typed, from_here

EXIT_BAD_INPUT, EXIT_INTERRUPTED = 2, 130
_PLAIN = dict(zip("µ×–−─’“”≥≤", ["u", "x", "-", "-", "-", "'", '"', '"', ">=", "<="]))


def exit_code(command, error):
    """Prints what happened; returns what the command is to exit with."""
    if isinstance(error, BrokenPipeError):  # the reader of our output has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_BAD_INPUT
    if isinstance(error, KeyboardInterrupt):
        print("\n{}: interrupted".format(command), file=sys.stderr)
        return EXIT_INTERRUPTED
    if os.environ.get("DEBUG"):
        sys.excepthook(type(error), error, error.__traceback__)
    for line in mistakes_of(error):
        print("{}: {}".format(command, as_typed(from_here(line))), file=sys.stderr)
    return EXIT_BAD_INPUT


def mistakes_of(error):
    """What went wrong, a line each, with the fix where there is one."""
    if getattr(error, "mistakes", None):  # of a cli.errors.CommandFailed
        return error.mistakes
    if isinstance(error, (ImportError, SyntaxError, TypeError)) and sys.version_info < (3, 11):
        python = "{} is Python {}".format(sys.executable, sys.version.split()[0])
        return [python + ": 3.11 or newer is needed: name it in PYTHON"]
    if isinstance(error, ModuleNotFoundError):
        return ["the Python package {} is missing: scripts/setup installs it".format(error.name)]
    if isinstance(error, OSError) and error.strerror:
        return ["{}: {}".format(error.filename or "a file", error.strerror)]
    text = " ".join(str(error).split()) or "without a word"
    return ["{}: {} (DEBUG=1 shows where)".format(type(error).__name__, text)]


def enter(module):
    """Runs the main() of the module and ends with what it returns."""

    def plain(error):  # a terminal that has no µ is shown a u, and never a traceback
        return "".join(_PLAIN.get(each, "?") for each in error.object[error.start : error.end]), error.end

    codecs.register_error("plain", plain)
    for stream in filter(None, (sys.stdout, sys.stderr)):
        stream.reconfigure(errors="plain")
    try:
        code = importlib.import_module(module).main()
    except (Exception, KeyboardInterrupt) as error:
        code = exit_code(os.path.basename(sys.argv[0]).partition(".")[0], error)
    sys.exit(code)
