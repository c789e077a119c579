"""The exporter as a process: started, asked, ended in whatever way."""

import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import yaml

from benchmarks.soak import truth
from benchmarks.soak.world import CORRECTED_WITHIN
from ml_exporter.demo.processes import free_port


def configuration(port: int) -> dict[str, Any]:
    """Return what the exporter is told."""
    return {
        "models": [
            {
                "name": "fraud",
                "task": "binary",
                "segments": ["country"],
                "correction_window": f"{CORRECTED_WITHIN:.0f}s",
            },
            {"name": "churn", "task": "binary", "missing_label": {"after": f"{truth.SILENCE:.0f}s", "actual": 0}},
        ],
        "feeds": [
            {"name": name, "kind": "file", "path": f"feed/{name}*.jsonl", "events": name}
            for name in ("predictions", "labels")
        ],
        "label_horizon": f"{truth.HORIZON:.0f}s",
        "windows": ["1h", truth.WINDOW],
        "tick": "1s",
        "store": {"path": "data"},
        "server": {"listen": [f"127.0.0.1:{port}"]},
    }


class Exporter:
    """One that may be started again and again."""

    def __init__(self, folder: Path) -> None:
        self._port = free_port()
        self._file = folder / "monitoring.yml"
        self._file.write_text(yaml.safe_dump(configuration(self._port)), encoding="utf-8")
        self._log = folder / "log"
        self._process: subprocess.Popen[bytes] | None = None
        self.ready_seconds: list[float] = []
        """Of each life: until it served metrics, wall."""

        self.peak_memory = 0
        """Of all lives, bytes."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def start(self) -> None:
        """Start it, and wait until it serves metrics.

        Raises:
            RuntimeError: it ended instead.
        """
        began = time.perf_counter()
        with self._log.open("ab") as log:
            command = [sys.executable, "-m", "ml_exporter", "run", str(self._file)]
            self._process = subprocess.Popen(command, stdout=log, stderr=log)  # noqa: S603 - our own program
        while self.metrics() is None:
            if self._process.poll() is not None:
                raise RuntimeError(self._log.read_text(encoding="utf-8")[-2000:])
            time.sleep(0.02)
        self.ready_seconds.append(time.perf_counter() - began)

    def end(self, number: signal.Signals) -> None:
        """Send a signal, and wait for the end."""
        assert self._process is not None
        self._note_memory(self._process.pid)
        self._process.send_signal(number)
        self._process.wait(timeout=60)
        self._process = None

    def _note_memory(self, process: int) -> None:
        lines = Path(f"/proc/{process}/status").read_text(encoding="utf-8").splitlines()
        kilobytes = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
        self.peak_memory = max(self.peak_memory, kilobytes * 1024)

    def metrics(self) -> bytes | None:
        """Return what /metrics shows, None where there is nothing yet."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/metrics", timeout=10) as answer:
                content: bytes = answer.read()
                return content
        except (urllib.error.URLError, ConnectionError):
            return None
