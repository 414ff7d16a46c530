"""The pages beside the report: two recordings in one, and the gate's."""

from __future__ import annotations

from pathlib import Path

from gating import main as gate
from pages import compare
from pages import page as report
from synthetic_gate import rows, write_gate
from test_compare import edit, recording


def test_two_recordings_stand_over_each_other_with_what_differs_and_what_must_not_be_compared(
    tmp_path: Path, capsys
):
    a, b = recording(tmp_path / "a"), edit(recording(tmp_path / "b", slower=1.5, seed=9), machine__cores=64)
    assert compare.main([str(a), str(b), "--html", "--force"]) == 0
    path = Path(capsys.readouterr().out.splitlines()[-1])
    page = path.read_text(encoding="utf-8")
    assert (
        path.parent == a
        and "figures differ</strong>, most of all " in page
        and ">CPU per request</td>" in page
    )
    assert "machine, cores: " in page and "and 64." in page
    assert page.count("<figure") == 2 and "Solid is a, dashed b." in page
    assert 'data-series="async, a"' in page and 'data-series="async, b"' in page
    assert report.main([str(a), "--beside", str(b)]) == 0
    assert path.read_text(encoding="utf-8") == page


def test_the_gate_has_a_page_with_every_block_its_interval_and_the_gates_before(tmp_path: Path, capsys):
    folder, page = write_gate(tmp_path / "gate", rows(13)), tmp_path / "page.html"
    history = tmp_path / "history.jsonl"
    gate.main(["--replay", str(folder), "--html", str(page), "--history", str(history)])
    text = page.read_text(encoding="utf-8")
    assert f"page: {page}" in capsys.readouterr().out.replace("\n", "")
    for words in ("block 13: ", "would have seen ", "Gates so far", "Performance gate: "):
        assert words in text, words
