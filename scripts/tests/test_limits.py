"""Every limit of the servers is in the README's table, and has a test of its own."""

from __future__ import annotations

import re
import subprocess

import pytest

from cli.errors import CommandFailed
from cli.files import ROOT
from pages import readme
from text.table import markdown

SERVERS = ("blocking_server", "async_server", "fiber_server", "async_server_uring")  # of all builds two
NO_LIMITS = {"--address", "--port", "--threads", "--offload", "--handicap-ns", "--db", "--db-connections"}
TEST = re.compile(r"\b(?:TEST|TEST_P|TEST_F|TYPED_TEST)\(\w+,\s*(\w+)\)")

HELP = """A server.
Options:
  -h,--help                   Print this help message and exit
  --port N=8080               port to listen on
  --max-header-bytes N=16384  more is answered 431
"""


@pytest.fixture(scope="module")
def help_texts() -> list[str]:
    programs = [p for name in SERVERS if (p := ROOT / "build" / "release" / "servers" / name).exists()]
    if len(programs) < 2:
        pytest.skip("the release preset is not built")
    return [subprocess.check_output([program, "--help"], text=True) for program in programs]


def test_every_flag_that_limits_has_its_row(help_texts):
    rows = {limit["set_by"] for limit in readme.LIMITS if limit["set_by"].startswith("--")}
    for text in help_texts:
        assert (
            rows == dict(readme.OPTION.findall(text)).keys() - NO_LIMITS
        ), "each is an entry of limits.toml, or no limit"


def test_every_limit_has_a_test_of_the_servers():
    sources = (ROOT / "servers" / "tests").glob("*.cpp")
    known = {name for source in sources for name in TEST.findall(source.read_text(encoding="utf-8"))}
    for limit in readme.LIMITS:
        tests = set(limit["tests"])
        assert tests and tests <= known, f"{limit['limit']}: {tests - known}"


def test_the_table_has_the_defaults_of_the_programs(help_texts):
    table = markdown(readme.limits_table(help_texts))
    assert "| `--max-header-bytes` | 16384 | 431, or 414 where it is the target, and the end |" in table
    assert table.count("\n") == len(readme.LIMITS) + 1


def test_a_default_is_read_from_the_help():
    assert dict(readme.OPTION.findall(HELP)) == {"--port": "8080", "--max-header-bytes": "16384"}


def test_a_limit_that_one_program_lacks_is_named():
    with pytest.raises(CommandFailed, match="--max-connections: its defaults are"):
        readme.limits_table([HELP, HELP])
