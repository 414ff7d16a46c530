"""How a run tells what became of its server."""

import signal

import pytest

from processes.kept_process import Ended
from benching.measure import _server_fault


def ended(exit_code=None, number=None, killed=False) -> Ended:
    return Ended(exit_code, number, context_switches=1, cpu_s=0.1, killed=killed)


@pytest.mark.parametrize(
    ("how", "died", "says"),
    [
        (ended(0), False, None),
        (ended(7), False, "the server exited with 7 on SIGTERM"),
        (ended(number=signal.SIGSEGV), False, "the server ended by SIGSEGV on SIGTERM"),
        (ended(number=signal.SIGSEGV), True, "the server ended by SIGSEGV during the run"),
        # Killed in the run, although the generator knew of it before the keeper did.
        (ended(number=signal.SIGKILL), False, "the server ended by SIGKILL during the run"),
        (
            ended(number=signal.SIGKILL, killed=True),
            False,
            "the server did not end within 5 s of SIGTERM and was killed",
        ),
    ],
)
def test_a_server_s_end_is_told_in_words(how, died, says):
    assert _server_fault(None, how, died, 5.0, is_ours=True) == says
