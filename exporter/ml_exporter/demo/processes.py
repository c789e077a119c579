"""Local processes: started together, watched, and all stopped, however the parent ends."""

import ctypes
import http.client
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of prctl(2)
_PRCTL = getattr(ctypes.CDLL(None), "prctl", None)  # looked up here: between fork and exec nothing may take a lock

STOP_SECONDS = 5.0
"""How long a process may take to stop before it is killed."""


class ProcessError(Exception):
    """A process could not be started, or died; the message says why and shows the end of its log."""


def find_program(name: str) -> str:
    """Return the path of a program on PATH.

    Raises:
        ProcessError: it is not there.
    """
    path = shutil.which(name)
    if path is None:
        raise ProcessError(
            f"{name} is not on PATH; `make demo` and `make test` fetch it, or run scripts/fetch-stack.sh and put its"
            " bin folder on PATH"
        )
    return path


def free_port() -> int:
    """Return a port of loopback that nobody uses at present."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def require_free(port: int, owner: str) -> None:
    """Make sure that a port of loopback can be used.

    Raises:
        ProcessError: something listens there.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise ProcessError(
                f"port {port}, which {owner} needs, is in use ({error.strerror}); stop what uses it (another demo?)"
                " and try again"
            ) from None


def _die_with_parent() -> None:
    """Have the kernel stop this process when its parent is gone, even by SIGKILL (Linux)."""
    if _PRCTL is not None:
        _PRCTL(_DIE_WITH_PARENT, signal.SIGTERM)


class Stopped(Exception):
    """Somebody asks for the end, by Ctrl-C or SIGTERM."""


class Processes:
    """A group of processes; leaving the context stops them all, the last one started first."""

    def __init__(self, logs: Path, stopping: Callable[[], bool] = lambda: False) -> None:
        """Prepare a group.

        Args:
            logs: the folder that gets a log file of each process.
            stopping: tells whether somebody asks for the end. It is asked between two steps: an exception out of a
                signal handler could come between the start of a process and the note of it, and would leave it alive.
        """
        self._logs = logs
        self._stopping = stopping
        self._running: list[tuple[str, subprocess.Popen[bytes]]] = []

    def start(self, name: str, command: Sequence[str], folder: Path) -> "subprocess.Popen[bytes]":
        """Start a process in a folder, its output going to its log file."""
        self._logs.mkdir(parents=True, exist_ok=True)
        with (self._logs / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 - programs and arguments of our own
                list(command),
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches the parent only, which stops them in order
                preexec_fn=_die_with_parent,  # noqa: PLW1509 - one system call, before any thread of the child
            )
        self._running.append((name, process))
        return process

    def check(self) -> None:
        """Make sure that all are still running.

        Raises:
            Stopped: somebody asks for the end.
            ProcessError: one has died.
        """
        if self._stopping():
            raise Stopped
        for name, process in self._running:
            code = process.poll()
            if code is not None:
                raise ProcessError(f"{name} ended with code {code}; the end of its log:\n{self.log_end(name)}")

    def wait_for(self, url: str, seconds: float) -> None:
        """Wait until a URL answers with 200, while all processes live.

        Raises:
            Stopped: somebody asks for the end.
            ProcessError: a process has died, or the time is over.
        """
        self.wait_until(lambda: answers(url), f"{url} did not answer", seconds)

    def wait_until(self, holds: Callable[[], bool], otherwise: str, seconds: float) -> None:
        """Wait until a condition holds, while all processes live.

        Args:
            holds: the condition.
            otherwise: what to say where it never does: ``the model was not trained``.
            seconds: how long to wait at most.

        Raises:
            Stopped: somebody asks for the end.
            ProcessError: a process has died, or the time is over.
        """
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.check()
            if holds():
                return
            time.sleep(0.1)
        raise ProcessError(f"{otherwise} within {seconds:g} s; see {self._logs}")

    def log_end(self, name: str, lines: int = 15) -> str:
        """Return the last lines of a process's log."""
        try:
            text = (self._logs / f"{name}.log").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""
        return "\n".join(text.splitlines()[-lines:])

    def stop(self) -> None:
        """Stop all: politely, and by force after ``STOP_SECONDS``."""
        for _, process in reversed(self._running):
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
        for _, process in reversed(self._running):
            try:
                process.wait(timeout=STOP_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self._running.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def answers(url: str) -> bool:
    """Tell whether a URL answers with 200."""
    try:
        with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310 - addresses of our own, on loopback
            return bool(response.status == 200)
    except (urllib.error.URLError, http.client.HTTPException, OSError):
        return False
