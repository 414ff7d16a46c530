"""A real browser for tests: Debian's chromium, driven by WebDriver (W3C) over HTTP. What a page asked for,
and what it said on its console, is kept."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

PROGRAMS = ("chromium", "chromedriver")
MISSING = [name for name in PROGRAMS if not shutil.which(name)]
WHY_MISSING = f"no {' and no '.join(MISSING)}: scripts/setup --tests installs them" if MISSING else ""
KEYS = {"Tab": "\ue004", "Escape": "\ue00c", "ArrowDown": "\ue015", "ArrowRight": "\ue014", "Enter": "\ue007"}
_FLAGS = (
    "--headless=new --disable-gpu --hide-scrollbars --no-first-run --disable-extensions --disable-sync "
    "--disable-background-networking --disable-component-update --force-color-profile=srgb"
).split()


class Browser:
    def __init__(self, session: str):
        self._session = session

    def open(self, page: Path, fragment: str = "") -> None:
        self.command("POST", "/url", url="about:blank")
        self.logs()
        self.command("POST", "/url", url=page.resolve().as_uri() + fragment)

    def run(self, script: str, *arguments: Any) -> Any:
        """What the script, the body of a function, returns."""
        return self.command("POST", "/execute/sync", script=script, args=list(arguments))

    def media(self, width: int, height: int, dark: bool = False, script: bool = True) -> None:
        """The size of the page in CSS pixels, whether it is to be dark, and whether it may run scripts."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.devtools("Emulation.setDeviceMetricsOverride", **size)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.devtools("Emulation.setEmulatedMedia", features=[scheme])
        self.devtools("Emulation.setScriptExecutionDisabled", value=not script)

    def point(self, x: float, y: float, click: bool = False) -> None:
        moves: list[Any] = [{"type": "pointerMove", "duration": 0, "x": int(x), "y": int(y)}]
        if click:
            moves += [{"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}]
        pointer = {"type": "pointer", "id": "mouse", "actions": moves, "parameters": {"pointerType": "mouse"}}
        self.command("POST", "/actions", actions=[pointer])

    def press(self, *keys: str) -> None:
        actions = [{"type": kind, "value": KEYS[key]} for key in keys for kind in ("keyDown", "keyUp")]
        self.command("POST", "/actions", actions=[{"type": "key", "id": "keys", "actions": actions}])

    def picture(self, path: Path) -> None:
        path.write_bytes(base64.b64decode(self.command("GET", "/screenshot")))

    def logs(self) -> tuple[list[str], list[str]]:
        """Since they were last asked for: what the console said, and the addresses that were asked for."""
        said = [entry["message"] for entry in self.command("POST", "/se/log", type="browser")]
        events = [
            json.loads(e["message"])["message"] for e in self.command("POST", "/se/log", type="performance")
        ]
        asked = [e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"]
        return said, asked

    def devtools(self, name: str, **params: Any) -> Any:
        return self.command("POST", "/goog/cdp/execute", cmd=name, params=params)

    def command(self, method: str, path: str, **body: Any) -> Any:
        return _ask(method, self._session + path, body)


@contextmanager
def browser(folder: Path) -> Iterator[Browser]:
    """`folder` is for the browser's own files. It has ended when this has."""
    log = folder / "chromedriver.log"
    command = ["chromedriver", "--port=0", f"--log-path={log}"]
    driver = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        lines = iter(driver.stdout.readline, "")
        port = next(
            line.rstrip(". \n").rpartition(" ")[2] for line in lines if "port " in line and "success" in line
        )
        base = f"http://127.0.0.1:{port}"
        session = f"{base}/session/{_begin(base, folder)}"
        try:
            yield Browser(session)
        finally:
            _ask("DELETE", session)
    finally:
        driver.terminate()
        driver.wait()
        driver.stdout.close()


def _begin(base: str, folder: Path) -> str:
    # As root it has no sandbox of its own; the pages are ours.
    flags = [
        *_FLAGS,
        f"--user-data-dir={folder / 'profile'}",
        *(["--no-sandbox"] if os.geteuid() == 0 else []),
    ]
    wanted = {
        "goog:chromeOptions": {"binary": shutil.which("chromium"), "args": flags},
        "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
    }
    return _ask("POST", f"{base}/session", {"capabilities": {"alwaysMatch": wanted}})["sessionId"]


def _ask(method: str, url: str, body: dict[str, Any] | None = None) -> Any:
    data = json.dumps(body or {}).encode() if method == "POST" else None
    request = Request(url, data, {"Content-Type": "application/json"}, method=method)
    with urlopen(request, timeout=60) as reply:
        return json.load(reply)["value"]
