"""A real Redis on loopback, on a free port, without a file."""

import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import redis

from ml_exporter.demo.processes import free_port
from tests.stack.waiting import eventually

PROGRAM = shutil.which("redis-server")


class Server:
    """One server, which may be ended and begun again."""

    def __init__(self, folder: Path, port: int | None = None, *options: str) -> None:
        self.port = port or free_port()
        self._folder = folder
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None
        self.client = redis.Redis(port=self.port)

    @property
    def url(self) -> str:
        """Return its address."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        command = [PROGRAM or "redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        self._process = subprocess.Popen(
            [*command, *self._options], cwd=self._folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        eventually(self._answers, "Redis answers")

    def _answers(self) -> bool:
        try:
            self.client.ping()
        except redis.exceptions.AuthenticationError:
            return True
        except redis.exceptions.ConnectionError:
            return False
        return True

    def add(self, stream: str, fields: Mapping[str, object], identifier: str = "*") -> str:
        """Add an entry, and return its id."""
        said: bytes = self.client.xadd(stream, dict(fields), id=identifier)
        return said.decode()

    def stop(self) -> None:
        """End it: what it held is gone."""
        self.client.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@contextmanager
def server(folder: Path, *options: str) -> Iterator[Server]:
    """Run a server while the context lasts."""
    running = Server(folder, None, *options)
    running.start()
    try:
        yield running
    finally:
        running.stop()
