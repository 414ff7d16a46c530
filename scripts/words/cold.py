"""What a server costs that is not used yet: until it can be, and while it rests. How long it then takes when
everybody comes at once is a contest as any other."""

from collections.abc import Iterator

from metrics.curves import single_digests
from metrics.digest import Digest, figure_text
from metrics.metrics import METRICS
from recordings.recording import Recording
from text.units import duration_text, joined
from words.phrases import ranged


def cold_sentences(recording: Recording, digests: list[Digest]) -> Iterator[str]:
    for digest_group in silent_groups(recording, digests):
        by_start = sorted(digest_group, key=lambda d: d["start"].median)
        starts = joined(f"`{d.subject}` {ranged(d['start'], duration_text)}" for d in by_start)
        yield f"**From its start to its first reply**, asked every 2 ms: {starts}."
        by_rest = sorted((d for d in digest_group if d["rest"]), key=lambda d: d["rest"].median)
        if by_rest:
            rests = joined(f"`{d.subject}` {figure_text(METRICS['rest'], d['rest'])}" for d in by_rest)
            yield f"**Memory at rest**, before the first connection: {rests}."


def silent_groups(recording: Recording, digests: list[Digest]) -> Iterator[list[Digest]]:
    """The digests, by workload, of a burst after silence."""
    single = single_digests(recording, digests)
    for workload in dict.fromkeys(digest.workload for digest in single):
        group = [d for d in single if d.workload == workload and d["start"] and d["makespan"]]
        if group and recording.workload(workload).get("silence_ms"):
            yield group
