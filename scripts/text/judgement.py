"""A judgement of two sides, with which gate, costs and bisect end: on a terminal, as Markdown, as JUnit XML,
which CI services show, and (by report/judgement.html) as a page."""

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from text.table import Table, markdown, print_table, say

if TYPE_CHECKING:
    from rich.console import Console

_TITLES = {"gate": "Performance gate", "costs": "Costs per request", "bisect": "Bisect"}
_SIGNS = {"": "✅", "skipped": "⚠️", "failure": "❌", "error": "❌"}
# What JUnit calls a verdict, by its first word; without a name it passed.
_KINDS = {"failed": "error", **dict.fromkeys("regressed worse more grew began".split(), "failure")}
_KINDS |= {"not": "", "counted": "", **dict.fromkeys("inconclusive invalid unclear open".split(), "skipped")}


@dataclass(frozen=True)
class Judgement:
    """`facts`: what was judged and how, by name; `cases`: of a cell and one of its figures, what is said of
    it, the verdict first."""

    command: str
    verdict: str
    reason: str
    tables: Sequence[Table] = ()
    notes: Sequence[str] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    cases: Sequence[tuple[str, str, str]] = ()

    @property
    def title(self) -> str:
        return f"{_TITLES[self.command]}: {self.verdict}"

    def show(self, console: "Console") -> None:
        """The answer last, where a terminal is read first."""
        for table in filter(lambda table: table.rows, self.tables):
            print_table(table, console)
        facts = "; ".join(f"{name} {fact}" for name, fact in self.facts.items())
        for line in (*self.notes, *filter(None, [facts]), f"{self.title}: {self.reason}"):
            say(console, line)

    def markdown(self) -> str:
        """Short enough for a pull request."""
        parts = [f"### {_SIGNS[_kind(self.verdict)]} {self.title}", self.reason]
        for table in filter(lambda table: table.rows, self.tables):
            parts += [f"**{table.title}**", markdown(table)]
        parts.append("\n".join(f"- {note}" for note in self.notes))
        parts.append("; ".join(f"{name} `{fact}`" for name, fact in self.facts.items()))
        return "\n\n".join(filter(None, parts)) + "\n"

    def junit(self) -> str:
        """A test case for the whole, and one for each of its cases."""
        cases = [(self.command, "verdict", f"{self.verdict}: {self.reason}")]
        cases += [(f"{self.command}.{cell}", name, text) for cell, name, text in self.cases]
        kinds = [_kind(text) for *_, text in cases]
        names = {"failures": "failure", "errors": "error", "skipped": "skipped"}
        counts = {name: str(kinds.count(kind)) for name, kind in names.items()}
        suite = ElementTree.Element("testsuite", name=self.command, tests=str(len(kinds)), **counts)
        for (classname, name, text), kind in zip(cases, kinds):
            case = ElementTree.SubElement(suite, "testcase", classname=classname, name=name)
            if kind:
                ElementTree.SubElement(case, kind, message=text)
        ElementTree.indent(suite)
        return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def _kind(text: str) -> str:
    return _KINDS[re.match(r"\w*", text)[0]]
