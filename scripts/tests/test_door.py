"""What every command does before it has begun, and with what nobody foresaw: a line, never a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from cli import door
from cli.files import replace_file
from synthetic_gate import rows, write_gate

SCRIPTS = Path(__file__).resolve().parent.parent
REFERENCE = SCRIPTS.parent / "results/reference/hundred"
GATE = tempfile.TemporaryDirectory(prefix="gate-")  # recorded: regressed
REPLAY = ["gate.py", "--replay", str(write_gate(Path(GATE.name), rows(20, slowdown=0.15)))]
COMPARE = ["compare.py", str(REFERENCE), "--variants", "async", "async-2"]


def run(*words: str, python: tuple[str, ...] = (), **environment: str) -> subprocess.CompletedProcess[str]:
    name, *flags = words
    done = subprocess.run(
        [sys.executable, *python, str(SCRIPTS / name), *flags],
        env={**os.environ, **environment},
        capture_output=True,
        timeout=60,
        text=True,
        encoding="utf-8",
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


def broken(folder: Path, package: str, code: str) -> dict[str, str]:
    """An environment in which the import of the package does something else."""
    (folder / f"{package}.py").write_text(code)
    return {"PYTHONPATH": str(folder)}


@pytest.mark.parametrize(
    "words",
    [
        ["bench.py", "--help"],
        ["bench.py", "hundred", "--dry-run"],
        ["bench.py", "load", "--dry-run", "--objective", "p99<50ms"],
        ["gate.py", "--help"],
        ["compare.py", "--help"],
        ["bisect.py", "--help"],
    ],
)
def test_a_python_without_packages_is_enough_to_ask_what_there_is(words):
    done = run(*words, python=("-S",))  # without Debian's packages
    assert (done.returncode, done.stderr) == (0, "")


def test_a_door_that_is_called_as_a_module_of_pythons_is_not_taken_for_it():
    asks = f"import sys; sys.path.insert(0, {str(SCRIPTS)!r}); import bisect, random; print(bisect.__file__)"
    asks += "; assert bisect.bisect([1, 2, 3], 2) == 2 and random.choices([7], [1]) == [7]"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", asks], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()).parent == Path(os.__file__).parent


@pytest.mark.parametrize("words", [REPLAY, COMPARE, ["report.py", str(REFERENCE)]])
def test_a_missing_package_is_named_with_the_fix_and_is_no_regression(words):
    done = run(*words, python=("-S",))
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert "is missing: scripts/setup installs it" in done.stderr


@pytest.mark.parametrize(("words", "package"), [(REPLAY, "rich"), (["report.py", "x"], "jinja2")])
def test_what_nobody_foresaw_exits_with_2_even_while_importing(tmp_path, words, package):
    done = run(*words, **broken(tmp_path, package, "raise RuntimeError('so it goes')"))
    assert done.returncode == 2
    assert done.stderr == f"{words[0].partition('.')[0]}: RuntimeError: so it goes (DEBUG=1 shows where)\n"


@pytest.mark.parametrize(("words", "module"), [(REPLAY, "rich"), (["bench.py", "--help"], "tomllib")])
def test_an_interrupt_in_the_first_second_is_a_line(tmp_path, words, module):
    done = run(*words, **broken(tmp_path, module, "raise KeyboardInterrupt"))
    assert done.returncode == 130 and done.stderr.endswith(": interrupted\n")


@pytest.mark.parametrize("words", [REPLAY, COMPARE, ["bench.py", "--dry-run"]])
@pytest.mark.parametrize("encoding", [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0"}])
def test_a_terminal_that_has_no_greek_is_shown_plain_letters(words, encoding):
    done = run(*words, **encoding)
    assert done.returncode == (1 if words is REPLAY else 0), done.stderr
    assert done.stdout.isascii() and "?s" not in done.stdout and "?m" not in done.stdout


def test_an_old_python_is_told_from_a_missing_package(monkeypatch):
    missing = ModuleNotFoundError("No module named 'tomllib'", name="tomllib")
    assert "the Python package tomllib is missing" in door.mistakes_of(missing)[0]
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    assert "3.11 or newer is needed" in door.mistakes_of(missing)[0]


def test_a_full_disk_is_told_with_the_file_that_did_not_fit(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError) as fault:
        replace_file(tmp_path / "gate.csv", "rows")
    assert door.mistakes_of(fault.value) == [f"{tmp_path}/gate.csv: No space left on device"]
    assert list(tmp_path.iterdir()) == []


def test_what_happened_is_one_line():
    assert door.mistakes_of(OSError(13, "Permission denied", "there")) == ["there: Permission denied"]
    assert door.mistakes_of(ValueError("one\ntwo")) == ["ValueError: one two (DEBUG=1 shows where)"]


def test_a_reader_that_has_gone_is_no_regression():
    command = [sys.executable, str(SCRIPTS / REPLAY[0]), *REPLAY[1:]]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    process.stdout.close()
    assert process.stderr.read() == "" and process.wait(60) == 2
    process.stderr.close()
