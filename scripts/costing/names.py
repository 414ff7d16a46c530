"""Names of functions as they fit into a line: long ones without what is in their brackets. Pure."""

import re

from costing.profile import NO_SYMBOLS

_COROUTINE = re.compile(r"\(.*\.Frame\*\) \[clone \.(actor|destroy)\]$")  # as g++ names their parts
_ANONYMOUS, _STAND_IN = "(anonymous namespace)", "\0"  # its brackets are none of parameters


def short_name(name: str, most: int = 60) -> str:
    """At most so many letters."""
    name = _COROUTINE.sub(r" [coroutine .\1]", name).replace(" [coroutine .actor]", " [coroutine]")
    if len(name) > most and not name.startswith(NO_SYMBOLS):
        name = _emptied(_emptied(name, "<", ">"), "(", ")")
    if len(name) <= most:
        return name
    # The end says most of a name with namespaces, the beginning of any other.
    return f"…{name[1 - most:]}" if "::" in name else f"{name[: most - 1]}…"


def _emptied(name: str, begin: str, end: str) -> str:
    """With nothing between each pair of brackets; as it was where they are no pairs, as in `operator<`."""
    kept, depth = [], 0
    before = ""
    for letter in name.replace(_ANONYMOUS, _STAND_IN):
        depth -= letter == end and before != "-"
        before = letter
        if depth == 0:
            kept.append(letter)
        depth += letter == begin
    return "".join(kept).replace(_STAND_IN, _ANONYMOUS) if depth == 0 else name
