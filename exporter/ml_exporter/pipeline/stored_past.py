"""The past that a store keeps, for whoever looks into it from outside: the tallies' sums by time, and their series."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np

from ml_exporter.config import Monitoring
from ml_exporter.ledger import read_states
from ml_exporter.tallies import (
    Buckets,
    DamagedState,
    Ladder,
    Meanings,
    SeriesKey,
    SeriesRegistry,
    Statuses,
    Sums,
    budget,
    discover,
    journal,
)
from ml_exporter.tallies.kind import EventTime
from ml_exporter.tallies.meaning import STATE as MEANING_STATE
from ml_exporter.tallies.series import STATE as SERIES_STATE
from ml_exporter.tallies.serving import STATUS_LIMIT
from ml_exporter.tallies.statuses import STATE as STATUS_STATE
from ml_exporter.windows import Totals


@dataclass(frozen=True)
class Past:
    """Everything that is kept of events once they are counted, as of one moment."""

    monitoring: Monitoring
    buckets: Buckets
    series: tuple[tuple[int, SeriesKey], ...]
    """Code and key of every series of a configured model, retired versions included."""

    statuses: tuple[str, ...]
    """Name of each status code that requests have had; the first is that of success."""

    def spans(self, width: float, since: float, until: float) -> Iterator[tuple[float, float, Totals]]:
        """Yield start, width and totals of the spans that hold events, oldest first.

        Outcomes are dated as windows date them (``window_by``). A span that has only coarser buckets is as wide as
        these.

        Args:
            width: of a span, seconds; they start at whole multiples of it.
            since: a span that starts before is left out; seconds since the epoch.
            until: a span that ends later is left out.
        """
        found: dict[tuple[float, float], dict[str, list[Sums]]] = {}
        for tally in self.buckets.tallies.values():
            for start, bucket_width, sums in self._buckets_of(tally.name, since, until):
                own = max(width, bucket_width)
                parts = found.setdefault((start // own * own, own), {})
                parts.setdefault(tally.name, []).append(sums)
        empty = {name: Sums.empty(len(tally.columns)) for name, tally in self.buckets.tallies.items()}
        for start, own in sorted(found):
            if start >= since and start + own <= until:
                merged = {name: Sums.merge_all(parts) for name, parts in found[(start, own)].items()}
                yield start, own, Totals("", {**empty, **merged}, self.buckets.tallies)

    def reach(self) -> tuple[float, float] | None:
        """Return when the oldest bucket starts and the newest ends, seconds since the epoch; None: there is none."""
        edges = [
            edge
            for name in self.buckets.tallies
            for start, width, _ in self._buckets_of(name, 0.0, np.inf)
            for edge in (start, start + width)
        ]
        return (min(edges), max(edges)) if edges else None

    def _buckets_of(self, tally: str, since: float, until: float) -> Iterator[tuple[float, float, Sums]]:
        clocks = self.buckets.clocks(self.buckets.tallies[tally])
        if not clocks:
            return iter(())
        clock = self.monitoring.window_by if self.monitoring.window_by in clocks else clocks[0]
        return self.buckets.between(tally, clock, since, until)


def stored_past(store: Path, monitoring: Monitoring) -> Past:
    """Read the past that a store keeps. Nothing is changed; an exporter may own the store, and go on.

    Raises:
        StoreError: there is no store, or it cannot be read.
        DamagedState: what it holds is damaged.
        ChangedMeaning: the configuration would read it as something else.
    """
    prefixes = (SERIES_STATE, MEANING_STATE, STATUS_STATE, Buckets.prefix(), journal.PREFIX)
    stored = read_states(store, prefixes)
    models = {model.name: model for model in monitoring.models}
    registry = SeriesRegistry(models, {name: budget(model, monitoring) for name, model in models.items()})
    meanings, statuses = Meanings(models, registry), Statuses()
    clocks: tuple[EventTime, ...] = ("label", "prediction") if monitoring.window_by == "prediction" else ("label",)
    buckets = Buckets(discover(), Ladder.of(monitoring.buckets), clocks)
    try:
        registry.restore(stored.get(SERIES_STATE), {})
        meanings.restore(stored.get(MEANING_STATE))
        statuses.restore(stored.get(STATUS_STATE))
        kept, entries = (
            {name: content for name, content in stored.items() if name.startswith(prefix)} for prefix in prefixes[3:]
        )
        buckets.restore(kept, journal.additions(entries))
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise DamagedState(f"the state in the store is damaged ({error})") from error
    configured = tuple((code, key) for code, key in enumerate(registry.keys) if key.model in models)
    return Past(monitoring, buckets, configured, tuple(statuses.name(code) for code in range(STATUS_LIMIT)))
