"""The requests that timelines show, for the page's script: of each run a list for each column, in the order
of the rows, times in whole microseconds."""

import json

from charts.timeline import run_requests
from metrics.curves import single_digests
from metrics.digest import Digest
from recordings.recording import Recording

PARTS = ("queue", "connect", "tls", "lag", "service")


def requests_json(recording: Recording, digests: list[Digest]) -> str:
    """By run, as the timelines name it."""
    runs = filter(None, (run_requests(recording, digest) for digest in single_digests(recording, digests)))
    data = {}
    for run in runs:
        rows = run.requests
        columns = {name: [getattr(row, f"{name}_us", None) for row in rows] for name in ("due", *PARTS)}
        entry = {name: [round(v or 0) for v in values] for name, values in columns.items() if any(values)}
        entry["latency"] = [round(row.latency_us) for row in rows]
        entry["number"] = [row.request for row in rows]
        entry |= {"repetition": run.run.repetition, "name": run.name}
        for name, words in (
            ("class", [row.class_ for row in rows]),
            ("outcome", [row.outcome for row in rows]),
        ):
            entry[name] = words[0] if len(set(words)) == 1 else words
        data[run.key] = entry
    # Nothing in it may end the element it stands in.
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False).replace("<", "\\u003c")
