"""Baselines as the store has them, for whoever looks into it from outside."""

from dataclasses import dataclass
from pathlib import Path

import msgspec

from ml_exporter.config import Monitoring
from ml_exporter.detectors import DamagedState
from ml_exporter.detectors import state as states
from ml_exporter.detectors.degradation import HISTORY, KNOWLEDGE_PREFIX, PREFIX, BaselineEntry
from ml_exporter.detectors.degradation.fleet import FleetRecord
from ml_exporter.detectors.degradation.history import from_bytes
from ml_exporter.detectors.degradation.knowledge import NATIVE, Knowledge
from ml_exporter.ledger import read_state
from ml_exporter.pipeline.baseline_requests import BaselineRequest
from ml_exporter.pipeline.engine import Engine
from ml_exporter.pipeline.store import open_store


@dataclass(frozen=True)
class StoredBaseline:
    """One baseline."""

    model_name: str
    model_version: str
    metric: str
    state: str
    """``frozen``, ``provisional`` or ``inherited``."""

    summary: dict[str, float]
    outcomes: float
    since: float
    until: float
    """The time that it was learnt from, seconds since the epoch."""


def stored_baselines(store: Path, monitoring: Monitoring) -> list[StoredBaseline]:
    """Return the baselines of configured models, by model, version and metric.

    Raises:
        StoreError: there is no store, or it cannot be read.
        DamagedState: what it holds is damaged.
    """
    stored = read_state(store, PREFIX)
    names = {model.name for model in monitoring.models}
    found: list[StoredBaseline] = []
    for name, content in stored.items():
        if not name.startswith(KNOWLEDGE_PREFIX):
            continue
        knowledge = Knowledge.from_state(states.from_bytes(content))
        streams = _streams(stored[PREFIX + name.removeprefix(KNOWLEDGE_PREFIX)])
        found += [
            _baseline(knowledge, place, *stream)
            for place, stream in enumerate(streams)
            if knowledge.learnt.known[place] and stream[0] in names
        ]
    return sorted(found, key=lambda one: (one.model_name, one.model_version, one.metric))


def _streams(content: bytes) -> list[tuple[str, str, str]]:
    try:
        return msgspec.msgpack.decode(content, type=FleetRecord).streams
    except msgspec.MsgspecError as error:
        raise DamagedState(f"the state of the detectors in the store is damaged ({error})") from None


def _baseline(knowledge: Knowledge, place: int, model: str, version: str, metric: str) -> StoredBaseline:
    state = "frozen" if knowledge.frozen[place] else "inherited" if knowledge.inherited[place] else "provisional"
    return StoredBaseline(
        model,
        version,
        metric,
        state,
        {name: float(knowledge.native[name][place]) for name in NATIVE},
        float(knowledge.learnt.summary.outcomes[place]),
        float(knowledge.since[place]),
        float(knowledge.until[place]),
    )


def stored_history(store: Path) -> list[BaselineEntry]:
    """Return what has become of baselines so far, oldest first.

    Raises:
        StoreError: there is no store, or it cannot be read.
    """
    return from_bytes(read_state(store, PREFIX).get(HISTORY))


def carry_out(monitoring: Monitoring, store: Path, request: BaselineRequest, at: float) -> int:
    """Change baselines in a store that no exporter owns at present; return how many.

    Raises:
        StoreError: the store cannot be used; another exporter owns it, for instance.
        DamagedState: what it holds is damaged.
    """
    ledger = open_store(store)
    try:
        return Engine(monitoring, ledger).change_baselines(request, at)
    finally:
        ledger.close()
