"""What `cmake --install` and `cpack` make of build/release: a copy that works wherever it lies, with nothing
of the checkout, and a package that says what it needs."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
RELEASE = ROOT / "build/release"
HOME = "libexec/sync-vs-async"
TINY = "bench hundred --variants async --workloads all-short --repetitions 1 --no-calibration".split()


def run(*command: str | Path, **how) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=120, **how)


def require(*programs: str) -> None:
    if missing := [program for program in programs if not shutil.which(program)]:
        pytest.skip(f"{missing[0]} is not installed: scripts/setup --tests installs it")
    if not (RELEASE / "loadgen/loadgen").is_file():
        pytest.skip("build/release is not built")


@pytest.fixture(scope="module")
def package(tmp_path_factory) -> Path:
    require("cpack", "dpkg-deb", "dpkg-shlibdeps", "file")
    made = tmp_path_factory.mktemp("package")
    done = run("cpack", "--config", RELEASE / "CPackConfig.cmake", "-B", made, cwd=RELEASE)
    assert done.returncode == 0, done.stdout + done.stderr
    [path] = made.glob("*.deb")
    return path


@pytest.fixture(scope="module", params=["cmake --install", "the package"])
def prefix(request, tmp_path_factory) -> Path:
    """Installed for /usr, in a root of its own that was moved since."""
    made, root = tmp_path_factory.mktemp("made"), tmp_path_factory.mktemp("moved") / "root"
    if request.param == "the package":
        done = run("dpkg-deb", "--extract", request.getfixturevalue("package"), made)
    else:
        require("cmake")
        env = {**os.environ, "DESTDIR": str(made)}
        done = run("cmake", "--install", RELEASE, "--prefix", "/usr", env=env)
    assert done.returncode == 0, done.stdout + done.stderr
    made.rename(root)
    return root / "usr"


def installed(prefix: Path, *words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """The command through a link on PATH, as somebody whose environment knows nothing of the checkout."""
    link = cwd / "bin/sync-vs-async"
    link.parent.mkdir(exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(prefix / "bin/sync-vs-async")
    env = {"PATH": f"{link.parent}:/usr/bin:/bin", "HOME": str(cwd.parent), "LANG": "C.UTF-8"}
    done = run("sync-vs-async", *words, cwd=cwd, env=env)
    assert "Traceback" not in done.stderr, done.stderr
    return done


def test_a_suite_runs_from_an_installed_copy_and_leaves_its_results_where_one_stands(prefix, tmp_path):
    before = sorted(prefix.rglob("*"))
    done = installed(prefix, *TINY, cwd=tmp_path)
    assert done.returncode == 0 and "1 of 1 runs ok" in done.stdout, done.stdout + done.stderr
    latest = tmp_path / "results/latest"
    about = json.loads((latest / "run.json").read_text())
    assert about["command"][:3] == ["sync-vs-async", "bench", "hundred"]
    assert about["variants"][0]["command"][0] == "servers/async_server"
    assert about["clients"][0]["version"] == about["build"]["version"] and about["git"]["commit"] is None
    assert str(ROOT) not in (latest / "run.json").read_text()
    (latest / "report.html").unlink()
    done = installed(prefix, "report", "results/latest", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "") and (latest / "report.html").is_file()
    done = installed(prefix, "compare", "results/latest", "results/latest", cwd=tmp_path)
    assert done.returncode == 0 and "this is no gate, as sync-vs-async gate is" in done.stdout
    assert sorted(prefix.rglob("*")) == before


def test_help_lists_every_command_with_a_line_and_each_explains_itself(prefix, tmp_path):
    done = installed(prefix, "--help", cwd=tmp_path)
    commands, _, programs = done.stdout.partition("programs:")
    lines = dict(re.findall(r"^  (\w+) +(\S.+)$", commands, re.MULTILINE))
    scripts = {path.stem for path in (prefix / HOME / "scripts").glob("*.py")} | {"setup"}
    assert lines.keys() == scripts >= {"bench", "gate", "compare", "report"}
    for name in lines:
        told = installed(prefix, name, "--help", cwd=tmp_path)
        assert told.returncode == 0 and f"sync-vs-async {name}" in told.stdout, told.stdout + told.stderr
        assert "scripts/" not in told.stdout
    programs = dict(re.findall(r"^  (\w+) +(\S.+)$", programs, re.MULTILINE))
    servers = {path.name for path in (prefix / HOME / "servers").iterdir() if path.is_file()}
    assert programs.keys() == servers | {"loadgen"} >= {"blocking_server", "async_server"}
    for name, line in programs.items():
        assert installed(prefix, name, "--help", cwd=tmp_path).stdout.startswith(f"{line}\nUsage: {name} ")


def test_the_version_is_that_of_the_project(prefix, tmp_path):
    [version] = re.findall(r"^project\(.* VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text(), re.MULTILINE)
    assert installed(prefix, "--version", cwd=tmp_path).stdout == f"sync-vs-async {version}\n"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (
            ["gate", "--baseline", "main", "--candidate", "HEAD"],
            "gate: --baseline: an installed copy has no",
        ),
        (["bench", "--variants", "asink"], "bench: --variants: 'asink' is not in the suite hundred"),
        (["bench", "servers", "--variants", "httplib"], "not found: sync-vs-async setup --servers"),
        (["benhc"], "sync-vs-async: benhc: unknown command: see sync-vs-async --help"),
    ],
)
def test_what_does_not_go_from_an_installed_copy_is_a_line(prefix, tmp_path, words, says):
    done = installed(prefix, *words, cwd=tmp_path)
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert says in done.stderr


def test_only_what_is_needed_is_installed(prefix):
    paths = [path.relative_to(prefix) for path in prefix.rglob("*") if not path.is_dir()]
    assert not [path for path in paths if {"tests", "reference", "__pycache__"} & set(path.parts)]
    assert not [path for path in paths if path.name in ("README.md", "readme.py", "reference.py")]
    assert {path.parts[0] for path in paths} == {"bin", "libexec", "share"}
    readable = [path for path in paths if (prefix / path).stat().st_mode & 0o044 == 0o044]
    assert readable == paths


def imported(scripts: Path) -> Iterator[str]:
    """The packages that the scripts import."""
    for path in scripts.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                yield from (alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield node.module.partition(".")[0]


def test_the_package_depends_on_what_its_scripts_import_and_its_programs_load(package, tmp_path):
    field = run("dpkg-deb", "--field", package, "Depends").stdout
    depends = {entry.split()[0] for entry in field.split(",")}
    assert run("dpkg-deb", "--extract", package, tmp_path).returncode == 0
    scripts = tmp_path / "usr" / HOME / "scripts"
    own = {path.stem for path in scripts.iterdir()}
    needed = {f"python3-{name.lower()}" for name in {*imported(scripts)} - own - sys.stdlib_module_names}
    needed -= {"python3-google"}  # protobuf: suggested, as only an export to Perfetto asks for it
    assert {"python3-numpy", "python3-rich"} <= needed <= depends
    assert needed | {"python3", "python3-munkres"} == {name for name in depends if name.startswith("python3")}
    programs = [path for path in scripts.parent.rglob("*") if is_elf(path)]
    assert {path.name for path in programs} >= {"loadgen", "blocking_server", "async_server"}
    loaded = {library for path in programs for library in re.findall(r"=> (/\S+)", run("ldd", path).stdout)}
    owners = run("dpkg-query", "--search", *loaded, *(f"/usr{path}" for path in loaded)).stdout
    assert {line.partition(":")[0] for line in owners.splitlines()} <= depends


def is_elf(path: Path) -> bool:
    return path.is_file() and path.read_bytes()[:4] == b"\x7fELF"
