"""The shell of an action, step by step, as GitHub would run it: with its expressions filled in."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent.parent


def read(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@dataclass
class Runner:
    """Runs steps in a folder; `known` has what expressions stand for, as `inputs.target`."""

    folder: Path
    environment: dict[str, str]
    known: dict[str, str]
    output: Path
    said: str = ""
    outputs: dict[str, str] = field(default_factory=dict)

    def run(self, step: Mapping[str, Any]) -> int:
        """The exit code of the step's shell; what it outputs is known to those after it."""
        assert step["shell"] == "bash"
        own = {name: self.filled(str(value)) for name, value in step.get("env", {}).items()}
        self.output.write_text("")
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", self.filled(step["run"])],
            cwd=self.folder,
            env={**self.environment, **own, "GITHUB_OUTPUT": str(self.output)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
        )
        self.said += done.stdout
        for line in self.output.read_text().splitlines():
            name, _, value = line.partition("=")
            self.known[f"steps.{step.get('id')}.outputs.{name}"] = value
        return done.returncode

    def filled(self, text: str) -> str:
        """`a || b` is the first that is not empty; what is not known is empty."""

        def value(match: re.Match[str]) -> str:
            names = [name.strip() for name in match[1].split("||")]
            return next(filter(None, (self.known.get(name, "") for name in names)), "")

        return re.sub(r"\$\{\{(.*?)\}\}", value, text)
