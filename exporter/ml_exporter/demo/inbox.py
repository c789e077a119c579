"""An inbox: stands in for Slack where the demo runs in containers, and writes what it is told into its log.

Run as ``python -m ml_exporter.demo.inbox --listen 0.0.0.0:8080``.
"""

import argparse
import signal
import sys
import threading
from collections.abc import Sequence

from ml_exporter.demo.slack import SlackStandIn


def main(arguments: Sequence[str] | None = None) -> None:
    """Run until ended by SIGTERM or Ctrl-C."""
    parser = argparse.ArgumentParser(description="Take what is posted to Slack's webhook, and show it.")
    parser.add_argument("--listen", default="127.0.0.1:8080", help="host:port")
    host, _, port = parser.parse_args(arguments).listen.rpartition(":")
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _signal, _frame: stopped.set())
    with SlackStandIn(host=host, port=int(port), say=lambda text: print(text, file=sys.stderr, flush=True)):  # noqa: T201 - its log
        stopped.wait()


if __name__ == "__main__":
    main()
