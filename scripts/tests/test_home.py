"""Where the scripts are at home, and what our commands are called where they are installed."""

from __future__ import annotations

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
