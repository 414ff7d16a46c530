"""A recording as a trace: what `protoc` reads of it is every request, its parts, and the server."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

import synthetic
from cli.errors import CommandFailed
from exporting import formats as export
from exporting.formats import BEGIN, END, message_class, trace_of
from recordings.recording import Recording
from synthetic import MODELS, Spec

PROTO = Path(__file__).with_name("perfetto.proto")  # which protoc reads; exporting has it as a descriptor
SPEC = Spec(
    models={name: MODELS[name] for name in ("pool-8", "async")},
    workloads={"mixed": {"long": 4, "short": 16}},
    repetitions=1,
    failures={("async", "mixed", 1): 2},
)


def decoded(trace: Path) -> str:
    if not shutil.which("protoc"):
        pytest.skip("no protoc: scripts/setup --tests installs it")
    command = ["protoc", "--decode=perfetto.protos.Trace", f"-I{PROTO.parent}", str(PROTO)]
    done = subprocess.run(command, input=trace.read_bytes(), capture_output=True, check=True)
    text = done.stdout.decode()
    assert not re.search(r"^\s*\d+: ", text, re.MULTILINE)  # a field that the schema does not know
    return text


def test_a_trace_has_every_request_with_its_parts_and_what_the_server_used(tmp_path: Path, capsys):
    pytest.importorskip("google.protobuf", reason="no python3-protobuf: scripts/setup --tests installs it")
    folder = synthetic.build(tmp_path / "r", SPEC)
    assert export.main([str(folder), "--perfetto"]) == 0
    trace = Path(capsys.readouterr().out.strip())
    text, rows = decoded(trace), Recording.load(folder).requests
    events = re.findall(r"track_event \{\n(.*?)\n  \}\n", text, re.DOTALL)
    slices = Counter(re.findall(r'^    name: "(\w+ \d+(?:, \w+)?)"', "\n".join(events), re.MULTILINE))
    for row in rows:
        name = f"{row.class_} {row.request}" + ("" if row.outcome == "ok" else f", {row.outcome}")
        assert slices[name] >= 1, name
    assert sum("debug_annotations" in event for event in events) == len(rows) == 40
    kinds = Counter(re.findall(r"^    type: (\d)", "\n".join(events), re.MULTILINE))
    assert kinds["1"] == kinds["2"] > 2 * len(rows) and kinds["4"] > 0
    assert text.count("process_name: ") == 2
    for name in ("server CPU", "server memory", "server threads", "connection 0"):
        assert f'name: "{name}"' in text
    services = [event for event in events if 'name: "service"' in event]
    assert len(services) == sum(bool(row.service_us) for row in rows)


def test_slices_of_one_track_nest_and_last_as_long_as_the_request(tmp_path: Path):
    pytest.importorskip("google.protobuf", reason="no python3-protobuf: scripts/setup --tests installs it")

    recording = Recording.load(synthetic.build(tmp_path / "r", SPEC))
    trace = message_class("Trace").FromString(trace_of(recording))
    open_: dict[int, list[int]] = {}
    lasted = []
    for packet in (packet for packet in trace.packet if packet.HasField("track_event")):
        event, stack = packet.track_event, open_.setdefault(packet.track_event.track_uuid, [])
        if event.type == BEGIN:
            assert not stack or packet.timestamp >= stack[-1]
            stack.append(packet.timestamp)
        elif event.type == END:
            lasted.append(packet.timestamp - stack.pop())
    assert not any(open_.values())
    for row in recording.requests:
        assert min(abs(each - 1e3 * (row.latency_us - (row.queue_us or 0))) for each in lasted) <= 2


def test_what_is_missing_is_said_in_a_line(tmp_path: Path, monkeypatch, capsys):
    folder = synthetic.build(tmp_path / "r", SPEC)
    message_class.cache_clear()  # it would need no import any more
    monkeypatch.setitem(sys.modules, "google.protobuf", None)
    monkeypatch.setitem(sys.modules, "google", None)
    with pytest.raises(
        CommandFailed, match="^--perfetto: the Python package google.protobuf is missing: apt"
    ):
        export.main([str(folder), "--perfetto", "--output", str(tmp_path / "t")])
    with pytest.raises(SystemExit, match="2"):
        export.main([str(folder)])
    assert "the following arguments are required: --perfetto" in capsys.readouterr().err
    (folder / "requests.csv").unlink()
    with pytest.raises(CommandFailed, match="no requests.csv in it"):
        export.main([str(folder), "--perfetto"])
