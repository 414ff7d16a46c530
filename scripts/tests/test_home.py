"""Where the scripts are at home, what our commands are called where they are installed, and what files may be
written to."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cli import files as home


def test_this_checkout_is_the_home_with_its_builds():
    assert (home.ROOT / "scripts/cli/files.py").samefile(home.__file__)
    assert not home.IS_INSTALLED and home.BUILD == home.ROOT / "build/release"
    assert home.as_typed("scripts/gate.py --help") == "scripts/gate.py --help"


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("scripts/gate.py --help", "sync-vs-async gate --help"),
        ("run scripts/bench again", "run sync-vs-async bench again"),
        (
            "scripts/setup --peers, then scripts/test.",
            "sync-vs-async setup --peers, then sync-vs-async test.",
        ),
        ("scripts/nothing.py and ./scripts/gate.py", "scripts/nothing.py and ./scripts/gate.py"),
        ("scripts/tests/gate_trials.py", "scripts/tests/gate_trials.py"),
    ],
)
def test_an_installed_copy_has_one_command_for_all(monkeypatch, text, typed):
    monkeypatch.setattr(home, "IS_INSTALLED", True)
    assert home.as_typed(text) == typed


def test_a_pipe_is_written_to_and_nothing_takes_its_place(tmp_path: Path) -> None:
    os.mkfifo(path := tmp_path / "pipe")
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    home.replace_file(home.to_be_written(path), "verdict")
    assert os.read(reader, 100) == b"verdict" and path.is_fifo()
    os.close(reader)
    assert list(tmp_path.iterdir()) == [path]


def test_a_device_stays_one_and_its_fault_is_told(tmp_path: Path) -> None:
    (link := tmp_path / "link").symlink_to("/dev/full")  # so that no mistake can harm the device
    with pytest.raises(OSError, match="No space left on device"):
        home.replace_file(home.to_be_written(link), "verdict")
    assert link.is_char_device() and [*tmp_path.iterdir()] == [link]


def test_a_link_stays_and_what_it_points_to_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (link := tmp_path / "link").symlink_to("there/file")
    for text in ("one", "two"):
        home.replace_file(home.to_be_written(link), text)
        assert link.is_symlink() and (tmp_path / "there/file").read_text() == text
    assert [*(tmp_path / "there").iterdir()] == [tmp_path / "there/file"]


def test_a_commands_own_output_is_no_file_for_its_reports(tmp_path, monkeypatch) -> None:
    (out := tmp_path / "log").write_text("")
    monkeypatch.setattr(home, "_OWN_OUTPUTS", (str(out), "/dev/nothing"))
    with pytest.raises(ValueError, match="is where the command itself prints to: name another file"):
        home.to_be_written(out)


def test_a_folder_is_refused_and_nothing_is_left_of_the_trial(tmp_path: Path) -> None:
    assert home.a_folder(str(tmp_path / "new/one")) == tmp_path / "new/one" and not [*tmp_path.iterdir()]
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file", tmp_path / "file/below", Path("/proc/new")):
        with pytest.raises(ValueError, match=f"^{path}: .*: name one that can be written"):
            home.a_folder(str(path))
