"""Sending to a real exporter, a process of its own: what it takes of the processor is all that it does for the events.

HTTP, the loop and the disk are in it; what senders take is not.
"""

import http.client
import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil
import yaml

from benchmarks.pipeline.setting import settings

SENDERS = 8
"""Connections, each of which sends its next request when the one before is acknowledged."""

Sent = tuple[Mapping[str, str], bytes]
"""Headers and body of a request."""


class exporter:  # noqa: N801 - a context manager, used as a function
    """An exporter that listens on a port of its own choice, and whose first tick is done."""

    def __init__(self, folder: Path, feeds: Sequence[Mapping[str, Any]]) -> None:
        own = {"feeds": list(feeds), "server": {"listen": ["127.0.0.1:0"]}, "tick": "1h"}
        self._file = folder / "monitoring.yml"
        self._file.write_text(yaml.safe_dump(settings(**own)), encoding="utf-8")
        self._log = folder / "log"

    def __enter__(self) -> tuple[psutil.Process, int]:
        with self._log.open("wb") as log:
            command = [sys.executable, "-m", "ml_exporter", "run", str(self._file)]
            self._process = subprocess.Popen(command, stdout=log, stderr=log)  # noqa: S603 - this very Python
        while (told := re.search(r"addresses=\"?http://[^\s\"]*:(\d+)", self._log.read_text())) is None:
            assert self._process.poll() is None, self._log.read_text()
            time.sleep(0.05)
        port = int(told[1])
        while _status(port, "GET", "/-/ready", b"", {}) != 200:
            time.sleep(0.05)
        return psutil.Process(self._process.pid), port

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(timeout=30)


def used(process: psutil.Process) -> float:
    """Seconds of the processor that a process has used until now."""
    times = process.cpu_times()
    return float(times.user + times.system)


def _status(port: int, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(method, path, body, dict(headers))
        return connection.getresponse().status
    finally:
        connection.close()


def send(port: int, path: str, requests: Sequence[Sequence[Sent]]) -> None:
    """Send requests by several connections at once, those that belong together one after the other.

    Each is acknowledged before the next one of its connection.
    """
    left = iter(requests)
    lock = threading.Lock()
    failed: list[str] = []

    def run() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while not failed:
            with lock:
                together = next(left, None)
            if together is None:
                break
            for headers, body in together:
                connection.request("POST", f"/api/v1/{path}", body, dict(headers))
                response = connection.getresponse()
                told = response.read()
                if response.status not in (200, 202) or (told and json.loads(told)["rejected"]):
                    failed.append(told.decode())
        connection.close()

    threads = [threading.Thread(target=run) for _ in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed, failed[0]
