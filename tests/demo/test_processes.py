"""Local processes: readiness, early death, ports in use, and nothing left running."""

import os
import signal
import socket
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from ml_exporter.demo.processes import ProcessError, Processes, Stopped, find_program, free_port, require_free
from tests.stack.waiting import eventually

_SERVE = [sys.executable, "-u", "-m", "http.server", "--bind", "127.0.0.1"]
_SLEEP = [sys.executable, "-c", "import threading; threading.Event().wait()"]


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    with Processes(tmp_path / "logs") as group:
        yield group


def _lives(process_id: int) -> bool:
    try:
        state = Path(f"/proc/{process_id}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_waiting_ends_when_the_server_answers(processes: Processes, tmp_path: Path) -> None:
    port = free_port()
    server = processes.start("server", [*_SERVE, str(port)], tmp_path)
    processes.wait_for(f"http://127.0.0.1:{port}/", 30)
    assert server.poll() is None


def test_a_process_runs_in_its_folder_and_writes_both_outputs_to_its_log(processes: Processes, tmp_path: Path) -> None:
    told = "import os, sys; print(os.getcwd(), flush=True); print('to stderr', file=sys.stderr)"
    processes.start("told", [sys.executable, "-c", told], tmp_path).wait()
    assert processes.log_end("told") == f"{tmp_path}\nto stderr"


def test_the_end_of_a_log_is_its_last_lines_and_nothing_where_there_is_no_log(
    processes: Processes, tmp_path: Path
) -> None:
    processes.start("long", [sys.executable, "-c", "print(*range(100), sep='\\n')"], tmp_path).wait()
    assert processes.log_end("long", lines=2) == "98\n99"
    assert processes.log_end("never started") == ""


def test_a_process_that_dies_early_is_reported_with_the_end_of_its_log(processes: Processes, tmp_path: Path) -> None:
    processes.start("sleeper", _SLEEP, tmp_path)
    processes.start("broken", [sys.executable, "-c", "raise SystemExit('no such model')"], tmp_path)
    with pytest.raises(ProcessError, match=r"(?s)broken ended with code 1.*no such model"):
        processes.wait_for(f"http://127.0.0.1:{free_port()}/", 30)


def test_a_server_that_never_answers_is_reported_with_its_address(processes: Processes, tmp_path: Path) -> None:
    processes.start("silent", _SLEEP, tmp_path)
    port = free_port()
    with pytest.raises(ProcessError, match=rf"http://127.0.0.1:{port}/ did not answer within 0.2 s; see {tmp_path}"):
        processes.wait_for(f"http://127.0.0.1:{port}/", 0.2)


def test_a_condition_is_awaited_while_the_processes_live_and_told_where_it_never_holds(
    processes: Processes, tmp_path: Path
) -> None:
    processes.start(
        "worker", [sys.executable, "-c", "import time; print('done', flush=True); time.sleep(60)"], tmp_path
    )
    processes.wait_until(lambda: processes.log_end("worker") == "done", "the work was not done", 30)
    with pytest.raises(ProcessError, match=rf"the work was not undone within 0.2 s; see {tmp_path}"):
        processes.wait_until(lambda: processes.log_end("worker") == "undone", "the work was not undone", 0.2)


def test_a_wait_ends_when_somebody_asks_for_the_end_and_everything_is_stopped(tmp_path: Path) -> None:
    asked: list[bool] = []
    with Processes(tmp_path / "logs", lambda: bool(asked)) as group:
        sleeper = group.start("sleeper", _SLEEP, tmp_path)
        group.check()
        with pytest.raises(Stopped):
            group.wait_until(lambda: asked.append(True) is not None, "somebody asks", 30)
    assert sleeper.returncode == -signal.SIGTERM


def test_an_answer_other_than_200_is_no_readiness(processes: Processes, tmp_path: Path) -> None:
    port = free_port()
    processes.start("server", [*_SERVE, str(port)], tmp_path)
    processes.wait_for(f"http://127.0.0.1:{port}/", 30)
    with pytest.raises(ProcessError, match="did not answer"):
        processes.wait_for(f"http://127.0.0.1:{port}/missing", 0.5)


def test_a_port_in_use_is_named_with_who_needs_it() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ProcessError, match=rf"port {port}, which Prometheus needs, is in use .*another demo"):
            require_free(port, "Prometheus")
    require_free(port, "Prometheus")


def test_a_missing_program_says_what_brings_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ProcessError, match=r"prometheus is not on PATH; `make demo` and `make test` fetch it"):
        find_program("prometheus")


def test_leaving_the_context_stops_every_process_also_after_an_error(tmp_path: Path) -> None:
    started: list[subprocess.Popen[bytes]] = []

    def interrupted() -> None:
        with Processes(tmp_path / "logs") as group:
            started.extend(group.start(f"sleeper-{number}", _SLEEP, tmp_path) for number in range(2))
            assert [process.poll() for process in started] == [None, None]
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert [process.returncode for process in started] == [-signal.SIGTERM, -signal.SIGTERM]


def test_a_process_that_does_not_listen_is_stopped_by_force(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ml_exporter.demo.processes.STOP_SECONDS", 0.2)
    deaf = (
        "import signal, threading; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True);"
        " threading.Event().wait()"
    )
    with Processes(tmp_path / "logs") as group:
        process = group.start("deaf", [sys.executable, "-c", deaf], tmp_path)
        eventually(lambda: group.log_end("deaf") == "deaf", "the process ignores SIGTERM")
    assert process.returncode == -signal.SIGKILL


def test_ctrl_c_in_the_terminal_reaches_the_parent_only(processes: Processes, tmp_path: Path) -> None:
    process = processes.start("sleeper", _SLEEP, tmp_path)
    assert os.getpgid(process.pid) != os.getpgid(0)


def test_no_process_survives_a_parent_that_is_killed(tmp_path: Path) -> None:
    parent = textwrap.dedent(f"""
        import sys, threading
        from pathlib import Path
        from ml_exporter.demo.processes import Processes
        with Processes(Path({str(tmp_path / "logs")!r})) as group:
            print(group.start("sleeper", {_SLEEP!r}, Path({str(tmp_path)!r})).pid, flush=True)
            threading.Event().wait()
    """)
    with subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        child = int(running.stdout.readline())
        assert _lives(child)
        running.kill()
    try:
        eventually(lambda: not _lives(child), "the child ends with its parent")
    finally:
        if _lives(child):
            os.kill(child, signal.SIGKILL)
