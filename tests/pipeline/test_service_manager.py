"""What systemd is told, by a socket like its own; and that telling is no matter where nobody listens."""

import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from math import inf
from pathlib import Path

import pytest

from ml_exporter.clock import ManualClock
from ml_exporter.pipeline.service_manager import ServiceManager


@contextmanager
def _listening(address: str) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(address)
        listening.setblocking(False)
        yield listening


def _heard(listening: socket.socket) -> list[str]:
    heard = []
    while True:
        try:
            heard.append(listening.recv(4096).decode())
        except BlockingIOError:
            return heard


def test_it_tells_that_it_is_ready_once_and_that_it_stops(tmp_path: Path) -> None:
    with _listening(str(tmp_path / "notify")) as listening:
        manager = ServiceManager({"NOTIFY_SOCKET": str(tmp_path / "notify")})
        manager.ready()
        manager.ready()
        manager.stopping()
        assert _heard(listening) == ["READY=1\nSTATUS=Serving metrics", "STOPPING=1\nSTATUS=Stopping"]


def test_an_address_without_a_file_is_understood() -> None:
    name = f"ml-exporter-{secrets.token_hex(8)}"
    with _listening(f"\0{name}") as listening:
        ServiceManager({"NOTIFY_SOCKET": f"@{name}"}).ready()
        assert len(_heard(listening)) == 1


def test_signs_of_life_come_twice_in_the_time_that_the_watchdog_grants(tmp_path: Path) -> None:
    timer = ManualClock(100.0)
    with _listening(str(tmp_path / "notify")) as listening:
        manager = ServiceManager(
            {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "60000000", "WATCHDOG_PID": str(os.getpid())},
            timer.now,
        )
        assert manager.interval == 30
        counted = []
        for seconds in (0, 10, 19, 1, 29, 1, 90):
            timer.advance(seconds)
            manager.alive()
            counted.append(len(_heard(listening)))
    assert counted == [1, 0, 0, 1, 0, 1, 1]


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "1"},
        {"WATCHDOG_USEC": "0"},
        {"WATCHDOG_USEC": "soon"},
    ],
)
def test_without_a_watchdog_of_ours_there_are_no_signs_of_life(tmp_path: Path, variables: dict[str, str]) -> None:
    with _listening(str(tmp_path / "notify")) as listening:
        manager = ServiceManager({"NOTIFY_SOCKET": str(tmp_path / "notify"), **variables})
        manager.alive()
        assert (manager.interval, _heard(listening)) == (inf, [])


@pytest.mark.parametrize("address", [None, "", "/nowhere/notify"])
def test_telling_nobody_is_no_failure(address: str | None) -> None:
    manager = ServiceManager({} if address is None else {"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "1000"})
    manager.ready()
    manager.alive()
    manager.stopping()


def test_a_manager_that_does_not_read_is_not_waited_for(tmp_path: Path) -> None:
    with _listening(str(tmp_path / "notify")) as listening:
        manager = ServiceManager({"NOTIFY_SOCKET": str(tmp_path / "notify")})
        for _ in range(5000):
            manager.stopping()
        assert 0 < len(_heard(listening)) < 5000
