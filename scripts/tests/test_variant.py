"""Variants: how each is started, and what it needs that is not there."""

import sys
from itertools import product
from pathlib import Path

import pytest

from plans import variant as variant_module
from plans.suite import read_suite
from plans.variant import Places, command_of, missing

SUITE = """
[classes.short]
target = "/ping"
[[workloads]]
name = "some"
requests = 10
connections = 10
connection_mode = "kept"
weights = { short = 1 }
[[variants]]
name = "mine"
server = "async_server"
[[variants]]
name = "other"
command = ["{python}", "{suite}/app.py", "--listen", "127.0.0.1:{port}"]
args = ["--build", "{build}"]
ready = "/up"
targets = { short = "/slow/{wait_ms}" }
environment = { MODE = "plain" }
requires = ["sh", "python:json"]
"""


@pytest.fixture
def write(tmp_path: Path):
    def write_suite(text: str = SUITE) -> Path:
        path = tmp_path / "mine.toml"
        path.write_text(text)
        return path

    return write_suite


def test_the_placeholders_of_a_command_are_filled_in(write):
    mine, other = read_suite(write()).variants
    places = Places(Path("/suites/mine"), Path("/build"))
    assert command_of(mine, places) == [
        "/build/servers/async_server", "--address", "127.0.0.1", "--port", "0",
    ]  # fmt: skip
    assert command_of(other, places) == [
        sys.executable, "/suites/mine/app.py", "--listen", "127.0.0.1:{port}", "--build", "/build",
    ]  # fmt: skip
    assert other.target("short", "/ping", 30) == "/slow/30" and other.target("long", "/task", 30) == "/task"
    assert dict(other.environment) == {"MODE": "plain"} and other.ready == "/up"


def test_what_is_not_installed_is_named(write, tmp_path):
    text = SUITE.replace(
        '"sh", "python:json"', '"no-such-program", "python:no_such.module", "file:{build}/x", "sh"'
    )
    other = read_suite(write(text)).variants[1]
    assert missing(other, Places(tmp_path, tmp_path)) == [
        "the program no-such-program", "the Python module no_such.module", f"the file {tmp_path}/x",
    ]  # fmt: skip


OURS = """[[variants]]
name = "mine"
server = "async_server"
requires = ["file:{build}/servers/async_server", "kernel:io_uring"]
"""


@pytest.mark.parametrize(("allowed", "is_built"), product((True, False), repeat=2))
def test_what_the_kernel_forbids_is_named_and_what_of_ours_is_not_built_yet_is_no_lack(
    write, tmp_path, monkeypatch, allowed, is_built
):
    monkeypatch.setattr(variant_module, "allows_io_uring", lambda: allowed)
    if is_built:
        (tmp_path / "servers").mkdir()
    mine = read_suite(write(SUITE.replace('[[variants]]\nname = "mine"\nserver = "async_server"\n', OURS)))
    lacks = missing(mine.variants[0], Places(tmp_path, tmp_path))
    assert lacks == [
        *([f"the file {tmp_path}/servers/async_server"] if is_built else []),
        *([] if allowed else ["io_uring, which the kernel or a container forbids,"]),
    ]
