"""How a command says that it cannot go on: in lines for its user, with exit code 2, without a traceback."""

from collections.abc import Iterable


class CommandFailed(Exception):
    """`mistakes`: what is wrong, a line each, with the fix where there is one. cli.door prints them."""

    def __init__(self, mistakes: str | Iterable[str]):
        self.mistakes = [mistakes] if isinstance(mistakes, str) else list(mistakes)
        super().__init__("\n".join(self.mistakes))


class UsageError(CommandFailed):
    """What is wrong with the flags."""
