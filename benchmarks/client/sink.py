"""A far end in a process of its own: it takes in whatever is posted, so that only the recorder is measured."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class _Taking(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Take it."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_values: object) -> None:
        """Say nothing."""


@contextmanager
def sink() -> Iterator[str]:
    """Run one, and yield its address."""
    command = [sys.executable, "-m", "benchmarks.client.sink"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own program
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.terminate()


if __name__ == "__main__":
    with ThreadingHTTPServer(("127.0.0.1", 0), _Taking) as server:
        print(server.server_address[1], flush=True)
        server.serve_forever()
