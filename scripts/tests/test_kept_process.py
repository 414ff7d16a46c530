"""Nothing that the keeper runs outlives it, whoever is killed and however."""

from __future__ import annotations

import os
import re
import resource
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from processes.kept_process import Interrupted, Interrupts, KeptProcess
from waiting import is_running, noted_pids, until

KEEPER = Path(__file__).resolve().parent.parent / "processes/keeper.py"
PAUSE = [sys.executable, "-c", "import signal; signal.pause()"]


@pytest.fixture
def interrupts():
    with Interrupts() as entered:
        yield entered


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "output"


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_a_command_that_ends_by_itself_reports_its_exit_code(output, interrupts):
    with KeptProcess(python("raise SystemExit(5)"), output, interrupts) as process:
        ended = process.wait(20)
    assert (ended.exit_code, ended.signal, ended.killed) == (5, None, False)
    assert str(ended) == "exited with 5"


def test_the_context_switches_are_those_of_the_whole_life_of_all_threads(output, interrupts):
    # Each thread that waits for an event of its own gives up the processor at least once, and then has ended.
    code = (
        "import threading as t\nfor _ in range(50):\n    w = t.Thread(target=t.Event().wait, args=(0.001,))\n"
    )
    with KeptProcess(python(code + "    w.start()\n    w.join()\n"), output, interrupts) as process:
        assert process.wait(20).context_switches >= 50


def test_the_cpu_time_is_that_of_the_command_and_the_children_it_waited_for(output, interrupts):
    # A fifth of a second of processor time, as the process itself sees it, in a child.
    code = "import os, time\nif os.fork(): os.wait()\nelse:\n    while time.process_time() < 0.2: pass\n"
    with KeptProcess(python(code), output, interrupts) as process:
        assert 0.19 <= process.wait(20).cpu_s < 5


def test_output_and_errors_are_in_the_file_and_its_last_lines_can_be_shown(output, interrupts):
    code = "import sys; print('one'); print('two', flush=True); print('three', file=sys.stderr)"
    with KeptProcess(python(code), output, interrupts) as process:
        process.wait(20)
    assert process.lines()[-2:] == ["two", "three"]


def test_a_command_that_is_not_there_says_so(output, interrupts):
    with KeptProcess(["/nowhere/server"], output, interrupts) as process:
        assert process.wait(20).exit_code == 127
    assert process.lines() == ["/nowhere/server: cannot be started: No such file or directory"]


def test_stop_is_sigterm_and_waits_for_the_end(output, interrupts):
    with KeptProcess(PAUSE, output, interrupts) as process:
        ended = process.stop(grace_s=20)
        assert (ended.signal, ended.killed) == (signal.SIGTERM, False)
        assert not is_running(process.pid)


def test_a_command_that_ignores_sigterm_is_killed_when_its_grace_is_over(output, interrupts):
    code = "import signal; signal.signal(15, signal.SIG_IGN); print('ready', flush=True); signal.pause()"
    with KeptProcess(python(code), output, interrupts) as process:
        until(lambda: process.lines(), "the command to ignore SIGTERM")
        ended = process.stop(grace_s=0.05)
        assert (ended.signal, ended.killed) == (signal.SIGKILL, True)
        assert not is_running(process.pid)


def test_leaving_the_block_ends_the_command(output, interrupts):
    with KeptProcess(PAUSE, output, interrupts) as process:
        assert is_running(process.pid)
    assert not is_running(process.pid)
    assert process.ended.signal == signal.SIGKILL


def test_children_go_with_the_command_even_those_that_detached_themselves(output, interrupts, tmp_path):
    pids = tmp_path / "pids"
    code = f"""
import os
import signal
for detach in (False, True):
    if os.fork() == 0:
        if detach:
            os.setsid()
            if os.fork(): os._exit(0)
        signal.signal(15, signal.SIG_IGN)
        open({str(pids)!r}, "a").write(f"{{os.getpid()}}\\n")
        signal.pause()
signal.pause()
"""
    with KeptProcess(python(code), output, interrupts) as process:
        children = until(lambda: len(noted_pids(pids)) == 2 and noted_pids(pids), "two children")
        process.stop(grace_s=20)
        assert not any(is_running(pid) for pid in children)


def test_when_the_bench_is_killed_so_is_the_command(tmp_path):
    """The bench's end of the pipe closes, which is all that a SIGKILL leaves of it."""
    pids = tmp_path / "pids"
    code = f"import os, signal; open({str(pids)!r}, 'w').write(str(os.getpid()) + '\\n'); signal.pause()"
    keeper = subprocess.Popen(
        [sys.executable, str(KEEPER), str(tmp_path / "output"), "", *python(code)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )
    [pid] = until(lambda: noted_pids(pids), "the command to start")
    keeper.stdin.close()
    assert keeper.wait(20) == 0
    assert not is_running(pid)


def test_when_the_keeper_is_killed_so_is_the_command_and_the_bench_learns_of_it(output, interrupts):
    with KeptProcess(PAUSE, output, interrupts) as process:
        keeper = int(Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[1])
        os.kill(keeper, signal.SIGKILL)
        assert process.wait(20).killed
        until(lambda: not is_running(process.pid), "the kernel to kill the command")


def test_a_command_has_room_for_its_descriptors_from_the_start_and_none_open_it_does_not_know(
    output, interrupts
):
    code = "import os; print(open('/proc/self/status').read(), sorted(map(int, os.listdir('/proc/self/fd'))))"
    with KeptProcess(python(code), output, interrupts) as process:
        process.wait(20)
    text = output.read_text()
    assert int(re.search(r"FDSize:\s+(\d+)", text)[1]) >= min(
        resource.getrlimit(resource.RLIMIT_NOFILE)[0], 1024
    )
    assert "[0, 1, 2, 3]" in text  # 3 is the folder being listed


def test_the_keys_of_the_terminal_do_not_reach_the_command(output, interrupts):
    with KeptProcess(PAUSE, output, interrupts) as process:
        assert os.getsid(process.pid) != os.getsid(0)


def test_a_signal_ends_the_wait_and_the_block_ends_the_command(output, interrupts):
    with pytest.raises(Interrupted):
        with KeptProcess(PAUSE, output, interrupts) as process:
            threading.Thread(target=os.kill, args=(os.getpid(), signal.SIGINT)).start()
            process.wait(20)
    assert not is_running(process.pid)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_between_waits_is_heard_at_the_next_one(number):
    before = signal.getsignal(number)
    with Interrupts() as interrupts:
        os.kill(os.getpid(), number)
        with pytest.raises(Interrupted):
            interrupts.wait(0)
    assert signal.getsignal(number) is before


def test_the_first_line_is_shown_beside_the_last(output, interrupts):
    with KeptProcess(["sh", "-c", "echo the reason; seq 2000; echo the end"], output, interrupts) as process:
        process.wait(10)
    assert process.said() == ": the reason | ... | 1998 | 1999 | 2000 | the end"
