"""What run.json says of a whole recording: what runs, on which machine, from which commit, how again."""

import shlex
from dataclasses import asdict, replace
from typing import Any

from benching.prepared import Prepared
from cli.files import ROOT, portable
from cli.flags import as_words
from cli.home import as_typed
from clients.clients import CLIENTS, Asked, takes_part
from plans.suite import OWN_CLIENT, Run, planned
from plans.variant import Variant, command_of, program_path
from processes.machine import build_info, calibrate, commit, machine
from processes.machine import printed_version, settings, share_a_core

_A_VERSION = r"(\d+\.\d[\w.+~-]*)"


def about(prepared: Prepared) -> dict[str, Any]:
    suite, pins, options = prepared.suite, prepared.pins, prepared.options
    calibrates = options.calibration and OWN_CLIENT in suite.clients
    workloads = [asdict(replace(w, pinned=w.pinned and pins is not None)) for w in suite.workloads]
    return {
        "suite": suite.name,
        "title": suite.title,
        "seed": prepared.seed,
        "wait_ms": suite.wait_ms,
        "command": _command_again(prepared),
        "repetitions": suite.repetitions,
        "planned": planned(prepared.runs),
        "skipped": prepared.skipped,
        "pinned": suite.pinned and pins is not None,
        "one_core": pins is not None and share_a_core(pins),
        "machine": machine() | settings(),
        "build": build_info(options.build),
        "calibration": calibrate(options.build / "loadgen/loadgen") if calibrates else None,
        "git": commit(ROOT),
        "variants": [_variant(v, prepared) for v in suite.variants],
        "clients": [_client(name, prepared) for name in prepared.asked_clients],
        "claims": suite.written["claims"] or [],
        "holds_up": suite.written["holds_up"],
        # Without the keys that a workload has no use for.
        "workloads": [{k: v for k, v in each.items() if v not in (None, {}, ())} for each in workloads],
    }


def _variant(variant: Variant, prepared: Prepared) -> dict[str, Any]:
    command = [word.replace(f"{ROOT}/", "") for word in command_of(variant, prepared.places)]
    entry = {"name": variant.name, "command": command, "serves_at_once": variant.serves_at_once}
    if variant.attach:
        entry["attach"] = variant.attach
    if asks := [*map(prepared.places.fill, variant.version)]:
        entry["version"] = printed_version(asks, _A_VERSION, program_path())
    return entry


def _client(name: str, prepared: Prepared) -> dict[str, Any]:
    """`commands`: by workload, as it is started against the first variant, with PORT for the server's."""
    program, commands = prepared.programs.get(name), {}
    for workload in prepared.suite.workloads if program else ():
        commands[workload.name] = None  # where it has no part
        variant = next((v for v in prepared.suite.variants if v.meets(workload)), None)
        if variant and takes_part(name, workload):
            asked = Asked(program, "127.0.0.1:PORT", Run(variant, workload, 1, name))
            commands[workload.name] = [portable(word) for word in CLIENTS[name].command(asked)]
    entry = {"name": name, "there": program is not None, "version": prepared.versions.get(name)}
    return entry | {"remark": CLIENTS[name].remark, "commands": commands}


def _command_again(prepared: Prepared) -> list[str]:
    """The command that makes the same recording again; without what only says where files are here."""
    options = prepared.options
    flags: dict[str, Any] = {"--wait": options.wait_ms and f"{options.wait_ms}ms"}
    flags["--objective"] = options.objective and options.objective.text
    flags["--repetitions"] = options.repetitions
    for key in ("variants", "workloads", "clients"):
        flags[f"--{key}"] = ",".join(getattr(options, key) or ()) or None
    flags |= {"--launcher": options.launcher and shlex.join(options.launcher), "--seed": str(prepared.seed)}
    return [*as_typed("scripts/bench").split(), portable(options.suite), *as_words(flags)]
