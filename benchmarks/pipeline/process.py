"""The exporter as a process of its own: what it has used of the processor, and what it answers."""

import gzip
import http.client
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import yaml

from ml_exporter.demo.processes import free_port

_PATIENCE = 600.0


class Exporter:
    """``ml-exporter run`` over a folder with events and a configuration."""

    def __init__(self, folder: Path, settings: dict[str, Any]) -> None:
        self._port = free_port()
        self._file = folder / "monitoring.yml"
        own = {"server": {"listen": [f"127.0.0.1:{self._port}"]}, "store": {"path": "data"}}
        self._file.write_text(yaml.safe_dump({**settings, **own}), encoding="utf-8")
        self._log = folder / "log"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def start(self) -> None:
        """Start it."""
        with self._log.open("ab") as log:
            command = [sys.executable, "-m", "ml_exporter", "run", str(self._file)]
            self._process = subprocess.Popen(command, stdout=log, stderr=log)  # noqa: S603 - our own program

    def end(self, number: signal.Signals) -> None:
        """Send a signal, and wait for the end."""
        assert self._process is not None
        self._process.send_signal(number)
        self._process.wait(timeout=_PATIENCE)
        self._process = None

    @property
    def number(self) -> int:
        """The number of the process."""
        assert self._process is not None
        return self._process.pid

    @property
    def processor_seconds(self) -> float:
        """What it has used of the processor."""
        fields = Path(f"/proc/{self.number}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def scrape(self) -> bytes | None:
        """Return what /metrics says; None: nothing yet."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        try:
            connection.request("GET", "/metrics", headers={"Accept-Encoding": "gzip"})
            answer = connection.getresponse()
            content = answer.read()
            return content if answer.status == 200 else None
        except OSError:
            return None
        finally:
            connection.close()

    def series(self) -> int:
        """Return how many time series /metrics has."""
        lines = gzip.decompress(self.scrape() or gzip.compress(b"")).splitlines()
        return sum(not line.startswith(b"#") for line in lines)

    def wait(self, events: int = 0) -> None:
        """Wait until it serves metrics, and has read so many events.

        Raises:
            RuntimeError: it ended, or took too long.
        """
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            assert self._process is not None
            if self._process.poll() is not None:
                raise RuntimeError(self._log.read_text(encoding="utf-8")[-2000:])
            content = self.scrape()
            if content is not None and _events_read(gzip.decompress(content)) >= events:
                return
            time.sleep(0.02)
        raise RuntimeError(f"not within {_PATIENCE:.0f} seconds")


def _events_read(text: bytes) -> float:
    lines = (line for line in text.splitlines() if line.startswith(b"ml_exporter_feed_events_total{"))
    return sum(float(line.rsplit(b" ", 1)[1]) for line in lines)
