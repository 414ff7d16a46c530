"""The READMEs and the schema say what the programs say, and lead to what there is."""

import json
import re
import subprocess
from pathlib import Path

import pytest
from cli.errors import CommandFailed
from pages import readme

ROOT = readme.ROOT
MOST_LINES = 250  # of the README at the top: what one came for
GENERATED = [str(path.relative_to(ROOT)) for path in readme.readmes()]
DOCUMENTS = sorted(
    p for p in subprocess.check_output(["git", "ls-files", "*.md"], cwd=ROOT, text=True).split()
)
LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)")
LOADGEN = readme.ROOT / "build/release/loadgen/loadgen"
built = pytest.mark.skipif(not LOADGEN.exists(), reason="the release preset is not built")


@built
@pytest.mark.parametrize("name", GENERATED)
def test_every_block_of_a_readme_is_up_to_date(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert readme.filled(text) == text


def test_the_blocks_are_found_in_every_readme() -> None:
    text = "".join((ROOT / name).read_text(encoding="utf-8") for name in GENERATED)
    made = {what.split()[0] for what in re.findall("<!-- begin: ([^>]*) -->", text)}
    assert made == set(readme._MAKERS) and "README.md" in GENERATED


def test_the_readme_at_the_top_is_one_that_people_finish() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= MOST_LINES


@pytest.mark.parametrize("name", [name for name in DOCUMENTS if not name.startswith("results/reference/")])
def test_every_link_of_a_document_leads_somewhere(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    for link, place in LINK.findall(text):
        target = (ROOT / name).parent / link if link else ROOT / name
        assert target.exists(), f"{name}: {link}: no such file"
        assert not place or place in places(target), f"{name}: {link}#{place}: no such heading"


def places(document: Path) -> set[str]:
    """What a heading is called in a link, by GitHub's rule."""
    headings = re.findall(r"^#+ (.*)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


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


def test_a_block_without_an_end_is_refused() -> None:
    with pytest.raises(CommandFailed, match="servers/README.md: a block has no"):
        readme.filled("<!-- begin: limits -->\nwhat follows\n", "servers/README.md")
