"""The house rules that a program can check. What is exempt is in house_exceptions.py, and may only shrink."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from house_exceptions import (
    LONGER,
    TO_BE_RENAMED,
    UNUSED,
)

ROOT = Path(__file__).resolve().parent.parent.parent
SCRIPTS = ROOT / "scripts"
INCLUDE = re.compile(r'^\s*#\s*include\s*["<]([^">]+)[">]', re.MULTILINE)

MOST_LINES = 300
MOST_LINES_OF_A_DOOR = 40
MOST_LINES_OF_A_FUNCTION = 70
NO_NAMES = set("found told mine shown known apart heard ours theirs of".split())
RUN_AS_PROCESSES = {
    "processes/kept_process.py": "the keeper must outlive a bench that is killed",
    "processes/postgres.py": "its parent may be killed, and nothing may be left then",
    "pages/readme.py": "the README shows what a command prints",
}


# --- The scripts as they are written ---


@cache
def modules() -> dict[str, ast.Module]:
    """Those of the scripts that are no tests, by their path below scripts/."""
    paths = [path for path in SCRIPTS.rglob("*.py") if "tests" not in path.parts]
    return {str(path.relative_to(SCRIPTS)): ast.parse(path.read_text(encoding="utf-8")) for path in paths}


def doors() -> list[Path]:
    return [path for path in SCRIPTS.iterdir() if path.is_file() and path.name != "README.md"]


def packages() -> list[str]:
    """From the README's table: each may import from those before it."""
    return re.findall(r"^\| `(\w+)` \|", (SCRIPTS / "README.md").read_text(encoding="utf-8"), re.MULTILINE)


def module_path(name: str) -> str | None:
    """None for what is not a module of one of the packages: `bisect` is Python's, and no door."""
    path = name.replace(".", "/")
    return next((p for p in (f"{path}.py", f"{path}/__init__.py") if "/" in p and p in modules()), None)


def is_typing_only(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def imports(node: ast.AST) -> Iterator[str]:
    """Paths below scripts/ of the modules that are imported, at the top or within a function."""
    for child in ast.iter_child_nodes(node):
        if is_typing_only(child):
            continue
        names = []
        if isinstance(child, ast.Import):
            names = [alias.name for alias in child.names]
        elif isinstance(child, ast.ImportFrom) and child.module:
            inner = [f"{child.module}.{alias.name}" for alias in child.names]
            names = [name if module_path(name) else child.module for name in inner]
        elif isinstance(child, ast.Call) and ast.unparse(child.func) == "enter":
            names = [ast.literal_eval(child.args[0])]
        yield from filter(None, map(module_path, names))
        yield from imports(child)


@cache
def imports_of(path: str) -> set[str]:
    return set(imports(modules()[path]))


def names_given(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr


# --- Formatting ---


def cpp_files(*folders: str) -> list[Path]:
    files = [p for folder in folders for p in (ROOT / folder).rglob("*") if p.suffix in (".cpp", ".hpp")]
    assert files, f"no C++ in {', '.join(folders)}"
    return sorted(files)


def check(program: str, version: str, *arguments: str) -> None:
    """Runs a formatter's check. Another version would format differently, and its opinion is not asked."""
    if not shutil.which(program):
        pytest.fail(f"{program} is missing: scripts/setup --tests installs it")
    printed = subprocess.run([program, "--version"], capture_output=True, text=True).stdout
    if not re.search(version, printed):
        pytest.skip(f"the house style is that of Debian 12's {program}, this is {printed.splitlines()[0]}")
    done = subprocess.run([program, *arguments], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_cpp_is_formatted():
    files = [str(path) for path in cpp_files("servers", "loadgen")]
    check("clang-format", r"version 14\.", "--dry-run", "-Werror", *files)


def test_python_is_formatted():
    check("black", r"black, 23\.", "--check", "--quiet", "scripts", "servers")


def test_python_is_linted():
    # E203 and W503 contradict black.
    check("flake8", r"^\d", "--max-line-length", "110", "--extend-ignore", "E203,W503", "scripts", "servers")


def test_shell_scripts_parse():
    shell = [path for path in doors() if path.suffix != ".py"] + list(SCRIPTS.rglob("*.sh"))
    assert len(shell) > 3
    for path in shell:
        done = subprocess.run(["bash", "-n", str(path)], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


# --- Who may know whom ---


@pytest.mark.parametrize(("folder", "other"), [("servers", "loadgen"), ("loadgen", "servers")])
def test_the_servers_and_the_generator_never_include_each_other(folder, other):
    wrong = [
        f"{path.relative_to(ROOT)} includes {name}"
        for path in cpp_files(folder)
        for name in INCLUDE.findall(path.read_text())
        if name.startswith(f"{other}/") or f"../{other}" in name
    ]
    assert not wrong


def test_includes_of_ours_are_written_from_the_top():
    wrong = [
        f"{path.relative_to(ROOT)} includes {name}"
        for path in cpp_files("servers", "loadgen")
        for name in INCLUDE.findall(path.read_text())
        if ".." in Path(name).parts or (path.parent / name).is_file()
    ]
    assert not wrong


def test_where_the_programs_are_is_known_in_one_place():
    """An installed copy has them elsewhere."""
    built = re.compile(r'ROOT / ["\']build')
    assert [path for path in modules() if built.search((SCRIPTS / path).read_text())] == ["cli/files.py"]


def test_the_scripts_know_the_binaries_and_the_schema_but_no_source_file():
    source = re.compile(r"\b(servers|loadgen)/[\w/]+\.[ch]pp\b")
    assert not [path for path in modules() if source.search((SCRIPTS / path).read_text())]


def test_a_package_imports_only_from_those_above_it_in_the_readme():
    order = packages()
    wrong = set()
    for path in modules():
        package = path.partition("/")[0]
        if package.endswith(".py"):
            continue  # a door may enter whatever it likes
        for name in {imported.partition("/")[0] for imported in imports_of(path)} - {package}:
            if order.index(name) > order.index(package):
                wrong.add(path)
    assert wrong == set()


def test_every_package_is_in_the_readme():
    there = {path.partition("/")[0] for path in modules() if "/" in path}
    assert there - set(packages()) == set()


def test_no_modules_import_each_other_in_a_circle():
    graph = {path: {*imports_of(path)} - {path} for path in modules()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_every_module_is_imported_or_entered_by_a_door():
    imported = {name for path in modules() for name in imports_of(path) if name != path}
    inside = {path for path in modules() if "/" in path and not path.endswith("__init__.py")}
    assert inside - imported == set(UNUSED)


def test_no_module_runs_another_as_a_command_line():
    command = re.compile(r"scripts/(\w+\.py|bench|setup|test)|\w+\.py")
    runs = {
        path
        for path, tree in modules().items()
        if any(isinstance(node, ast.Import) and node.names[0].name == "subprocess" for node in ast.walk(tree))
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and command.fullmatch(str(node.value))
    }
    assert runs == set(RUN_AS_PROCESSES)


# --- Size ---


def test_the_commands_at_the_top_are_doors():
    for path in doors():
        assert len(path.read_text().splitlines()) <= MOST_LINES_OF_A_DOOR, path.name
        assert path.stat().st_mode & 0o111, f"{path.name} cannot be executed"
        assert path.suffix != ".py" or "enter(" in path.read_text(), path.name


def test_a_file_is_one_noun_and_argues_above_300_lines():
    python = [*SCRIPTS.rglob("*.py"), *(ROOT / "servers").rglob("*.py")]
    files = [*cpp_files("servers", "loadgen"), *python, *SCRIPTS.rglob("*.sh")]
    long = {str(p.relative_to(ROOT)) for p in files if len(p.read_text().splitlines()) > MOST_LINES}
    assert long - set(LONGER) == set()
    assert set(LONGER) - long == set(), "no longer as long: take them off the list"


def test_a_function_fits_on_a_page():
    long = [
        f"{path}: {node.name}"
        for path, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.end_lineno - node.lineno >= MOST_LINES_OF_A_FUNCTION
    ]
    assert not long


# --- Names ---


def test_names_say_what_a_thing_is():
    banned = {
        path for path, tree in modules().items() if {n.strip("_") for n in names_given(tree)} & NO_NAMES
    }
    assert banned - TO_BE_RENAMED == set()
    assert TO_BE_RENAMED - banned == set(), "they are clean: take them off the list"


def test_no_two_classes_have_one_name():
    places = defaultdict(list)
    for path, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                places[node.name].append(path)
    twice = {name for name, paths in places.items() if len(paths) > 1}
    assert twice == set(), {name: places[name] for name in twice}


def test_nothing_committed_names_a_path_of_this_machine():
    here = [str(ROOT), r"/home/[a-z]", r"/Users/[A-Za-z]"]
    command = ["git", "-C", str(ROOT), "grep", "-lIE", "|".join(here)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode > 1:
        pytest.skip("not a git checkout")
    own = str(Path(__file__).resolve().relative_to(ROOT))
    assert not [name for name in done.stdout.splitlines() if name != own]
