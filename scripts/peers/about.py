"""What run.json says of a recording of kind `peers`: the tools, their versions and commands, the server."""

from __future__ import annotations

import dataclasses
import subprocess
from typing import TYPE_CHECKING, Any

from processes.cores import share_a_core
from processes.machine import build_info, commit, machine
from cli.paths import ROOT, portable
from peers import nginx
from peers.measure import Peers
from peers.output import Asked
from peers.suite import Workload
from peers.tools import Tool

if TYPE_CHECKING:
    from benching.options import Options


def about(peers: Peers, seed: int, options: Options) -> dict[str, Any]:
    """What run.json says of the whole recording."""
    suite = peers.suite
    return {
        "suite": suite.name,
        "kind": "peers",
        "seed": seed,
        "command": _command_again(peers, seed, options),
        "repetitions": suite.repetitions,
        "duration_ms": suite.duration_ms,
        "pinned": peers.pins is not None,
        "one_core": peers.pins is not None and share_a_core(peers.pins),
        "machine": machine(),
        "build": build_info(options.build),
        "git": commit(ROOT),
        "variants": [{"name": "nginx", "version": nginx.version(peers.nginx)}],
        "workloads": [dataclasses.asdict(workload) for workload in suite.workloads],
        "clients": [
            {
                "name": tool.name,
                "there": tool.name in peers.programs,
                "version": peers.versions[tool.name],
                "remark": tool.remark,
                "commands": {w.name: _command_of(tool, w, peers) for w in suite.workloads}
                if tool.name in peers.programs
                else {},
            }
            for tool in suite.tools
        ],
    }


def _command_of(tool: Tool, workload: Workload, peers: Peers) -> list[str] | None:
    """The words of the command, with PORT for nginx's; None where the tool takes no part."""
    if not tool.takes_part(workload.rate_rps):
        return None
    seconds = peers.suite.duration_ms // 1000
    asked = Asked(tool.name, "http://127.0.0.1:PORT/", workload.connections, seconds, workload.rate_rps)
    return tool.command(asked)


def _command_again(peers: Peers, seed: int, options: Options) -> list[str]:
    asked = options.choices
    command = ["scripts/bench", portable(options.suite)]
    if asked.repetitions:
        command += ["--repetitions", str(asked.repetitions)]
    for flag, names in (("--workloads", asked.workloads), ("--clients", asked.clients)):
        if names:
            command += [flag, ",".join(names)]
    return [*command, "--seed", str(seed)]


def version(tool: Tool, programs: dict[str, str]) -> str | None:
    if tool.name == "loadgen":
        git = commit(ROOT)
        return git["commit"] and git["commit"][:9] + ("-dirty" if git["dirty"] else "")
    # Where a tool does not tell, the package manager does, of the program that it installed.
    asks_dpkg = tool.version_command[0] == "dpkg-query"
    if tool.name not in programs or asks_dpkg and not programs[tool.name].startswith("/usr/bin/"):
        return None
    try:
        done = subprocess.run(tool.version_command, capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return tool.version_of(done.stdout + done.stderr)
