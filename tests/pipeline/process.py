"""``ml-exporter run`` as a process of its own."""

import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from ml_exporter.demo.processes import free_port
from tests.scraped import Scraped
from tests.stack.waiting import eventually


class ExporterProcess:
    """The exporter over a folder: its configuration, its feeds' files, its store."""

    def __init__(self, folder: Path, configuration: dict[str, Any]) -> None:
        self.within: Sequence[str] = ()
        """A command that becomes another one, which is given to it."""

        self._port = free_port()
        self._file = folder / "monitoring.yml"
        self.configure(configuration)
        self._log = folder / "log"
        self._process: subprocess.Popen[bytes] | None = None

    def configure(self, configuration: dict[str, Any]) -> None:
        """Write the configuration, for the next start or reload; the address stays."""
        address = f"127.0.0.1:{self._port}"
        own = {
            "server": {**configuration.get("server", {}), "listen": [address]},
            "prometheus": {**configuration.get("prometheus", {}), "targets": [address]},
        }
        self._file.write_text(yaml.safe_dump({**configuration, **own}), encoding="utf-8")

    @property
    def address(self) -> str:
        """Return its address as a URL."""
        return f"http://127.0.0.1:{self._port}"

    def reload(self, configuration: dict[str, Any]) -> bool:
        """Reload with another configuration, and return whether it was taken up."""
        self.configure(configuration)
        return self.hang_up()

    def hang_up(self) -> bool:
        """Have the file read again, and return whether it was taken up."""
        assert self._process is not None
        ended = ("configuration reloaded", "configuration kept as it was")
        before = [self.log().count(one) for one in ended]
        self._process.send_signal(signal.SIGHUP)
        eventually(lambda: [self.log().count(one) for one in ended] != before, "the reload has ended")
        return self.log().count(ended[0]) > before[0]

    def start(self) -> None:
        """Start it, and wait until it listens: its store is opened after that."""
        self._start()
        eventually(self._listens, "the exporter listens")

    def _start(self) -> None:
        with self._log.open("ab") as log:
            command = [*self.within, sys.executable, "-m", "ml_exporter", "run", str(self._file)]
            self._process = subprocess.Popen(command, stdout=log, stderr=log)

    def refusal(self) -> str:
        """Start it where it must not run: see it end with exit code 1, and return the last line that it says."""
        self._start()
        assert self.ends() == 1
        return self.log().splitlines()[-1]

    def ends(self, seconds: float = 30.0) -> int:
        """Wait until it ends, and return the exit code."""
        assert self._process is not None
        code = self._process.wait(timeout=seconds)
        self._process = None
        return code

    @property
    def number(self) -> int:
        """The number of the process."""
        assert self._process is not None
        return self._process.pid

    def _listens(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.log()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self._port)) == 0

    def end(self, number: signal.Signals, seconds: float = 30.0) -> int:
        """Send a signal, and return the exit code."""
        assert self._process is not None
        self._process.send_signal(number)
        return self.ends(seconds)

    def abandon(self) -> None:
        """Kill it if it runs."""
        if self._process is not None:
            self.end(signal.SIGKILL)

    def metrics(self) -> Scraped | None:
        """Return what /metrics shows, ``None`` before the first tick."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/metrics", timeout=10) as answer:
                return Scraped(answer.read())
        except urllib.error.HTTPError as error:
            if error.code != 503:
                raise
            return None

    def metrics_once(self, events: int) -> Scraped:
        """Wait until so many events have been read, and return what /metrics shows then."""

        def all_read() -> Scraped | None:
            metrics = self.metrics()
            read = 0.0 if metrics is None else sum(metrics.all("ml_exporter_feed_events_total").values())
            assert read <= events, f"{read} events of {events}"
            return metrics if read == events else None

        return eventually(all_read, f"{events} events are read", seconds=120.0)

    def log(self) -> str:
        """Return its log."""
        return self._log.read_text(encoding="utf-8")


@contextmanager
def exporter(folder: Path, configuration: dict[str, Any]) -> Iterator[ExporterProcess]:
    """Prepare an exporter, and see that it does not outlive the context."""
    process = ExporterProcess(folder, configuration)
    try:
        yield process
    finally:
        process.abandon()
