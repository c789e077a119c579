"""Fixtures: a far end, and recorders that do not outlive their test."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from ml_exporter.client import Limits, Recorder
from tests.client.delivering import Deliver, Delivering, delivering
from tests.client.far_end import FarEnd, far_end

QUICK = Limits(flush_every=0.01)
"""Sends at once."""


@pytest.fixture(name="end")
def _end() -> Iterator[FarEnd]:
    """Return a far end that takes everything in."""
    with far_end() as end:
        yield end


@pytest.fixture(name="record")
def _record(end: FarEnd, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Recorder]]:
    """Return what makes recorders that send to the far end; they are closed after the test."""
    for name in ("URL", "TOKEN", "PASSWORD", "SPOOL"):
        monkeypatch.delenv(f"ML_EXPORTER_{name}", raising=False)
    with ExitStack() as stack:

        def make(url: str = "", **options: Any) -> Recorder:
            recorder = Recorder(url or end.url, **{"model_name": "churn", "limits": QUICK, **options})
            stack.callback(recorder.close, 0.5)
            return recorder

        yield make


@pytest.fixture(name="deliver")
def _deliver() -> Iterator[Deliver]:
    """Return what wires deliveries; they are closed after the test."""
    with ExitStack() as stack:

        def make(*arguments: Any, **options: Any) -> Delivering:
            parts = delivering(*arguments, **options)
            stack.callback(parts.close)
            return parts

        yield make
