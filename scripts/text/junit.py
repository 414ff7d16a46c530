"""Test cases as JUnit XML, which CI services show."""

import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple


class JunitCase(NamedTuple):
    """`kind`: failure, error or skipped; None: it passed."""

    classname: str
    name: str
    kind: str | None
    message: str


def junit_text(suite_name: str, cases: Sequence[JunitCase]) -> str:
    kinds = Counter(case.kind for case in cases)
    counts = {"failures": kinds["failure"], "errors": kinds["error"], "skipped": kinds["skipped"]}
    totals = {name: str(count) for name, count in {"tests": len(cases), **counts}.items()}
    suite = ElementTree.Element("testsuite", name=suite_name, **totals)
    for each in cases:
        case = ElementTree.SubElement(suite, "testcase", classname=each.classname, name=each.name)
        if each.kind:
            ElementTree.SubElement(case, each.kind, message=each.message)
    ElementTree.indent(suite)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"
