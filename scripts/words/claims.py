"""What a suite claims, held against what its recording measured: one engine for all suites. Pure. The claims
are in the suite's TOML (plans/claims.py says how) and travel in run.json; what stands in braces comes from
the recording. Figures are medians of runs that count; a claim that lacks one is not made."""

import math
import operator
from collections.abc import Callable, Iterable
from contextlib import suppress
from itertools import compress, pairwise, takewhile
from typing import NamedTuple

from metrics.comparing import RATES
from metrics.digest import Digest, digests, figure_text
from metrics.metrics import METRICS, why_not
from plans.claims import Claim, Expression, Quantity, Template, read_claims
from plans.suite import SuiteError, find_suite, read_suite
from plans.toml_table import TomlTable
from recordings.recording import Recording, ResultsError
from text.units import count_text, joined, names_text, nearest, parse_duration_ms, plural
from text.units import ratio_text, round_duration_text
from words.phrases import is_limited

_SIGNS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_FACTS = ("N", "t", "requests", "connections", "failed", "variant", "each")


class Judged(NamedTuple):
    said: str
    measured: str
    verdict: str  # holds, does not hold, holds only if ...
    remark: str

    def __str__(self) -> str:
        verdict = self.verdict[0].upper() + self.verdict[1:]
        return f"“{self.said}” **{verdict}.** {self.measured} {self.remark}".rstrip()


class Worth(NamedTuple):
    """What a quantity is worth in a recording, and how that is written."""

    value: float
    text: str
    is_count: bool = False


def claim_answers(recording: Recording) -> list[Judged | str]:
    """In the suite's order: a claim that was put to the test judged, and what the suite tells beside them.
    They are those it was made with; a recording that is older than they are has those of today's suite of its
    name. Raises ResultsError with what is wrong with them."""
    entries, suite = recording.run.get("claims"), recording.run["suite"]
    table = TomlTable(str(recording.folder / "run.json"), {"claims": entries})
    try:
        claims = read_claims(table) if entries is not None else read_suite(find_suite(suite)).claims
    except SuiteError:
        return []
    if mistakes := table.mistakes + unknown_quantities(claims):
        raise ResultsError(mistakes)
    by_names = {(d.subject, d.workload): d for d in digests(recording)}
    cases = [_Case(recording, by_names, claim) for claim in claims if claim.workload in recording.workloads]
    answers = [(_judged if case.claim.says else _sentences)(case) for case in cases]
    return [answer for answer in answers if answer]


def claims_sentence(answers: list[Judged]) -> str:
    """How many hold, and what became of the first."""
    said = f"“{answers[0].said.rstrip('.')}” **{answers[0].verdict}**."
    hold, count = sum(answer.verdict == "holds" for answer in answers), len(answers)
    return said if count == 1 else f"{hold} of {count} claims hold as they are said; the first, {said}"


def unknown_quantities(claims: Iterable[Claim]) -> list[str]:
    """A line for each name that stands for nothing: who reads a suite cannot know which metrics there are."""
    mistakes = []
    for claim in claims:
        for key, quantity in claim.quantities:
            names = ("p99", "requests") if quantity.request_class else (*METRICS, *_FACTS)
            if quantity.name not in names and not quantity.name.startswith("--"):
                fault = f"no such quantity {quantity.name!r}: {nearest(quantity.name, names)}"
                mistakes.append(f"claims, {claim.workload}, {key}: {fault}")
    return mistakes


class _Case(NamedTuple):
    """A claim of one variant. What its quantities are worth is None where the recording does not tell, or by
    runs that do not count."""

    recording: Recording
    digests: dict[tuple[str, str], Digest]
    claim: Claim
    variant: str = ""

    def holds(self) -> bool | None:
        truth = []
        for left, sign, right in self.claim.holds:
            sides = [self._product(left), self._product(right)]
            if None in sides:
                return None
            truth.append(_SIGNS[sign](*(worth.value for worth in sides)))
        return all(truth)

    def filled(self, template: Template) -> str | None:
        parts = [Worth(0, p) if isinstance(p, str) else self._product(p) for p in template]
        return None if None in parts else "".join(part.text for part in parts)

    def _product(self, expression: Expression) -> Worth | None:
        """A ratio of durations is written as `1.06×`; one of counts is rounded up, as turns are."""
        factors, divisors = ([self._quantity(q) for q in side] for side in expression)
        every = [*factors, *divisors]
        if None in every or not (divisor := math.prod(worth.value for worth in divisors)):
            return None
        if len(every) == 1:
            return every[0]
        value = math.prod(worth.value for worth in factors) / divisor
        is_count = all(worth.is_count for worth in every)
        return Worth(value, count_text(math.ceil(value)) if is_count else ratio_text(value), is_count)

    def _quantity(self, quantity: Quantity | float) -> Worth | None:
        if isinstance(quantity, float):
            return Worth(quantity, "", True)
        name, request_class, run = quantity.name, quantity.request_class, self.recording.run
        workload, variant = quantity.workload or self.claim.workload, quantity.variant or self.variant
        entry, digest = self.recording.workload(workload), self.digests.get((variant, workload))
        if name == "variant":
            return Worth(0, variant)
        if name == "each":
            filled = (self._replace(variant=each).filled(self.claim.each) for each in self.claim.variants)
            texts = list(filter(None, filled))
            return Worth(len(texts), joined(texts)) if texts else None
        if name.startswith("--"):
            commands = {v["name"]: v.get("command") or [] for v in run["variants"]}
            value = dict(pairwise(commands.get(variant, []))).get(name, "0")
            if value.isdigit():
                return _worth(int(value), count_text)
            with suppress(ValueError):
                return _worth(parse_duration_ms(value) * 1e3, round_duration_text)
            return Worth(0, value)
        if name == "failed":  # of the runs in which nothing else was wrong
            runs = [r for r in (digest.runs if digest else ()) if why_not(r) in (None, "with errors")]
            failed, requests = sum(r.requests - r.ok for r in runs), sum(r.requests for r in runs)
            return Worth(failed, f"{count_text(failed)} of {count_text(requests)}", True) if failed else None
        if name in METRICS:
            if not digest or not digest.counts or (name in RATES and is_limited(digest)):
                return None
            spread = digest.p99_of(request_class) if request_class else digest[name]
            if name == "threads" and spread:
                return Worth(spread.median, plural(round(spread.median), "thread"), True)
            return spread and Worth(spread.median, figure_text(METRICS[name], spread))
        if name == "t":
            return _worth((entry.get("wait_ms") or run["wait_ms"] or 0) * 1e3, round_duration_text)
        if name == "connections":
            return _worth(entry.get("connections"), count_text)
        requests, classes = entry.get("requests"), entry.get("classes")  # of a class, or, for N, that wait
        if not requests or not classes:
            return None
        fits = [c.get("waits") if name == "N" else request_class in (None, c["name"]) for c in classes]
        weights = [c["weight"] for c in classes]
        return _worth(requests * sum(compress(weights, fits)) // sum(weights), count_text)


def _worth(value: float | None, text: Callable[[float], str]) -> Worth | None:
    return Worth(value, text(value), text is count_text) if value else None


def _judged(case: _Case) -> Judged | None:
    claim, parts = case.claim, []
    ones = [case._replace(variant=variant) for variant in (*claim.variants, *claim.others)]
    every = [(one.variant, one.holds(), one.filled(claim.each)) for one in ones]
    telling = [(variant, holds, text) for variant, holds, text in every if None not in (holds, text)]
    if not telling:
        return None
    for label, truth in (("True of", True), ("Not of", False)):
        texts = [text for _, holds, text in telling if holds == truth]
        parts += [f"{label}: {joined(texts)}."] if texts else []
    having = [variant for variant, holds, _ in telling if holds]
    verdict = "holds" if having else "does not hold"
    if 0 < len(having) < len(telling):
        is_as_said = having == [variant for variant, *_ in telling if variant in claim.variants]
        verdict = f"holds only {f'if {claim.condition}' if is_as_said else f'of {names_text(having)}'}"
    return Judged(claim.says, " ".join(parts), verdict, claim.remark)


def _sentences(case: _Case) -> str:
    """Its sentences up to the first that lacks a figure; empty if it does not hold."""
    names = [name for name in case.claim.variants if (name, case.claim.workload) in case.digests]
    one = case._replace(variant=names[0] if names else "")
    texts = takewhile(lambda text: text is not None, map(one.filled, case.claim.tells))
    return " ".join(texts) if one.holds() else ""
