"""The exporter as a process, on a port that it chooses itself."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.stack.waiting import eventually


@dataclass
class Exporter:
    """The process and its log."""

    process: subprocess.Popen[bytes]
    log_file: Path

    @property
    def log(self) -> str:
        return self.log_file.read_text(encoding="utf-8")

    @property
    def url(self) -> str:
        """Its address, once it has said it."""

        def told() -> str | None:
            assert self.process.poll() is None, self.log
            found = re.search(r"event=started addresses=\"?(\S+?)[\"\s]", self.log)
            return found[1] if found else None

        return eventually(told, "the exporter has started")

    def end(self) -> int:
        """Ask it to end, and return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=5)


def configure(folder: Path, **options: Any) -> Path:
    """Write a configuration of one model."""
    feeds = [
        {"name": name, "kind": "file", "path": f"{name}*.jsonl", "events": name} for name in ("predictions", "labels")
    ]
    values = {
        "models": [{"name": "fraud", "task": "binary"}],
        "feeds": feeds,
        "server": {"listen": ["127.0.0.1:0"]},
        "tick": "1s",
        **options,
    }
    file = folder / "monitoring.yml"
    file.write_text(yaml.safe_dump(values), encoding="utf-8")
    return file


@contextmanager
def exporter(file: Path, environment: Mapping[str, str] | None = None) -> Iterator[Exporter]:
    """Run the exporter; it does not outlive the context."""
    log_file = file.with_suffix(".log")
    with log_file.open("wb") as log:
        command = [sys.executable, "-m", "ml_exporter", "run", str(file)]
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
    try:
        yield Exporter(process, log_file)
    finally:
        process.kill()
        process.wait(timeout=30)
