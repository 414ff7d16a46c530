"""The runs of a recording: a fresh server and one invocation of a load generator for each. Whatever goes
wrong in one is its result and never the bench's end; only an interrupt passes through."""

import csv
import signal
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from benching.company import company, resident_kib
from benching.objective import Done, Objective, bracket, highest_rate
from benching.prepared import Prepared
from clients.clients import CLIENTS, OUTPUT, Asked, NotUnderstood, Reading
from plans.suite import Run
from plans.variant import Variant, command_of
from processes.kept_process import Ended, Interrupts, KeptProcess
from processes.server_process import AttachedServer, ServerFailed, ServerProcess
from recordings.csv_table import RUN_KEYS, SUMMARY, WIRE
from recordings.recording import FAILED
from recordings.writer import RecordingError, RecordingWriter, now
from text.table import say
from text.units import count_text, duration_text
from wire.capture import NotCaptured, captured
from wire.truth import Beside, beside, exchanges

_STARTS_TRIED = 2  # of a variant that does not come up; then the rest of its runs fail without waiting
_GRACE_S = 5.0  # beside the longest task: what a server may take to drain
_CLIENT_SPARE_S = 30.0  # beside the timeout of a request: after that the client hangs
_PACKETS = "packets"  # of a run that is captured, in its folder
_TICK_S = 1.0  # rare, so that showing progress takes no time from what is measured


@dataclass
class Bench:
    prepared: Prepared
    postgres: str | None  # how it is reached
    writer: RecordingWriter
    interrupts: Interrupts
    failed: int = 0  # runs
    failed_starts: Counter[str] = field(default_factory=Counter)  # by variant
    done: list[tuple[Run, Mapping[str, str]]] = field(default_factory=list)  # with the summary's row

    def make(self, run: Run, tick: Callable[[], None] = lambda: None) -> Reading:
        """Makes the run and keeps it: its summary, and what went wrong. Calls `tick` about once a second."""
        summary, row, leaves_files = {}, {}, CLIENTS[run.client].leaves_files
        with tempfile.TemporaryDirectory(prefix="bench-") as name:
            folder = Path(name)
            try:
                row, fault = self._measure(run, folder, tick)
            except (ServerFailed, NotCaptured) as why:
                fault = f"{why}"
            # A failed run may have rows, and then they are kept: the outcomes in them are what happened.
            try:
                if leaves_files and (not fault or (folder / SUMMARY).is_file()):
                    summary = self.writer.keep(folder, row, fault)
                elif row and not leaves_files:
                    summary = self.writer.add_run(folder, row, fault)
            except RecordingError as error:
                fault = "; ".join(filter(None, (fault, str(error))))
        self.done.append((run, summary))
        if summary.get("verdict") == FAILED:
            fault = summary["reasons"]
        self.writer.note(run.variant.name, run.workload.name, run.repetition, fault, client=run.client)
        self.failed += fault is not None
        return Reading(summary, fault)

    def _measure(self, run: Run, folder: Path, tick: Callable[[], None]) -> Reading:
        """What there is to say of the run, by column of summary.csv, and what went wrong. Of a client that
        leaves CSVs in the folder the columns are those that it cannot fill in."""
        prepared, variant, interrupts = self.prepared, run.variant, self.interrupts
        rps, row = capacity_of(run, self.done)
        if rps is None and run.workload.capacity:
            raise ServerFailed(f"not tried: no run of {run.workload.capacity} says what its capacity is")
        if self.failed_starts[variant.name] >= _STARTS_TRIED:
            raise ServerFailed(f"not tried: {_STARTS_TRIED} starts failed")
        run = run if rps is None else run._replace(workload=run.workload.at_capacity(rps))
        load, client = run.workload, CLIENTS[run.client]
        # None where the run is not to be pinned, or there are no two cores.
        pins = prepared.pins if load.pinned else None
        server_cpus, client_cpus = ([core] for core in pins) if pins else (None, None)
        keys = {"recording": self.writer.folder.name, "suite": prepared.suite.name, "variant": variant.name}
        keys |= {"workload": load.name, "repetition": run.repetition, "pinned": int(pins is not None)}
        keys["client"] = client.name
        if variant.attach:
            server: ServerProcess = AttachedServer(variant.attach, interrupts, variant.ready)
        else:
            places = replace(prepared.places, scratch=folder, postgres=self.postgres)
            environment = {name: places.fill(value) for name, value in variant.environment.items()}
            how = {"ready_path": variant.ready, "cpus": server_cpus, "environment": environment}
            server = ServerProcess(command_of(variant, places), folder / "server.log", interrupts, **how)
        with server:
            self.failed_starts[variant.name] += 1  # until it is ready
            address = server.wait_until_ready()
            self.failed_starts[variant.name] -= 1
            # Where clients are compared ours does not watch the server either: none of the others does.
            watched = server.pid if len(prepared.suite.clients) == 1 else None
            if load.silence_ms:
                interrupts.wait(load.silence_ms / 1e3)
            row |= {"client": client.name, "client_version": prepared.versions[client.name]}
            row |= {"server_start_ms": server.start_ms, "server_rest_rss_kib": resident_kib(server.pid)}
            program, launcher = prepared.programs[client.name], prepared.options.launcher or ()
            asked = Asked(program, address, run, folder, watched, prepared.seed, keys, launcher)
            started_at = now()
            with company(asked, server.pid or 0, interrupts, client_cpus) as columns:
                with captured(asked.port, folder / _PACKETS) if load.captured else nullcontext():
                    ended, reading = _run_client(asked, interrupts, tick, client_cpus)
            died, grace_s = server.has_ended, load.longest_ms / 1000 + _GRACE_S
            server_ended = server.stop(grace_s)
        faults = [
            _server_fault(server, server_ended, died, grace_s, variant.server is not None),
            reading.fault,
        ]
        row |= {"client_cpu_us_per_request": _cpu_us_per_request(ended, reading.row), **columns}
        if not variant.attach:
            row["server_context_switches"] = server_ended.context_switches
        if load.captured and reading.row:
            write_wire(asked, reading.row)
        if not client.leaves_files:
            row = {**reading.row, "started_at": started_at, **row} if reading.row else {}
        return Reading(row, "; ".join(filter(None, faults)) or None)


def capacity_of(run: Run, done: Done) -> tuple[float | None, dict[str, Any]]:
    """What the run's variant was measured to serve per second, and the columns that say so in its summary:
    medians of valid runs, or, where there is none, of those that the generator was disturbed in: then no
    share is told, only offered. Requests that failed make a rate that nobody was served at."""
    key = (run.variant.name, run.workload.capacity)
    made = [row for other, row in done if row and (other.variant.name, other.workload.name) == key]
    made = [row for row in made if row["verdict"] != FAILED and row["ok"] == row["requests"]]
    if not made:
        return None, {}
    sound = [row for row in made if row["verdict"] == "valid"]
    costs = [float(cost) for row in sound if (cost := row.get("server_cpu_us_per_request"))]
    cost_us = median(costs) if costs else None
    rps = median(float(row["throughput_rps"]) for row in sound or made)
    return rps, {"capacity_rps": rps if sound else None, "capacity_cpu_us_per_request": cost_us}


def search(objective: Objective, bench: Bench, console: Any) -> dict[str, Any]:
    """Makes the probes, each kept as a run; what run.json says of the objective: the rates by variant."""
    suite, rates, repetitions = bench.prepared.suite, {}, Counter()
    template = next(w for w in suite.workloads if w.rate_rps)
    curve = template.curve.name if template.curve else template.name

    def probe(variant: Variant, rate: int) -> bool | None:
        repetitions[variant.name, rate] += 1
        workload = replace(template, name=f"{curve}-probe-{rate}", rate_rps=rate, curve=None)
        summary, fault = bench.make(Run(variant, workload, repetitions[variant.name, rate]))
        met = objective.is_met(summary) if summary and not fault else False
        verdict = {True: "met", False: "not met", None: "cannot tell"}[met]
        value, name = summary.get(f"latency_{objective.measure}_us"), objective.measure.replace("_", ".")
        figure = f"{name} {duration_text(float(value))}" if value else "no figure"
        if summary and summary["verdict"] != "valid":
            figure += f", invalid: {summary['reasons']}"
        figure += f" ({fault})" if fault else ""
        say(console, f"probe      {variant.name}, {count_text(rate)}/s: {verdict}, {figure}")
        return met

    for variant in suite.variants:
        if variant.meets(template):
            bounds = bracket(variant.name, objective, bench.done)
            rates[variant.name] = rate = highest_rate(partial(probe, variant), *bounds)
            limit = f"{count_text(rate)}/s" if rate else "no rate meets it"
            say(console, f"objective  {variant.name}: {objective} up to {limit}")
    return {"text": str(objective), "curve": curve, "highest_rps": rates}


def result_text(row: Mapping[str, str]) -> str:
    """Of a summary: `53.2 ms, 100 of 100 ok`, or `97,500/s, 8.12 us of CPU each, ...`."""
    forms = {"throughput_rps": "{:,.0f}/s", "client_cpu_us_per_request": "{:.2f} us of CPU each"}
    forms = {"makespan_ms": "{:.1f} ms"} if row.get("makespan_ms") else forms
    words = [form.format(float(row[name])) for name, form in forms.items() if row.get(name)]
    return ", ".join([*words, f"{row['ok']} of {row['requests']} ok"]) if row else ""


def write_wire(asked: Asked, row: Mapping[str, Any]) -> None:
    """wire.csv of one run, from the packets that were captured and what its client says."""
    seen, load = exchanges((asked.folder / _PACKETS).read_bytes(), asked.port), asked.run.workload
    rows = beside(row, seen, load.rate_rps, load.connections, CLIENTS[asked.run.client].schedule)
    with (asked.folder / WIRE).open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [*RUN_KEYS, *Beside._fields], extrasaction="ignore")
        writer.writeheader()
        writer.writerows({**asked.keys, **each._asdict()} for each in rows)


def _run_client(
    asked: Asked, interrupts: Interrupts, tick: Callable[[], None], cpus: list[int] | None
) -> tuple[Ended, Reading]:
    """Runs the client to its end: how it ended, and what it says of the run or what was wrong with it."""
    client, waited_s, fault = CLIENTS[asked.run.client], 0.0, None
    limit_s = asked.run.asked_s + asked.run.timeout_ms / 1000 + _CLIENT_SPARE_S
    with KeptProcess(client.command(asked), asked.folder / OUTPUT, interrupts, cpus) as process:
        while not process.wait(_TICK_S) and not fault:
            waited_s += _TICK_S
            if waited_s > limit_s:
                fault = f"{client.name} did not end within {limit_s:g} s and was killed"
            tick()
        ended = process.kill()
    if not fault and ended.exit_code not in client.exit_codes:
        fault = f"{client.name} {ended}{process.said()}"
    row: Mapping[str, Any] = {}
    if not fault or client.leaves_files:
        try:
            row, doubt = client.reading(asked)
            fault = fault or doubt
        except NotUnderstood as error:
            fault = f"{client.name}'s output was not understood, it has not {error}{process.said()}"
    return ended, Reading(row, fault)


def _cpu_us_per_request(ended: Ended, row: Mapping[str, Any]) -> float | None:
    """User and system time of the client's whole life, its start included."""
    requests = int(row.get("requests") or 0)
    return round(ended.cpu_s * 1e6 / requests, 6) if requests and ended.cpu_s is not None else None


def _server_fault(server: ServerProcess, end: Ended, died: bool, grace_s: float, is_ours: bool) -> str | None:
    """What was wrong with the server's end. What somebody else's exits with on SIGTERM is its own affair."""
    # Its connections close a moment before its end can be told; but nobody ends by SIGKILL on SIGTERM.
    if died or (end.signal == signal.SIGKILL and not end.killed):
        words = "" if is_ours else server.said()  # ours have told where they listen and no more
        return f"the server {end} during the run{words}"
    if end.killed:
        return f"the server did not end within {grace_s:g} s of SIGTERM and was killed"
    return f"the server {end} on SIGTERM" if is_ours and end.exit_code != 0 else None
