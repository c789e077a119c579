"""The processes that serve models: real ones, found by port, pid file and command line."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

import psutil
import pytest

from ml_exporter.collectors import CollectorContext, CollectorError, Reading
from ml_exporter.collectors.process import COLLECTOR
from ml_exporter.config import ModelSettings, ProcessSettings
from tests.stack.waiting import eventually

_SERVICE = """
import os, socket, sys, time
model = bytearray(os.urandom(1 << 20)) * 40
listening = socket.create_server(("127.0.0.1", 0))
for worker in range(int(sys.argv[1])):
    if os.fork() == 0:
        break
else:
    print(listening.getsockname()[1], flush=True)
while True:
    accepted, _ = listening.accept()
    globals().setdefault("kept", []).append(accepted)
"""


class _Address(NamedTuple):
    ip: str
    port: int


_MODEL_BYTES = 40 * 2**20


@contextmanager
def _service(workers: int = 0, name: str = "service") -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Run a process that holds a model of 40 MiB, and workers forked from it; yield it and its port."""
    command = [sys.executable, "-c", _SERVICE, str(workers), name]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        children: list[psutil.Process] = []
        try:
            assert process.stdout is not None
            port = int(process.stdout.readline())
            children = psutil.Process(process.pid).children()
            yield process, port
        finally:
            for child in [*children, process]:
                child.kill()


def _collect(folder: Path = Path(), **models: ProcessSettings) -> dict[str, dict[str, float]]:
    context = CollectorContext(
        folder, [ModelSettings(name=name, task="binary", process=process) for name, process in models.items()]
    )
    return _plain(COLLECTOR.open(COLLECTOR.settings(), context).collect())


def _plain(readings: object) -> dict[str, dict[str, float]]:
    assert isinstance(readings, list | tuple)
    found: dict[str, dict[str, float]] = {}
    for reading in readings:
        assert isinstance(reading, Reading)
        found[reading.family.name] = {labels[0]: value for labels, value in reading.samples}
    return found


@contextmanager
def _connections(port: int, count: int) -> Iterator[None]:
    with ExitStack() as stack:
        for _ in range(count):
            stack.enter_context(socket.create_connection(("127.0.0.1", port)))
        yield


def test_a_process_is_found_by_its_port_with_its_memory_and_connections() -> None:
    with _service() as (process, port), _connections(port, 3):
        found = _collect(fraud=ProcessSettings(port=port))
        resident = psutil.Process(process.pid).memory_info().rss
    assert found["ml_active_connections"] == {"fraud": 3}
    assert _MODEL_BYTES < found["ml_model_memory_usage_bytes"]["fraud"] <= resident * 1.05


def test_connections_come_and_go() -> None:
    with _service() as (_, port):
        by_port = ProcessSettings(port=port)
        assert _collect(fraud=by_port)["ml_active_connections"] == {"fraud": 0}
        with _connections(port, 1):
            assert _collect(fraud=by_port)["ml_active_connections"] == {"fraud": 1}
        eventually(lambda: _collect(fraud=by_port)["ml_active_connections"] == {"fraud": 0}, "the connection is gone")


def test_a_model_that_forked_workers_share_counts_once() -> None:
    with _service(workers=3) as (process, port), _connections(port, 2):
        found = _collect(fraud=ProcessSettings(port=port))
        family = [psutil.Process(process.pid), *psutil.Process(process.pid).children()]
        resident = sum(member.memory_info().rss for member in family)
    assert len(family) == 4
    assert resident > 4 * _MODEL_BYTES
    assert _MODEL_BYTES < found["ml_model_memory_usage_bytes"]["fraud"] < 2.5 * _MODEL_BYTES
    assert found["ml_active_connections"] == {"fraud": 2}


def test_a_process_is_found_by_its_pid_file_and_by_its_command_line(tmp_path: Path) -> None:
    name = f"churn-of-{os.getpid()}"
    with _service(workers=1, name=name) as (process, port), _connections(port, 2):
        (tmp_path / "service.pid").write_text(f"{process.pid}\n")
        found = _collect(
            tmp_path,
            by_file=ProcessSettings(pid_file="service.pid"),
            by_command=ProcessSettings(command=rf"1 {name}$"),
        )
    assert found["ml_active_connections"] == {"by_file": 2, "by_command": 2}
    memory = found["ml_model_memory_usage_bytes"]
    assert memory["by_command"] == pytest.approx(memory["by_file"], rel=0.1)
    assert memory["by_file"] > _MODEL_BYTES


def _problem(folder: Path = Path(), **models: ProcessSettings) -> tuple[str, dict[str, dict[str, float]]]:
    with pytest.raises(CollectorError) as failure:
        _collect(folder, **models)
    return str(failure.value), _plain(failure.value.readings)


def test_a_model_without_its_process_costs_its_own_series_only(tmp_path: Path) -> None:
    (tmp_path / "words.pid").write_text("none")
    (tmp_path / "huge.pid").write_text("9" * 30)
    with _service() as (_, port), socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        free = unused.getsockname()[1]
        problem, found = _problem(
            tmp_path,
            good=ProcessSettings(port=port),
            no_port=ProcessSettings(port=free),
            no_file=ProcessSettings(pid_file="none.pid"),
            words=ProcessSettings(pid_file="words.pid"),
            huge=ProcessSettings(pid_file="huge.pid"),
            no_command=ProcessSettings(command="^no such command$"),
        )
    assert set(found["ml_model_memory_usage_bytes"]) == set(found["ml_active_connections"]) == {"good"}
    assert problem.split("; ") == [
        f"model 'no_port': no process listens on port {free}",
        f"model 'no_file': the pid file {tmp_path}/none.pid cannot be read (No such file or directory)",
        f"model 'words': the pid file {tmp_path}/words.pid holds no process id",
        f"model 'huge': process {'9' * 30}, which the pid file {tmp_path}/huge.pid names, does not run any more",
        "model 'no_command': no command line matches '^no such command$'",
    ]


def test_a_pid_file_older_than_the_process_of_that_id_names_another_process(tmp_path: Path) -> None:
    pid_file = tmp_path / "service.pid"
    with _service() as (process, _):
        pid_file.write_text(str(process.pid))
        long_ago = time.time() - 3600
        os.utime(pid_file, (long_ago, long_ago))
        problem, found = _problem(tmp_path, stale=ProcessSettings(pid_file="service.pid"))
    assert problem.endswith("does not run any more")
    assert found == {"ml_model_memory_usage_bytes": {}, "ml_active_connections": {}}


def test_the_exporter_does_not_take_itself_for_a_model() -> None:
    looks = "import sys; from tests.collectors.test_process import _looking_for; print(_looking_for(sys.argv[1]))"
    looking = subprocess.run(
        [sys.executable, "-c", looks, "one that looks for itself"],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert "no command line matches" in looking.stdout


def _looking_for(command: str) -> str:
    return _problem(fraud=ProcessSettings(command=command))[0]


def test_a_port_whose_process_may_not_be_looked_at_still_tells_its_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    here = _Address("10.0.0.1", 8080)
    of_another_user = [
        SimpleNamespace(status="LISTEN", laddr=here, raddr=(), pid=None),
        SimpleNamespace(status="ESTABLISHED", laddr=here, raddr=_Address("10.0.0.2", 4711), pid=None),
    ]
    monkeypatch.setattr(psutil, "net_connections", lambda kind: of_another_user if kind == "tcp" else [])
    problem, found = _problem(fraud=ProcessSettings(port=8080))
    assert problem.endswith("run the exporter as the user of the process, or give its pid_file")
    assert found == {"ml_model_memory_usage_bytes": {}, "ml_active_connections": {"fraud": 1}}


def test_where_proportional_sizes_are_refused_resident_ones_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(self: psutil.Process) -> None:
        raise psutil.AccessDenied(self.pid)

    monkeypatch.setattr(psutil.Process, "memory_full_info", refused)
    with _service(workers=1) as (process, port):
        found = _collect(fraud=ProcessSettings(port=port))
        family = [psutil.Process(process.pid), *psutil.Process(process.pid).children()]
        resident = sum(member.memory_info().rss for member in family)
    assert found["ml_model_memory_usage_bytes"]["fraud"] == pytest.approx(resident, rel=0.05)


def test_where_ports_are_refused_the_memory_is_told_all_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refused(self: psutil.Process, kind: str) -> None:
        raise psutil.AccessDenied(self.pid, kind)

    with _service() as (process, _):
        (tmp_path / "service.pid").write_text(str(process.pid))
        monkeypatch.setattr(psutil.Process, "net_connections", refused)
        problem, found = _problem(tmp_path, fraud=ProcessSettings(pid_file="service.pid"))
    assert problem.endswith("or give its port")
    assert found["ml_model_memory_usage_bytes"]["fraud"] > _MODEL_BYTES
    assert found["ml_active_connections"] == {}


def test_without_a_model_that_names_its_process_nothing_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    def looked_at(kind: str) -> None:
        pytest.fail(f"looked at {kind}")

    monkeypatch.setattr(psutil, "net_connections", looked_at)
    assert _collect() == {}
