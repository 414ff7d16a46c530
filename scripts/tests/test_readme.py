"""The README and the schema say what the programs say."""

import json
import subprocess

import pytest
from cli.errors import CommandFailed
from pages import readme

LOADGEN = readme.ROOT / "build/release/loadgen/loadgen"
built = pytest.mark.skipif(not LOADGEN.exists(), reason="the release preset is not built")


@built
def test_every_block_of_the_readme_is_up_to_date() -> None:
    text = readme.README_PATH.read_text(encoding="utf-8")
    assert "begin: help loadgen" in text
    assert readme.filled(text) == text


@built
def test_the_committed_schema_is_the_one_loadgen_prints() -> None:
    printed = subprocess.run([LOADGEN, "--schema"], check=True, capture_output=True, text=True).stdout
    committed = (readme.ROOT / "results/schema.json").read_text(encoding="utf-8")
    assert json.loads(committed) == json.loads(printed), "run: loadgen --schema | python3 -m json.tool"


def test_a_block_is_filled_and_the_rest_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(readme._MAKERS, "twice", lambda word: f"{word} {word}")
    text = "before\n<!-- begin: twice no -->\nold\nlines\n<!-- end -->\nafter\n"
    assert readme.filled(text) == "before\n<!-- begin: twice no -->\nno no\n<!-- end -->\nafter\n"


def test_an_unknown_block_is_named() -> None:
    with pytest.raises(CommandFailed, match="'colour of the sky'"):
        readme.filled("<!-- begin: colour of the sky -->\n<!-- end -->")
