"""How long a page takes to open whose recording has very many requests: from when its address is asked for
until it has drawn and its script has run. The aim is a second; it is no test, as it depends on the machine.

usage: /usr/bin/python3 scripts/tests/page_opening.py [REQUESTS]   (100,000 if not said)
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import synthetic  # noqa: E402
from browser import WHY_MISSING, browser  # noqa: E402
from pages import page  # noqa: E402
from recordings.recording import Recording  # noqa: E402
from synthetic import MODELS, Spec  # noqa: E402

TIMES = 9
WORKLOADS = 10  # of two variants each, of which every page draws a timeline
# Once what is there has been drawn.
OPENED = """const done = arguments[0];
requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now())));"""


def main(requests: int) -> int:
    if WHY_MISSING:
        print(f"page_opening: {WHY_MISSING}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        models = {model: MODELS[model] for model in ("sequential", "pool-8")}
        each = requests // len(models) // WORKLOADS
        classes = {"long": each // 5, "short": each - each // 5}
        spec = Spec(
            models=models, workloads={f"w{n}": classes for n in range(WORKLOADS)}, wait_us=1000, repetitions=1
        )
        recording = Recording.load(synthetic.build(folder / "r", spec))
        start = perf_counter()
        path = page.make(recording)
        took, size = perf_counter() - start, path.stat().st_size / 1e3
        print(f"{requests:,} requests: made in {took:.1f} s, {size:,.0f} kB")
        with browser(folder) as chromium:
            for width, height in ((1280, 800), (390, 844)):
                chromium.media(width, height)
                times = []
                for _ in range(TIMES):
                    chromium.open(path)
                    times.append(chromium.command("POST", "/execute/async", script=OPENED, args=[]))
                spread = f"{min(times):.0f} to {max(times):.0f}"
                print(f"{width} px wide: opened in {median(times):.0f} ms ({spread})")
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))
