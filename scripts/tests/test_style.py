"""The house rules that a program can check: formatting, and who may know whom."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
INCLUDE = re.compile(r'^\s*#\s*include\s*["<]([^">]+)[">]', re.MULTILINE)


def cpp_files(*folders: str) -> list[Path]:
    found = [p for folder in folders for p in (ROOT / folder).rglob("*") if p.suffix in (".cpp", ".hpp")]
    assert found, f"no C++ in {', '.join(folders)}"
    return sorted(found)


def check(program: str, version: str, *arguments: str) -> None:
    """Runs a formatter's check. Another version would format differently, and its opinion is not asked."""
    if not shutil.which(program):
        pytest.fail(f"{program} is missing: scripts/setup --tests installs it")
    told = subprocess.run([program, "--version"], capture_output=True, text=True).stdout
    if not re.search(version, told):
        pytest.skip(f"the house style is that of Debian 12's {program}, this is {told.splitlines()[0]}")
    done = subprocess.run([program, *arguments], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_cpp_is_formatted():
    files = [str(path) for path in cpp_files("servers", "loadgen")]
    check("clang-format", r"version 14\.", "--dry-run", "-Werror", *files)


def test_python_is_formatted():
    check("black", r"black, 23\.", "--check", "--quiet", "scripts")


def test_python_is_linted():
    # E203 and W503 contradict black.
    check("flake8", r"^\d", "--max-line-length", "110", "--extend-ignore", "E203,W503", "scripts")


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


def test_the_scripts_know_the_binaries_and_the_schema_but_no_source_file():
    source = re.compile(r"\b(servers|loadgen)/[\w/]+\.[ch]pp\b")
    wrong = [path.name for path in (ROOT / "scripts").glob("*.py") if source.search(path.read_text())]
    assert not wrong


def test_shell_scripts_parse():
    for path in [ROOT / "scripts" / name for name in ("setup", "bench", "test", "quietly.sh")]:
        done = subprocess.run(["bash", "-n", str(path)], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
