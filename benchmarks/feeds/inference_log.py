"""Inferences as KServe's logger sends them: two requests each, one event in each."""

import json
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.feeds import Rate
from benchmarks.feeds.sending import Sent, exporter, send, used
from benchmarks.pipeline.setting import BEGIN

_FEEDS = [{"name": "log", "kind": "inference_log", "outputs": {"score": "predictions"}}]
_SHARE = 50
"""One in so many of the pairs is sent: each takes two requests."""


def rate(rows: int, pairs: int) -> float:
    """Return predictions a second of the exporter's processor.

    Args:
        rows: of each inference.
        pairs: as of the other feeds; there are no labels here.
    """
    inferences = max(1, pairs // _SHARE // rows)
    random = np.random.default_rng(7)
    sent = [[_event(side, number, rows, random) for side in ("request", "response")] for number in range(inferences)]
    with TemporaryDirectory(prefix="feed-benchmark-") as name, exporter(Path(name), _FEEDS) as (process, port):
        began = used(process)
        send(port, "cloudevents", sent)
        return inferences * rows / (used(process) - began)


def _event(side: str, number: int, rows: int, random: np.random.Generator) -> Sent:
    at = datetime.fromtimestamp(BEGIN + number / 1000 + (side == "response") * 0.012, UTC)
    headers = {
        "Content-Type": "application/json",
        "ce-specversion": "1.0",
        "ce-id": f"request-{number:012d}",
        "ce-type": f"org.kubeflow.serving.inference.{side}",
        "ce-time": at.isoformat(),
        "ce-inferenceservicename": "fraud",
        "ce-endpoint": f"v{number % 1000:04d}",
    }
    if side == "request":
        return headers, json.dumps({"instances": np.round(random.normal(size=(rows, 8)), 3).tolist()}).encode()
    return headers, json.dumps({"predictions": np.round(random.random(rows), 4).tolist()}).encode()


RATES: dict[str, Rate] = {
    "inference log, one row each": partial(rate, 1),
    "inference log, 100 rows each": partial(rate, 100),
}
