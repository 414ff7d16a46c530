"""Names of functions as they fit into a line: of long ones without templates and parameters. Pure."""

import re

_ANGLES = re.compile(r"<[^<>]+>")
_PARAMETERS = re.compile(r"\([^()]*\)( const)?( \[clone [^\]]*\])*$")
_OPERATORS = ("operator<", "operator>", "operator->")


def short_name(name: str, most: int = 60) -> str:
    """At most so many letters."""
    if len(name) <= most or not name.isascii():
        return _cut(name, most)
    short = _PARAMETERS.sub("()", name)
    while len(short) > most and not any(word in short for word in _OPERATORS):
        fewer = _ANGLES.sub("\0", short)
        if fewer == short:
            break
        short = fewer
    short = re.sub("\0+", "<>", short)
    return _cut(short, most)


def _cut(name: str, most: int) -> str:
    """The end says most of a name with namespaces, the beginning of any other."""
    if len(name) <= most:
        return name
    return f"…{name[1 - most:]}" if "::" in name else f"{name[:most - 1]}…"
