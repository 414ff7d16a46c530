"""What run.json says of how the machine is set up."""

from __future__ import annotations

import os

from processes import machine


def test_settings_are_what_the_kernel_says_and_a_flaw_that_is_none_is_left_out(monkeypatch, tmp_path):
    flaws = tmp_path / "vulnerabilities"
    flaws.mkdir()
    (flaws / "meltdown").write_text("Not affected\n")
    (flaws / "spectre_v1").write_text("Mitigation: barriers\n")
    monkeypatch.setattr(machine, "_CPUS", tmp_path)
    files = {"governor": tmp_path / "none", "clocksource": tmp_path / "clock"}
    monkeypatch.setattr(machine, "_SETTINGS", files)
    (tmp_path / "clock").write_text("tsc\n")
    made = machine.settings()
    assert made["mitigations"] == ["spectre_v1: Mitigation: barriers"]
    assert (made["governor"], made["clocksource"]) == (None, "tsc")


def test_the_hypervisor_is_asked_for_in_no_language_of_the_users(monkeypatch):
    asked = []
    monkeypatch.setattr(machine, "printed_version", lambda *words: asked.append(words))
    machine.settings()
    assert [words[2] for words in asked] == [os.defpath]
