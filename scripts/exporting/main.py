"""Writes a recording in the format of another tool: as a trace for Perfetto."""

from dataclasses import dataclass
from pathlib import Path

from cli.errors import CommandFailed, UsageError
from cli.files import replace_file
from cli.flags import argument, flag, parse, switch
from exporting.perfetto import trace_of
from recordings.recording import Recording

_NO_PROTOBUF = "--perfetto: the Python package google.protobuf is missing: apt-get install python3-protobuf"


@dataclass(frozen=True)
class ExportOptions:
    recording: Path | None = argument("RECORDING", "a folder in results/, as results/latest", read=Path)
    perfetto: bool = switch("a trace for https://ui.perfetto.dev: requests, their parts, the server")
    output: Path | None = flag("FILE", "default trace.perfetto in the recording's folder", read=Path)


def main(argv: list[str] | None = None) -> int:
    usage, description = "RECORDING --perfetto [--output FILE]", "Write a recording for another tool."
    options = parse(ExportOptions, argv, command="scripts/export.py", usage=usage, description=description)
    if not options.recording or not options.perfetto:
        raise UsageError("name a recording and what it is to become: RECORDING --perfetto")
    recording = Recording.load(options.recording)
    if not recording.requests:
        raise UsageError(f"{options.recording}: no requests.csv in it, or an empty one: nothing to trace")
    try:
        trace = trace_of(recording)
    except ModuleNotFoundError:
        raise CommandFailed(_NO_PROTOBUF) from None
    path = options.output or recording.folder / "trace.perfetto"
    replace_file(path, trace)
    print(path)
    return 0
