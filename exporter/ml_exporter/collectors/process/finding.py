"""Finding the process that serves a model: by its port, its pid file, or its command line."""

import contextlib
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from ml_exporter.collectors.interface import CollectorError
from ml_exporter.config import ProcessSettings

_CLOCK_SLACK = 10.0
"""Seconds by which the start of a process and the time of its pid file may be out of step."""


@dataclass(frozen=True)
class Found:
    """The processes that serve a model: those that were looked for, and their children."""

    processes: Sequence[psutil.Process]
    """None of them, where the port is listened on by somebody whom this user may not look at."""

    ports: frozenset[int] | None
    """The TCP ports on which they listen; ``None``: this user may not look at them."""


def find(settings: ProcessSettings, folder: Path, connections: Iterable[Any]) -> Found:
    """Find the processes that serve a model.

    Args:
        settings: how they are found.
        folder: where relative paths start.
        connections: every TCP connection of the host, as psutil tells them.

    Raises:
        CollectorError: there is none.
    """
    if settings.port is not None:
        return Found(_with_children(_listening(settings.port, connections)), frozenset({settings.port}))
    roots = _matching(settings.command or "") if settings.pid_file is None else [_named(folder / settings.pid_file)]
    processes = _with_children(roots)
    return Found(processes, _ports(processes))


def _listening(port: int, connections: Iterable[Any]) -> list[psutil.Process]:
    holders = {held.pid for held in connections if held.status == psutil.CONN_LISTEN and held.laddr.port == port}
    if not holders:
        raise CollectorError(f"no process listens on port {port}")
    return [_first_holder(found, port) for pid in holders if pid is not None if (found := _process(pid)) is not None]


def _first_holder(process: psutil.Process, port: int) -> psutil.Process:
    """Return the process that handed the listening socket down: the system names only one of its holders."""
    with contextlib.suppress(psutil.Error):  # the way up ends at a process that has ended or may not be looked at
        while (parent := process.parent()) is not None and port in _listened(parent):
            process = parent
    return process


def _named(pid_file: Path) -> psutil.Process:
    try:
        pid = int(pid_file.read_text(encoding="ascii"))
        written = pid_file.stat().st_mtime
    except OSError as error:
        raise CollectorError(f"the pid file {pid_file} cannot be read ({error.strerror})") from None
    except ValueError:
        raise CollectorError(f"the pid file {pid_file} holds no process id") from None
    process = _process(pid)
    if process is None or process.create_time() > written + _CLOCK_SLACK:
        raise CollectorError(f"process {pid}, which the pid file {pid_file} names, does not run any more")
    return process


def _matching(command: str) -> list[psutil.Process]:
    wanted = re.compile(command)
    roots = [
        process
        for process in psutil.process_iter(["cmdline"])
        if process.pid != os.getpid() and wanted.search(" ".join(process.info["cmdline"] or ()))
    ]
    if not roots:
        raise CollectorError(f"no command line matches {command!r}")
    return roots


def _process(pid: int) -> psutil.Process | None:
    try:
        return psutil.Process(pid)
    except (psutil.NoSuchProcess, ValueError, OverflowError):  # the latter two: a number that is no process id
        return None


def _with_children(roots: Iterable[psutil.Process]) -> list[psutil.Process]:
    """Return the processes with all that they started, each once."""
    found: dict[int, psutil.Process] = {}
    for root in roots:
        try:
            family = [root, *root.children(recursive=True)]
        except psutil.NoSuchProcess:
            continue
        found.update((process.pid, process) for process in family)
    return [found[pid] for pid in sorted(found)]


def _ports(processes: Iterable[psutil.Process]) -> frozenset[int] | None:
    ports: set[int] = set()
    for process in processes:
        try:
            ports |= _listened(process)
        except psutil.NoSuchProcess:
            continue
        except psutil.AccessDenied:
            return None
    return frozenset(ports)


def _listened(process: psutil.Process) -> set[int]:
    held = process.net_connections(kind="tcp")
    return {connection.laddr.port for connection in held if connection.status == psutil.CONN_LISTEN}
