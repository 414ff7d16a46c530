"""What a suite claims, held against what its recording measured: one engine for all suites. Pure.

The claims are in the suite's TOML (plans/claims.py says how) and travel in run.json. What stands in braces
comes from the recording. Figures are medians of runs that count; a claim that lacks one is not made.
"""

import math
import operator
from collections.abc import Callable, Iterable
from itertools import takewhile
from typing import Any, NamedTuple

from metrics.comparing import RATES
from metrics.digest import Digest, digests
from metrics.metrics import METRICS
from metrics.soundness import why_not
from plans.claims import Claim, Expression, Quantity, parse_condition, parse_template, read_claims
from plans.suite import SuiteError, find_suite, read_suite
from plans.toml_table import TomlTable
from recordings.recording import Recording, ResultsError
from text.units import count_text, joined, nearest, parse_duration_ms, ratio_text, round_duration_text
from words.phrases import amount, is_limited

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
    """In the suite's order: a claim that was put to the test judged, and what the suite tells beside them."""
    worths = _Worths(recording)
    answers = [(_judged if claim.says else _sentences)(claim, worths) for claim in claims_of(recording)]
    return [answer for answer in answers if answer]


def claims_sentence(answers: list[Judged]) -> str:
    """How many hold, and what became of the first."""
    first, count = answers[0], len(answers)
    hold = sum(answer.verdict == "holds" for answer in answers)
    verb = "holds as it is" if hold < 2 else "hold as they are"
    said = f"“{first.said.rstrip('.')}” **{first.verdict}**."
    return said if count == 1 else f"{hold or 'None'} of {count} claims {verb} said; the first, {said}"


def claims_of(recording: Recording) -> tuple[Claim, ...]:
    """Those it was made with; a recording that is older than they are has those of today's suite of its name.
    Raises ResultsError with what is wrong with them."""
    mistakes: list[str] = []
    entries = recording.run.get("claims")
    if entries is None:
        try:
            claims = read_suite(find_suite(recording.run["suite"])).claims
        except SuiteError:
            return ()
    else:
        table = TomlTable(str(recording.folder / "run.json"), {"claims": entries}, mistakes=mistakes)
        claims = read_claims(table)
    mistakes += unknown_quantities(claims)
    if mistakes:
        raise ResultsError(mistakes)
    return tuple(claim for claim in claims if claim.workload in recording.workloads)


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


def _judged(claim: Claim, worths: "_Worths") -> Judged | None:
    truth: dict[str, bool] = {}
    measured: dict[bool, list[str]] = {True: [], False: []}
    for variant in (*claim.variants, *claim.others):
        holds, text = worths.holds(claim, variant), worths.filled(claim.each, claim, variant)
        if holds is not None and text is not None:
            truth[variant] = holds
            measured[holds].append(text)
    labels = {True: "True of", False: "Not of"}
    parts = [f"{labels[holds]}: {joined(texts)}." for holds, texts in measured.items() if texts]
    return Judged(claim.says, " ".join(parts), _verdict(claim, truth), claim.remark) if truth else None


def _verdict(claim: Claim, truth: dict[str, bool]) -> str:
    if all(truth.values()):
        return "holds"
    if not any(truth.values()):
        return "does not hold"
    if all(holds == (variant in claim.variants) for variant, holds in truth.items()):
        return f"holds only if {claim.condition}"
    return f"holds only of {joined(f'`{variant}`' for variant, holds in truth.items() if holds)}"


def _sentences(claim: Claim, worths: "_Worths") -> str:
    """Its sentences up to the first that lacks a figure; empty if it does not hold."""
    variant = next((name for name in claim.variants if (name, claim.workload) in worths.digests), "")
    texts = (worths.filled(template, claim, variant) for template in claim.tells)
    return " ".join(takewhile(lambda text: text is not None, texts)) if worths.holds(claim, variant) else ""


class _Worths:
    """What quantities are worth in a recording; None where it does not tell, or by runs that do not count."""

    def __init__(self, recording: Recording):
        self._recording = recording
        self.digests = {(d.subject, d.workload): d for d in digests(recording)}

    def holds(self, claim: Claim, variant: str) -> bool | None:
        truth = []
        for left, sign, right in map(parse_condition, claim.holds):
            sides = [self._expression(side, claim, variant) for side in (left, right)]
            if None in sides:
                return None
            truth.append(_SIGNS[sign](*(worth.value for worth in sides)))
        return all(truth)

    def filled(self, template: str, claim: Claim, variant: str) -> str | None:
        parts = parse_template(template)
        texts = [part if isinstance(part, str) else self._text(part, claim, variant) for part in parts]
        return None if None in texts else "".join(texts)

    def _text(self, expression: Expression, claim: Claim, variant: str) -> str | None:
        worth = self._expression(expression, claim, variant)
        return worth and worth.text

    def _expression(self, expression: Expression, claim: Claim, variant: str) -> Worth | None:
        """A ratio of durations is written as `1.06×`; one of counts is rounded up, as turns are."""
        sides = [
            [Worth(q, "", True) if isinstance(q, float) else self._quantity(q, claim, variant) for q in side]
            for side in expression
        ]
        every = [*sides[0], *sides[1]]
        if None in every or not (divisor := math.prod(worth.value for worth in sides[1])):
            return None
        if len(every) == 1:
            return every[0]
        value = math.prod(worth.value for worth in sides[0]) / divisor
        is_count = all(worth.is_count for worth in every)
        return Worth(value, count_text(math.ceil(value)) if is_count else ratio_text(value), is_count)

    def _quantity(self, quantity: Quantity, claim: Claim, variant: str) -> Worth | None:
        workload, variant = quantity.workload or claim.workload, quantity.variant or variant
        entry, digest = self._recording.workload(workload), self.digests.get((variant, workload))
        if quantity.name == "variant":
            return Worth(0, variant)
        if quantity.name == "each":
            filled = [self.filled(claim.each, claim, name) for name in claim.variants]
            texts = [text for text in filled if text is not None]
            return Worth(len(texts), joined(texts)) if any(texts) else None
        if quantity.name.startswith("--"):
            commands = {v["name"]: v.get("command") or [] for v in self._recording.run["variants"]}
            return _option(quantity.name, commands.get(variant, []))
        if quantity.name == "failed":
            return digest and _failed(digest)
        if quantity.name in METRICS:
            return digest and _metric(quantity, digest)
        if quantity.name == "t":
            wait_ms = entry.get("wait_ms") or self._recording.run["wait_ms"] or 0
            return _worth(wait_ms * 1e3, round_duration_text)
        asked = entry.get("connections") if quantity.name == "connections" else _asked(quantity, entry)
        return _worth(asked, count_text, is_count=True)


def _metric(quantity: Quantity, digest: Digest) -> Worth | None:
    key, request_class = quantity.name, quantity.request_class
    spread = digest.p99_of(request_class) if request_class else digest[key]
    if not digest.counts or spread is None or (key in RATES and is_limited(digest)):
        return None
    return Worth(spread.median, amount(key, spread), is_count=key == "threads")


def _failed(digest: Digest) -> Worth | None:
    """Of all requests of the runs in which nothing else was wrong than that some failed."""
    runs = [run for run in digest.runs if why_not(run) in (None, "with errors")]
    failed, requests = sum(run.requests - run.ok for run in runs), sum(run.requests for run in runs)
    return Worth(failed, f"{count_text(failed)} of {count_text(requests)}", True) if failed else None


def _asked(quantity: Quantity, entry: dict[str, Any]) -> int | None:
    """How many of a workload's requests are of a class, or, for N, wait."""
    requests, classes, name = entry.get("requests"), entry.get("classes"), quantity.request_class
    if not requests or not classes:
        return None
    chosen = [c for c in classes if (c.get("waits") if quantity.name == "N" else name in (None, c["name"]))]
    return requests * sum(c["weight"] for c in chosen) // sum(c["weight"] for c in classes)


def _option(option: str, command: list[str]) -> Worth | None:
    """What stands behind a flag of a command: a count, a duration, or a word."""
    value = dict(zip(command, command[1:])).get(option)
    if value is None or value.isdigit():
        return _worth(value and int(value), count_text, is_count=True)
    try:
        return _worth(parse_duration_ms(value) * 1e3, round_duration_text)
    except ValueError:
        return Worth(0, value)


def _worth(value: Any, text: Callable[[float], str], is_count: bool = False) -> Worth | None:
    return Worth(value, text(value), is_count) if value else None
