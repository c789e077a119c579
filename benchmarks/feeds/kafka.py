"""Topics of Kafka: the brokers, which run beside in a process of their own, are not the exporter's, so not counted."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.feeds.kafka.cluster import cluster

from benchmarks.feeds import Prepare
from benchmarks.pipeline import events
from benchmarks.pipeline.setting import BEGIN

_LINES = {"predictions": events.prediction_lines, "labels": events.label_lines}
_PARTITIONS = 4


@contextmanager
def messages(_folder: Path, count: int) -> Iterator[list[dict[str, Any]]]:
    """Two topics of four partitions, one JSON object a message."""
    command = [sys.executable, "-m", "benchmarks.feeds.kafka", str(count)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as broker:  # noqa: S603 - this module
        assert broker.stdout is not None
        try:
            address, *topics = broker.stdout.readline().split()
            yield [_feed(address, name, topic) for name, topic in zip(_LINES, topics, strict=True)]
        finally:
            broker.terminate()


def _feed(address: str, events: str, topic: str) -> dict[str, Any]:
    return {"name": events, "kind": "kafka", "events": events, "brokers": [address], "topic": topic}


def _serve(count: int) -> None:
    """Run the brokers with so many predictions and labels, say where, and wait for the end."""
    with cluster() as kafka:
        topics = []
        for lines in _LINES.values():
            topics.append(kafka.topic(partitions=_PARTITIONS))
            values = [line for text in lines(0, count, BEGIN) for line in text.splitlines()]
            for partition in range(_PARTITIONS):
                kafka.produce(topics[-1], values[partition::_PARTITIONS], partition=partition)
        sys.stdout.write(" ".join([kafka.address, *topics]) + "\n")
        sys.stdout.flush()
        sys.stdin.read()


CASES: dict[str, Prepare] = {"Kafka": messages}

if __name__ == "__main__":
    _serve(int(sys.argv[1]))
