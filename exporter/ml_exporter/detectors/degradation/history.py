"""The history of baselines: when each was learnt and frozen, inherited, frozen or reset by command, and what it was."""

from collections.abc import Sequence

import msgspec
import numpy as np

from ml_exporter.detectors.degradation.knowledge import NATIVE, Knowledge
from ml_exporter.detectors.degradation.streams import Stream

MOST_ENTRIES = 2000
"""So many are kept, the newest."""


class BaselineEntry(msgspec.Struct, frozen=True):
    """One thing that happened to a baseline."""

    at: float
    """Seconds since the epoch."""

    action: str
    """``frozen`` (its period was full), ``inherited``, ``frozen by command``, ``reset by command``."""

    model_name: str
    model_version: str
    metric: str
    outcomes: float | None
    since: float | None
    until: float | None
    """The time that it was learnt from."""

    summary: dict[str, float | None]
    """mean, std, p50, p95, p99, minimum and maximum of the metric; null: not known."""


def entry(action: str, at: float, stream: Stream, knowledge: Knowledge, place: int) -> BaselineEntry:
    """Return the entry of something that happens to the baseline at a place."""
    return BaselineEntry(
        at=at,
        action=action,
        model_name=stream.model,
        model_version=stream.version,
        metric=stream.metric,
        outcomes=_known(knowledge.learnt.summary.outcomes[place]),
        since=_known(knowledge.since[place]),
        until=_known(knowledge.until[place]),
        summary={name: _known(knowledge.native[name][place]) for name in NATIVE},
    )


def to_bytes(entries: Sequence[BaselineEntry]) -> bytes:
    """Return the newest entries, for the ledger."""
    return msgspec.json.encode(list(entries)[-MOST_ENTRIES:])


def from_bytes(stored: bytes | None) -> list[BaselineEntry]:
    """Read what ``to_bytes`` wrote."""
    return msgspec.json.decode(stored, type=list[BaselineEntry]) if stored else []


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
