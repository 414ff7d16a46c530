"""axe-core, which checks a page for who cannot see or point: fetched from npm at the version and
with the checksum that stand here, and run in the page that a browser shows."""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Any

from browser import Browser

PACKAGE = "axe-core@4.14.1"
SHA512 = "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ=="
VIOLATIONS = """const done = arguments[0];
axe.run(document, {resultTypes: ["violations"]}).then(result => done(result.violations.flatMap(
  rule => rule.nodes.map(node => `${rule.id}: ${node.html.slice(0, 100)}`))));"""


class NoAxe(Exception):
    """Why it cannot be had."""


def fetched(folder: Path) -> str:
    """Its script. Raises NoAxe where npm is missing or reaches no registry; another package fails."""
    if not shutil.which("npm"):
        raise NoAxe("no npm: axe-core cannot be fetched")
    packed = subprocess.run(["npm", "pack", PACKAGE], cwd=folder, capture_output=True, text=True)
    if packed.returncode:
        raise NoAxe(f"npm pack {PACKAGE}: {packed.stderr.strip().splitlines()[-1]}")
    [archive] = folder.glob("axe-core-*.tgz")
    assert base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode() == SHA512
    with tarfile.open(archive) as files:
        return files.extractfile("package/axe.min.js").read().decode()


def violations(chromium: Browser, script: str) -> list[str]:
    """`rule: element`, of the page that is open."""
    chromium.run(script)
    broken: Any = chromium.command("POST", "/execute/async", script=VIOLATIONS, args=[])
    return broken
