"""All load generators by name, and whether a suite may ask for them what it does.

Of each it is known which loops it has, where its program is and how it is started and read. `exit_codes` are
those of a run that can be told of; one that `leaves_files` leaves CSVs, and not only what it prints.
"""

from collections.abc import Iterator, Sequence

from clients.loadgen import Loadgen
from clients.tools import TOOLS, Tool
from plans.toml_table import TomlTable
from text.units import nearest
from plans.workload import Workload

Client = Loadgen | Tool
CLIENTS: dict[str, Client] = {Loadgen.name: Loadgen(), **TOOLS}


def takes_part(client: str, workload: Workload) -> bool:
    return CLIENTS[client].takes_part(workload.rate_rps)


def check(table: TomlTable, clients: Sequence[str], workloads: Sequence[Workload]) -> None:
    """Blames the suite's table for what does not exist or cannot be asked of all its clients."""
    for name in clients:
        if name not in CLIENTS:
            table.blame("clients", f"{name!r} is no load generator known here: {nearest(name, CLIENTS)}")
    if TOOLS.keys() & set(clients):
        for workload in workloads:
            for key, fault in _cannot_be_asked(workload):
                table.blame(f"workloads.{workload.name}.{key}", fault)


def _cannot_be_asked(workload: Workload) -> Iterator[tuple[str, str]]:
    """What the other load generators do not have, or not all of them."""
    if workload.duration_ms is None or workload.duration_ms % 1000:
        yield "duration", "not whole seconds, and some of the tools take no others: write it as 2s"
    if workload.rate_rps and workload.rate_rps % workload.connections:
        each = f"for each of {workload.connections} connections"
        yield "rate", f"{workload.rate_rps} is not the same whole number {each}"
    if workload.connection_mode != "kept":
        yield "connection_mode", "not kept, and the tools keep theirs"
    if workload.arrivals == "poisson":
        yield "arrivals", "not constant, and no tool but loadgen has others"
    if len(workload.classes) != 1:
        yield "weights", "not one class, and some of the tools ask for one target only"
