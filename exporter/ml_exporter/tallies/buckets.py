"""All sums by tally and time: folding events in, rolling the past up, and what has changed since it was stored."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ml_exporter.config import ModelSettings
from ml_exporter.events import Outcomes
from ml_exporter.tallies.growing import GrowingSums
from ml_exporter.tallies.kind import AcceptedPredictions, Contributions, EventTime, Source, Tally
from ml_exporter.tallies.ladder import Ladder
from ml_exporter.tallies.past import Past, Place
from ml_exporter.tallies.placing import Contributed, Placed, Placements
from ml_exporter.tallies.sums import Sums

_PREFIX = "tally/"
LIFETIME = "lifetime"
JUDGED = "judged"
"""The clock of what detectors consume: an event counts at its own time, or in the open bucket where it comes late."""


@dataclass(frozen=True, order=True)
class BucketKey:
    """Names one bucket of one tally, or (start None) its sums since the store was made."""

    tally: str
    clock: str
    width: float = 0.0
    start: float | None = None

    @property
    def name(self) -> str:
        """Return the name under which the ledger keeps it."""
        return f"{_PREFIX}{self.tally}/{self.clock}/{self.width:.17g}/{'' if self.start is None else repr(self.start)}"

    @classmethod
    def of(cls, name: str) -> "BucketKey":
        """Read what ``name`` wrote."""
        tally, clock, width, start = name.removeprefix(_PREFIX).split("/")
        return cls(tally, clock, float(width), float(start) if start else None)


class Buckets:
    """The sums of every tally. Sums are immutable; this maps bucket to sums and notes what changed."""

    def __init__(
        self, tallies: Sequence[Tally], ladder: Ladder, outcome_clocks: Sequence[EventTime], *, judged: bool = False
    ) -> None:
        """Start empty.

        Args:
            tallies: the kinds to keep.
            ladder: how fine the past is kept.
            outcome_clocks: the times by which outcomes are dated: one bucket each.
            judged: whether to keep the overall series by the clock ``JUDGED``, too.
        """
        self.tallies = {tally.name: tally for tally in tallies}
        self.ladder = ladder
        self.closed_until = 0.0
        """By the clock ``JUDGED``, buckets that start before are closed, seconds since the epoch."""

        self._outcome_clocks = tuple(outcome_clocks)
        self._judged = judged
        self._sums: dict[BucketKey, GrowingSums] = {}
        self._by_time: dict[tuple[str, str], dict[Place, GrowingSums]] = defaultdict(dict)
        """The same by tally and clock: what a window is found in."""

        self._changed: set[BucketKey] = set()
        self._added: list[tuple[str, Sums]] = []

    def fold_predictions(self, predictions: AcceptedPredictions, model: ModelSettings, at: float) -> None:
        """Add predictions of one model to the prediction tallies."""
        placements = self._placements({"prediction": predictions.timestamp}, "prediction", at)
        for tally in self._of("predictions"):
            if tally.takes(model):
                self._fold(tally, predictions, tally.contribute(predictions, model), placements)

    def fold_outcomes(self, outcomes: Outcomes, model: ModelSettings, at: float) -> None:
        """Add outcomes of one model to the outcome tallies."""
        self._fold_outcomes(outcomes, model, at, 1.0, counted=True)

    def correct_outcomes(self, retracted: Outcomes, judged: Outcomes, model: ModelSettings, at: float) -> None:
        """Take outcomes of one model back and put others in their place; what counts since the beginning stays."""
        self._fold_outcomes(retracted, model, at, -1.0, counted=False)
        self._fold_outcomes(judged, model, at, 1.0, counted=False)

    def _fold_outcomes(
        self, outcomes: Outcomes, model: ModelSettings, at: float, weight: float, *, counted: bool
    ) -> None:
        times = {"prediction": outcomes.prediction_time, "label": outcomes.label_time}
        placements = self._placements(times, "label", at)
        for tally in self._of("outcomes"):
            if tally.takes(model) and len(outcomes):
                contributed = tally.contribute(outcomes, model)
                weighted = replace(contributed, values=weight * contributed.values)
                self._fold(tally, outcomes, weighted, placements, counted=counted)

    def _placements(self, times: Mapping[str, NDArray[np.float64]], judged_by: EventTime, at: float) -> Placements:
        """Return the buckets of a batch; by the clock ``JUDGED`` what comes late belongs to the open one."""

        def place(clock: str, first: int) -> Placed:
            own = np.maximum(times[judged_by], self.closed_until) if clock == JUDGED else times[clock]
            return Placed.of(self.ladder, own, at, first)

        return Placements(place)

    def _of(self, source: Source) -> Iterator[Tally]:
        return (tally for tally in self.tallies.values() if tally.source == source)

    def clocks(self, tally: Tally) -> tuple[str, ...]:
        """Return the times by which a tally is kept."""
        if not tally.windowed:
            return ()
        if tally.source == "predictions" or tally.by_prediction_time:
            return ("prediction",)
        return self._outcome_clocks

    def _fold(
        self,
        tally: Tally,
        events: AcceptedPredictions | Outcomes,
        contributions: Contributions,
        placements: Placements,
        *,
        counted: bool = True,
    ) -> None:
        rows = contributions.rows
        event, member = np.arange(len(events.series))[rows], events.series[rows]
        overall = Contributed(
            member[:, 0].astype(np.int64) * tally.bins + contributions.bins, contributions.values, event
        )
        contributed = overall
        if tally.sliced and member.shape[1] > 1:
            row, column = np.nonzero(member >= 0)
            contributed = Contributed(
                member[row, column].astype(np.int64) * tally.bins + contributions.bins[row],
                contributions.values[row],
                event[row],
            )
        if tally.lifetime and counted:
            self._add(BucketKey(tally.name, LIFETIME), overall.sums)
        for clock in self.clocks(tally):
            placed = placements.of(clock, self.ladder.first_rung(tally.histogram))
            self._fold_by_time(tally, clock, contributed, placed)
        if counted and self.has_judged(tally):
            self._fold_by_time(tally, JUDGED, overall, placements.of(JUDGED, 0))

    def add(self, key: BucketKey, sums: Sums, at: float) -> None:
        """Add sums that were folded elsewhere; a bucket that is not kept here is passed over.

        Args:
            key: the bucket as it was there. It counts in the one that holds it here: by the clock ``JUDGED`` in the
                open one, where it comes late.
            sums: with the codes of series of here.
            at: the time of looking, seconds since the epoch.
        """
        tally = self.tallies[key.tally]
        if key.clock == LIFETIME:
            if tally.lifetime:
                self._add(BucketKey(tally.name, LIFETIME), sums)
            return
        kept = self.has_judged(tally) if key.clock == JUDGED else key.clock in self.clocks(tally)
        place = self._place(key, tally, at) if kept and key.start is not None else None
        if place is not None:
            self._add(BucketKey(tally.name, key.clock, *place), sums)

    def _place(self, key: BucketKey, tally: Tally, at: float) -> Place | None:
        """Return the bucket that holds another one, as fine as it may be; ``None``: it is too old."""
        width, start = key.width, key.start or 0.0
        first = 0 if key.clock == JUDGED else self.ladder.first_rung(tally.histogram)
        if key.clock == JUDGED and start < self.closed_until:
            width, start = self.ladder.widths[0], self.closed_until
        while first < len(self.ladder.widths) - 1 and self.ladder.widths[first] < width:
            first += 1
        rung, begin = self.ladder.place(np.array([start + self.ladder.widths[0] / 2]), at, first)
        return (self.ladder.widths[rung[0]], float(begin[0])) if rung[0] < len(self.ladder.widths) else None

    def has_judged(self, tally: Tally) -> bool:
        """Tell whether a tally is kept by the clock ``JUDGED``."""
        return self._judged and tally.windowed and tally.watched_by_detectors and not tally.by_prediction_time

    def _fold_by_time(self, tally: Tally, clock: str, contributed: Contributed, placed: Placed) -> None:
        for (width, start), sums in contributed.by_bucket(placed):
            self._add(BucketKey(tally.name, clock, width, start), sums)

    def _add(self, key: BucketKey, sums: Sums) -> None:
        if len(sums.cells):
            self._added.append((key.name, sums))
            self._changed.add(key)
            self._put(key, sums)

    def _put(self, key: BucketKey, sums: Sums) -> None:
        """Add sums to a bucket, which may be new."""
        if key in self._sums:
            self._sums[key].add(sums)
            return
        self._sums[key] = GrowingSums(sums)
        if key.start is not None:
            self._by_time[(key.tally, key.clock)][(key.width, key.start)] = self._sums[key]

    def _take_out(self, key: BucketKey) -> Sums:
        """Forget a bucket, and return what was in it."""
        self._changed.add(key)
        if key.start is not None:
            del self._by_time[(key.tally, key.clock)][(key.width, key.start)]
        return self._sums.pop(key).whole

    def roll_up(self, at: float) -> None:
        """Move what has grown old into coarser buckets, and drop what is older than the ladder reaches."""
        limits = {width: self.ladder.outgrown_before(width, at) for width in self.ladder.widths}
        old = [key for key in self._sums if key.start is not None and key.start < limits[key.width]]
        for key in sorted(old):
            sums, start = self._take_out(key), key.start or 0.0
            rung, coarser_start = self.ladder.place(np.array([start]), at, self.ladder.widths.index(key.width))
            if rung[0] < len(self.ladder.widths):
                width = self.ladder.widths[rung[0]]
                self._add(BucketKey(key.tally, key.clock, width, float(coarser_start[0])), sums)

    def bucket(self, tally: str, clock: str, width: float, start: float) -> Sums:
        """Return the sums of one bucket, those of nothing where nothing is known of it."""
        return self._whole(BucketKey(tally, clock, width, start))

    def within(self, tally: str, clock: str, since: float, until: float) -> Iterator[tuple[float, Sums]]:
        """Yield start and sums of the buckets of a window.

        They are those that start from ``since`` to ``until``, and the open one, newest first.
        """
        chosen = [
            (start, width, sums)
            for (width, start), sums in self._by_time[(tally, clock)].items()
            if start <= until and (start >= since or start + width > until)
        ]
        for start, _, sums in sorted(chosen, key=lambda bucket: bucket[:2], reverse=True):
            yield start, sums.whole

    def between(self, tally: str, clock: str, since: float, until: float) -> Iterator[tuple[float, float, Sums]]:
        """Yield start, width and sums of the buckets that lie wholly between two times, in no particular order."""
        for (width, start), sums in self._by_time[(tally, clock)].items():
            if start >= since and start + width <= until:
                yield start, width, sums.whole

    def forget_judged(self, before: float) -> None:
        """Drop what is kept by the clock ``JUDGED`` and ends at a time or before: it has been consumed."""
        for tally in self.tallies.values():
            places = self._by_time[(tally.name, JUDGED)]
            for width, start in [place for place in places if sum(place) <= before]:
                self._take_out(BucketKey(tally.name, JUDGED, width, start))

    def everything(self) -> Iterator[tuple[BucketKey, Sums]]:
        """Yield every bucket with what is in it, in a fixed order."""
        for key in sorted_keys(set(self._sums)):
            yield key, self._sums[key].whole

    def past(self) -> Past:
        """Return the buckets as they are now, by the events' own times."""
        kept = {
            name: {place: sums.whole for place, sums in places.items()}
            for name, places in self._by_time.items()
            if name[1] != JUDGED
        }
        return Past(self.tallies, self.ladder, kept)

    def lifetime(self, tally: str) -> Sums:
        """Return the sums since the store was made."""
        return self._whole(BucketKey(tally, LIFETIME))

    def _whole(self, key: BucketKey) -> Sums:
        known = self._sums.get(key)
        return Sums.empty(len(self.tallies[key.tally].columns)) if known is None else known.whole

    def additions(self) -> list[tuple[str, Sums]]:
        """Return what was added since the last call of this or of ``changes``: the bucket's name and the sums.

        Added in this order to buckets as ``changes`` last gave them, it makes those of now, to the last bit.
        """
        added, self._added = self._added, []
        return added

    def changes(self) -> list[tuple[str, bytes | None]]:
        """Return name and bytes of every bucket that changed since the last call; ``None`` for one that is gone."""
        self._added.clear()
        changed = [
            (key.name, self._sums[key].whole.to_bytes() if key in self._sums else None)
            for key in sorted_keys(self._changed)
        ]
        self._changed.clear()
        return changed

    def restore(self, stored: Mapping[str, bytes], added: Iterable[tuple[str, Sums]] = ()) -> None:
        """Take over what the ledger kept under the prefix ``tally/``, and what was added to it since.

        What no tally knows any more is left alone; buckets of a width that the ladder no longer has move into the
        next coarser one.

        Raises:
            DamagedState: a bucket is damaged.
        """
        for name, content in stored.items():
            key = BucketKey.of(name)
            if key.tally in self.tallies:
                kept = self._kept_as(key)
                self._put(kept, Sums.from_bytes(content))
                if kept != key:
                    self._changed |= {key, kept}
        for name, sums in added:
            key = BucketKey.of(name)
            if key.tally in self.tallies:
                kept = self._kept_as(key)
                self._changed.add(kept)
                self._put(kept, sums)

    def _kept_as(self, key: BucketKey) -> BucketKey:
        """Return the bucket that a stored one goes on as: itself, unless the ladder has its width no longer."""
        if key.start is None or key.width in self.ladder.widths:
            return key
        width = min((known for known in self.ladder.widths if known >= key.width), default=self.ladder.widths[-1])
        return BucketKey(key.tally, key.clock, width, key.start // width * width)

    @staticmethod
    def prefix() -> str:
        """Return what the names of all buckets start with."""
        return _PREFIX


def sorted_keys(keys: set[BucketKey]) -> list[BucketKey]:
    """Return keys in a fixed order, so that a replay writes the same."""
    return sorted(keys, key=lambda key: (key.tally, key.clock, key.width, key.start or 0.0))
