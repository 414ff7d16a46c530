"""Mutants of the pure Python modules, and the tests that reach one through its imports, nearest first."""

from __future__ import annotations

import ast
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from mutation import ROOT, Ended, Mutant, run

SCRIPTS = ROOT / "scripts"
IMPURE_MODULES = set(
    "argparse asyncio fcntl http multiprocessing psutil selectors shutil signal socket subprocess sys "
    "tempfile threading urllib".split()
)
IMPURE_CALLS = {"open", "print", "write_text", "write_bytes", "mkdir", "unlink", "touch", "chmod"}
NEAREST = 12  # test files that are asked about a mutant, of the quick ones that reach its module
SLOW_FILE_S = 10  # of processor time; a test file that takes longer is not asked about each mutant
COMPARISONS: dict[type[ast.cmpop], list[type[ast.cmpop]]] = {
    ast.Lt: [ast.LtE, ast.GtE],
    ast.LtE: [ast.Lt, ast.Gt],
    ast.Gt: [ast.GtE, ast.LtE],
    ast.GtE: [ast.Gt, ast.Lt],
    ast.Eq: [ast.NotEq],
    ast.NotEq: [ast.Eq],
    ast.Is: [ast.IsNot],
    ast.IsNot: [ast.Is],
    ast.In: [ast.NotIn],
    ast.NotIn: [ast.In],
}
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
}


def modules() -> list[Path]:
    """Those outside the tests."""
    return sorted(p for p in SCRIPTS.rglob("*.py") if SCRIPTS / "tests" not in p.parents)


def is_pure(path: Path) -> bool:
    tree = ast.parse(path.read_text())
    called = {
        node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
    }
    return not called & IMPURE_CALLS and not {name.split(".")[0] for name in _imports(tree)} & IMPURE_MODULES


def mutants_of(path: Path) -> list[Mutant]:
    source = path.read_text()
    lines = [0]
    for line in source.splitlines(keepends=True):
        lines.append(lines[-1] + len(line))

    def offset(line: int, column: int) -> int:
        """The parser counts bytes."""
        text = source[lines[line - 1] : lines[line]]
        return lines[line - 1] + len(text.encode()[:column].decode())

    tree, found = ast.parse(source), []
    is_drawing = any(name.startswith("matplotlib") for name in _imports(tree))
    for node, after in _changes(tree):
        if is_drawing and isinstance(node, ast.Constant):
            continue  # places and sizes of ink: a test of them would be their copy
        start = offset(node.lineno, node.col_offset)
        end = offset(node.end_lineno or node.lineno, node.end_col_offset or 0)
        found.append(Mutant(path.relative_to(ROOT), start, source[start:end], after))
    return found


def _changes(node: ast.AST) -> Iterator[tuple[ast.expr | ast.stmt, str]]:
    """Each node that is changed, with what replaces it: no type hint, no decorator, no text."""
    if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.If) and _is_main_guard(node)):
        return
    if isinstance(node, ast.expr | ast.stmt):
        for text in _replacements(node):
            yield node, text if isinstance(node, ast.stmt | ast.Constant) else f"({text})"
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "decorator_list"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                if field in ("test", "ifs") and isinstance(child, ast.expr):
                    yield child, f"(not ({ast.unparse(child)}))"
                if isinstance(child, ast.Slice):
                    yield from _moved_slice(child)
                yield from _changes(child)


def _replacements(node: ast.expr | ast.stmt) -> Iterator[str]:
    match node:
        case ast.Compare(left, ops, comparators):
            for i, op in enumerate(ops):
                for other in COMPARISONS[type(op)]:
                    yield ast.unparse(ast.Compare(left, [*ops[:i], other(), *ops[i + 1 :]], comparators))
        case ast.BoolOp(op, values):
            yield ast.unparse(ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), values))
        case ast.Call(ast.Name("min" | "max" as name), args, keywords):
            other = "max" if name == "min" else "min"
            yield ast.unparse(ast.Call(ast.Name(other), args, keywords))
        case ast.BinOp(left, op, right) if type(op) in ARITHMETIC and not _is_text(left) | _is_text(right):
            yield ast.unparse(ast.BinOp(left, ARITHMETIC[type(op)](), right))
        case ast.AugAssign(target, op, value) if type(op) in ARITHMETIC and not _is_text(value):
            yield ast.unparse(ast.AugAssign(target, ARITHMETIC[type(op)](), value))
        case ast.UnaryOp(ast.Not(), operand):
            yield ast.unparse(operand)
        case ast.Constant(bool() as value):
            yield str(not value)
        case ast.Constant(int() | float() as value):
            yield repr(value + 1)
        case ast.Return(ast.expr() as value) if not isinstance(
            value, ast.Constant
        ) or value.value is not None:
            yield "return None"


def _moved_slice(node: ast.Slice) -> Iterator[tuple[ast.expr, str]]:
    for bound in (node.lower, node.upper):
        if bound is not None and not isinstance(bound, ast.Constant):
            yield bound, f"({ast.unparse(bound)}) + 1"


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _is_main_guard(node: ast.If) -> bool:
    return "__name__" in ast.unparse(node.test)


def _imports(tree: ast.AST) -> set[str]:
    """Every dotted name that may be a module: of `from a import b`, `a` and `a.b`."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def _imported_by(path: Path) -> set[Path]:
    found = set()
    for name in _imports(ast.parse(path.read_text())):
        for folder in (SCRIPTS, SCRIPTS / "tests"):
            at = folder.joinpath(*name.split("."))
            found |= {file for file in (at.with_suffix(".py"), at / "__init__.py") if file.is_file()}
    return found - {path}


class ReachingTests:
    """Which test files reach a module, and how long each takes as it is; None: it fails, or is too slow."""

    def __init__(self) -> None:
        self._imported = {p: _imported_by(p) for p in [*modules(), *(SCRIPTS / "tests").glob("*.py")]}
        self._seconds: dict[Path, float | None] = {}

    def reaching(self, module: Path) -> list[Path]:
        """Nearest first."""
        importers, near, found = {module}, {module}, []
        while near:
            near = {path for path, imported in self._imported.items() if imported & near} - importers
            importers |= near
            tests = [path for path in near if path.name.startswith("test_")]
            found += sorted(tests, key=lambda path: (path.stem != f"test_{module.stem}", path))
        return found

    def measure(self, path: Path, tree: Tree) -> None:
        ended = tree.run([path], 4 * SLOW_FILE_S)
        is_quick = ended.code == 0 and ended.cpu_s < SLOW_FILE_S
        self._seconds[path] = ended.cpu_s if is_quick else None

    def quick(self, module: Path) -> list[Path]:
        """The nearest; a slow one takes no other's place."""
        return [path for path in self.reaching(module) if self._seconds[path] is not None][:NEAREST]

    def limit_s(self, paths: list[Path]) -> float:
        return 20 + 10 * sum(self._seconds[path] or 0 for path in paths)


class Tree:
    """A copy of the scripts that may be broken; the rest of the repository is beside it as it is."""

    def __init__(self) -> None:
        self._holder = tempfile.TemporaryDirectory(prefix="mutants-")
        self.root = Path(self._holder.name)
        shutil.copytree(SCRIPTS, self.root / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
        for path in ROOT.iterdir():
            if path.name not in ("scripts", ".git", ".pytest_cache"):
                os.symlink(path, self.root / path.name)

    def run(self, tests: list[Path], limit_s: float) -> Ended:
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"]
        files = [str(path.relative_to(ROOT)) for path in tests]
        # Without compiled modules: one is taken for that of any source of the same size and second.
        return run([*command, *files], self.root, limit_s, {"PYTHONDONTWRITEBYTECODE": "1"})

    def kills(self, mutant: Mutant, tests: list[Path], limit_s: float) -> bool:
        target = self.root / mutant.path
        target.write_text(mutant.applied())
        try:
            return self.run(tests, limit_s).code != 0
        finally:
            shutil.copyfile(ROOT / mutant.path, target)
