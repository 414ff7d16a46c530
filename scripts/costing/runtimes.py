"""What runs a server, by the names of its programs: CPython, or what compiles while it runs, where callgrind
sees no functions and not the same instructions twice. Pure."""

import re
from collections.abc import Sequence

_COMPILING = {
    "node": "Node",
    "nodejs": "Node",
    "java": "Java",
    "dotnet": ".NET",
    "deno": "Deno",
    "bun": "Bun",
    "pypy": "PyPy",
    "pypy3": "PyPy",
    "luajit": "LuaJIT",
    "beam.smp": "Erlang",
}
_CPYTHON = re.compile(r"python[\d.]*")


def compiling_runtime(programs: Sequence[str]) -> str | None:
    return next((_COMPILING[name] for name in programs if name in _COMPILING), None)


def is_cpython(programs: Sequence[str]) -> bool:
    return any(map(_CPYTHON.fullmatch, programs))
