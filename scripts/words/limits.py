"""The servers' limits: what each is, what a client sees at it, and the test that shows it.

The flags and their defaults are read from the programs' --help, so that they are written in one place.
scripts/readme.py makes the README's table of it; a test demands a row for every flag that limits, and a test
of the servers for every row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_OPTION = re.compile(r"^\s+(?P<flag>--[\w-]+) \S+=(?P<default>\S+)", re.MULTILINE)


@dataclass(frozen=True)
class Limit:
    what: str
    where: str  # the flag, or what else sets it
    client_sees: str
    tests: tuple[str, ...]  # names in servers/tests/
    default: str = ""  # where it is no flag's


LIMITS = (
    Limit(
        "connections open at once",
        "--max-connections",
        "503 at once, and the end (`sequential`, which takes one at a time, never has too many)",
        ("a_connection_too_many_is_503", "many_connections_too_many_are_503_too"),
    ),
    Limit(
        "connections not yet accepted",
        "--backlog",
        "its connection is made late: the kernel lets it knock again",
        ("who_finds_the_backlog_full_is_served_later", "has_the_backlog_it_is_told"),
    ),
    Limit(
        "bytes of a request's header; of its body's chunk extensions and trailers, in sum",
        "--max-header-bytes",
        "431, or 414 where it is the target, and the end",
        (
            "a_long_header_is_431",
            "a_long_target_is_414",
            "a_header_may_be_as_long_as_its_limit_and_no_longer",
            "chunk_extensions_may_be_as_long_as_the_limit_in_sum_and_no_longer",
            "trailers_may_be_as_long_as_the_limit_in_sum_and_no_longer",
            "endless_chunk_extensions_and_trailers_are_refused",
        ),
    ),
    Limit(
        "bytes of a request's body",
        "--max-body-bytes",
        "413, and the end, before 100 Continue and before the body is read",
        (
            "a_long_body_is_413_and_the_reply_survives_what_is_still_being_sent",
            "a_body_may_be_as_long_as_its_limit_and_no_longer",
        ),
    ),
    Limit(
        "time for a whole request to arrive, however it trickles",
        "--read-timeout",
        "408, and the end; before the first byte the end alone",
        (
            "a_request_that_does_not_arrive_is_408",
            "that_send_byte_by_byte_are_told_408_in_time",
            "that_begin_their_next_request_early_have_as_long_for_it_as_for_the_first",
            "a_client_that_says_nothing_is_closed_without_a_word",
        ),
    ),
    Limit(
        "time for a reply to be taken",
        "--write-timeout",
        "the end, in the middle of what it does not read",
        ("a_client_that_does_not_read_is_cut_off", "that_read_late_get_every_reply"),
    ),
    Limit(
        "time for a kept connection's next request to begin",
        "--idle-timeout",
        "the end",
        ("a_client_that_says_nothing_is_closed_without_a_word",),
    ),
    Limit(
        "time for a client to close after its last reply",
        "--linger-timeout",
        "the end, and a reset if it still sends",
        (
            "a_client_that_does_not_close_is_waited_for_only_so_long",
            "that_go_on_sending_after_their_refusal_are_cut_off",
        ),
    ),
    Limit(
        "time for what has begun, or lies whole in a socket, to be answered after SIGTERM",
        "--drain-timeout",
        "its reply, with `Connection: close`; past the time the end, and exit code 0 all the same",
        (
            "under_load_answers_every_request_that_it_has_begun_to_read",
            "draining_answers_what_lies_whole_in_the_accept_queue",
            "draining_answers_what_lies_whole_in_the_sockets_of_kept_connections",
            "stops_in_time_whatever_is_unanswered",
            "draining_takes_only_so_long",
        ),
    ),
    Limit(
        "time for a request of `/db` to get a database connection",
        "--db-timeout",
        "503, and the connection stays open; likewise while the database is lost",
        (
            "answers_503_when_no_connection_becomes_free_in_time",
            "is_reopened_after_its_connections_were_lost",
        ),
    ),
    Limit(
        "time that a task may ask for",
        "none",
        "400",
        ("is_named",),
        default="10 minutes of each kind",
    ),
    Limit(
        "open files",
        "`ulimit -n`",
        "it is accepted late; counted as `accept_pauses` in `/stats`",
        (
            "without_file_descriptors_it_pauses_and_then_goes_on",
            "files_makes_connections_wait_for_one",
            "of_files_at_the_start_is_one_line_that_names_the_flag",
        ),
        default="as the system has it",
    ),
    Limit(
        "threads",
        "`ulimit -u`, `-v`",
        "503, and the end; counted as `thread_failures`",
        ("of_threads_is_answered_503", "of_threads_at_the_start_is_one_line_that_names_the_flag"),
        default="as the system has it",
    ),
    Limit(
        "memory",
        "`ulimit -v`",
        "503 or the end; counted as `failures`; the others are served",
        ("memory_ends_no_more_than_the_requests_that_need_it",),
        default="as the system has it",
    ),
)


def defaults(help_text: str) -> dict[str, str]:
    """The default of each flag that has one, by flag."""
    return {match["flag"]: match["default"] for match in _OPTION.finditer(help_text)}


def table(help_texts: Iterable[str]) -> str:
    """The README's rows. Raises ValueError where the programs disagree on a limit, or one lacks it."""
    per_program = [defaults(text) for text in help_texts]
    lines = ["| limit | flag | default | what a client sees |", "|---|---|---|---|"]
    for limit in LIMITS:
        where, default = limit.where, limit.default
        if where.startswith("--"):
            found = {known.get(where) for known in per_program}
            if len(found) != 1 or None in found:
                raise ValueError(f"{where}: its defaults are {sorted(map(str, found))}: make them one")
            where, default = f"`{where}`", found.pop()
        lines.append(f"| {limit.what} | {where} | {default} | {limit.client_sees} |")
    return "\n".join(lines)
