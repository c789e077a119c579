"""What a version's predictions looked like in a healthy time: counts, kept as one blob."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import msgspec
import numpy as np

from ml_exporter.detectors.degradation import Reference
from ml_exporter.detectors.drift.counts import part_of
from ml_exporter.tallies import Buckets, Sums, Tally
from ml_exporter.tallies.features import FEATURES
from ml_exporter.tallies.predicted import PREDICTED

ENOUGH = 1000
"""Predictions that a baseline must rest on."""

_NOTHING = Sums.empty(1)


@dataclass(frozen=True)
class DriftBaseline:
    """Counts of one version. Cells are counted from 0, as if it were the first series."""

    features: Sums
    predicted: Sums
    predictions: float
    """How many it rests on."""

    learnt_at: float
    """Seconds since the epoch."""

    frozen: bool
    """Whether its period was full, or somebody has frozen it."""

    not_before: float = 0.0
    """Nothing before is to be learnt from, seconds since the epoch."""

    @classmethod
    def nothing(cls, not_before: float) -> "DriftBaseline":
        """Return the baseline of a version of which nothing is known yet."""
        return cls(_NOTHING, _NOTHING, 0.0, 0.0, frozen=False, not_before=not_before)

    def to_bytes(self) -> bytes:
        """Return it, for the ledger."""
        sums = (self.features.to_bytes(), self.predicted.to_bytes())
        return msgspec.msgpack.encode((*sums, self.predictions, self.learnt_at, self.frozen, self.not_before))

    @classmethod
    def from_bytes(cls, stored: bytes) -> "DriftBaseline":
        """Read what ``to_bytes`` wrote.

        Raises:
            DamagedState: the counts are damaged.
            msgspec.MsgspecError: the rest is.
        """
        content = msgspec.msgpack.decode(stored, type=tuple[bytes, bytes, float, float, bool, float])
        return cls(Sums.from_bytes(content[0]), Sums.from_bytes(content[1]), *content[2:])


def predicted_tally(buckets: Buckets, task: str) -> Tally | None:
    """Return the tally of what models of a task predict, None where the task has none."""
    return next((buckets.tallies[name] for name in PREDICTED if task in (buckets.tallies[name].tasks or ())), None)


def learn(
    buckets: Buckets, code: int, task: str, since: float, until: float, full_from: float, at: float
) -> DriftBaseline | None:
    """Learn the baseline of one version, None where there were too few predictions.

    Args:
        buckets: the sums by time.
        code: of the version's series.
        task: of its model.
        since: the begin of what may be learnt, seconds since the epoch.
        until: the end.
        full_from: where there were predictions before this time, the baseline's period is full.
        at: the time of learning.
    """
    ever = part_of(buckets.lifetime("made"), 1, code).values.sum()
    if ever < ENOUGH:
        return None  # without a look at the past, since this is asked at every tick
    made = [
        (start, float(own.values.sum()))
        for start, _, sums in buckets.between("made", "prediction", since, until)
        if len((own := part_of(sums, 1, code)).cells)
    ]
    predictions = sum(count for _, count in made)
    if predictions < ENOUGH:
        return None
    tally = predicted_tally(buckets, task)
    return DriftBaseline(
        features=_over(buckets, buckets.tallies[FEATURES], code, since, until),
        predicted=_NOTHING if tally is None else _over(buckets, tally, code, since, until),
        predictions=predictions,
        learnt_at=at,
        frozen=min(start for start, _ in made) <= full_from,
    )


def learn_from_reference(
    reference: Reference, translated: Callable[[Sums], Sums], task: str, at: float
) -> DriftBaseline | None:
    """Take the counts of a reference as a baseline, frozen; None where it holds too few predictions.

    Args:
        reference: of the model.
        translated: from the reference's cells of features to those here.
        task: of the model.
        at: the time of learning, seconds since the epoch.
    """
    known = learn(reference.buckets, reference.code, task, -np.inf, np.inf, np.inf, at)
    return None if known is None else replace(known, features=translated(known.features))


def _over(buckets: Buckets, tally: Tally, code: int, since: float, until: float) -> Sums:
    parts = [part_of(sums, tally.bins, code) for _, _, sums in buckets.between(tally.name, "prediction", since, until)]
    return Sums.merge_all([_NOTHING, *parts])
