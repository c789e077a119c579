"""The watch: keeps baselines of what models are asked about and predict, and compares each window with them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ml_exporter.config import ModelSettings, Monitoring
from ml_exporter.detectors.degradation import Reference
from ml_exporter.detectors.drift.baseline import DriftBaseline, learn, learn_from_reference, predicted_tally
from ml_exporter.detectors.drift.comparison import (
    Comparison,
    compare_categories,
    compare_numbers,
    compare_ordered,
)
from ml_exporter.detectors.drift.counts import Counts, FeatureCounts, feature_counts, part_of, predicted_counts
from ml_exporter.tallies import Buckets, FeatureRegistry, SeriesKey, Sums
from ml_exporter.tallies.feature_bins import STRIDE
from ml_exporter.tallies.feature_registry import Translation
from ml_exporter.tallies.features import FEATURES
from ml_exporter.windows import Totals

PREFIX = "drift/"

MINIMUM = 100
"""Values that a window must hold before it is compared."""

EFFECT = 0.1
"""The PSI from which on a change is large enough to be called drift."""

FALSE_DISCOVERIES = 0.01
"""The share of false ones among the features that are called significant in one window (Benjamini, Hochberg 1995)."""

_LEARN_EVERY = 3600.0
"""Seconds between two lessons of a baseline whose period is not full yet."""


@dataclass(frozen=True)
class FeatureSays:
    """What is said of one feature of a version in one window."""

    model_name: str
    model_version: str
    window: str
    feature: str
    kind: str | None
    ranged: bool
    """Whether the configuration says which numbers are plausible."""

    counts: FeatureCounts
    comparison: Comparison | None
    """None: there is no baseline, or there are too few values."""

    drifted: bool | None
    """Whether the change is both large and significant among all features; None: it was not compared."""


@dataclass(frozen=True)
class PredictionSays:
    """What is said of the predictions of a version in one window."""

    model_name: str
    model_version: str
    window: str
    comparison: Comparison


class DriftWatch:
    """Compares windows with baselines. Baselines are frozen once their period is full."""

    def __init__(self, monitoring: Monitoring, references: Mapping[str, Reference]) -> None:
        self._monitoring = monitoring
        self._references = references
        self._known: dict[int, DriftBaseline] = {}
        self._changed: set[int] = set()

    def restore(self, stored: Mapping[str, bytes]) -> None:
        """Take over what the ledger kept under the prefix ``drift/``.

        Raises:
            DamagedState: it is damaged.
            msgspec.MsgspecError: likewise.
        """
        self._known = {
            int(name.removeprefix(PREFIX)): DriftBaseline.from_bytes(content) for name, content in stored.items()
        }

    def changes(self) -> list[tuple[str, bytes | None]]:
        """Return name and bytes of what has to be stored since the last call."""
        changed: list[tuple[str, bytes | None]] = [
            (f"{PREFIX}{code}", self._known[code].to_bytes()) for code in sorted(self._changed)
        ]
        self._changed.clear()
        return changed

    def reset(self, codes: Iterable[int], since: float | None) -> None:
        """Let the baselines of versions be learnt anew, from nothing before a time; None: from all of the period."""
        for code in codes:
            self._known[code] = DriftBaseline.nothing(since or 0.0)
            self._changed.add(code)

    def freeze(self, codes: Iterable[int]) -> None:
        """Let the baselines of versions stay as they are, where they have one."""
        for code in codes:
            known = self._known.get(code)
            if known is not None and known.predictions:
                self._known[code] = replace(known, frozen=True)
                self._changed.add(code)

    def learn(
        self, buckets: Buckets, features: FeatureRegistry, versions: Sequence[tuple[int, SeriesKey]], at: float
    ) -> None:
        """Learn the baselines that are not frozen yet, each once an hour.

        Args:
            buckets: the sums by time.
            features: their codes.
            versions: code and key of each series that is exposed.
            at: buckets that start before are closed, seconds since the epoch.
        """
        for code, key in versions:
            known = self._known.get(code)
            if at > 0 and self._is_due(known, self._monitoring.model(key.model), at):
                learnt = self._learnt(buckets, features, code, self._monitoring.model(key.model), at)
                if learnt is not None:
                    self._known[code] = learnt
                    self._changed.add(code)

    @staticmethod
    def _is_due(known: DriftBaseline | None, model: ModelSettings, at: float) -> bool:
        if known is None:
            return True
        refresh = model.baseline.refresh
        if known.frozen:
            return refresh is not None and at - known.learnt_at >= refresh.seconds
        return at - known.learnt_at >= _LEARN_EVERY

    def _learnt(
        self, buckets: Buckets, features: FeatureRegistry, code: int, model: ModelSettings, at: float
    ) -> DriftBaseline | None:
        reference = self._references.get(model.name)
        if reference is not None:
            translation = features.adopt(model, reference.features)
            return learn_from_reference(reference, lambda sums: _translated(sums, translation), model.task, at)
        known = self._known.get(code)
        not_before = 0.0 if known is None else known.not_before
        period = model.baseline.period.seconds
        until = at - self._monitoring.windows[0].seconds
        begin = until - period
        since = max(begin - 0.05 * period, not_before)
        learnt = learn(buckets, code, model.task, since, until, begin + 0.05 * period, at)
        return None if learnt is None else replace(learnt, not_before=not_before)

    def compare(
        self,
        buckets: Buckets,
        features: FeatureRegistry,
        versions: Sequence[tuple[int, SeriesKey]],
        windows: Sequence[Totals],
    ) -> tuple[list[FeatureSays], list[PredictionSays]]:
        """Compare every window of every version with its baseline; arguments as for ``learn``."""
        said: list[FeatureSays] = []
        of_predictions: list[PredictionSays] = []
        for code, key in versions:
            model, baseline = self._monitoring.model(key.model), self._baseline(code, key, versions)
            for window in windows:
                said += self._features(features, code, key, model, baseline, window)
                comparison = self._predictions(buckets, code, model, baseline, window)
                if comparison is not None:
                    of_predictions.append(PredictionSays(key.model, key.version, window.label, comparison))
        return said, of_predictions

    def _baseline(self, code: int, key: SeriesKey, versions: Sequence[tuple[int, SeriesKey]]) -> DriftBaseline | None:
        """Return a version's baseline; until it has one, that of the version whose frozen one rests on most."""
        own = self._known.get(code)
        if own is not None and not own.predictions:
            own = None
        if own is not None or not self._monitoring.model(key.model).baseline.inherit:
            return own
        others = [self._known[other] for other, named in versions if named.model == key.model and other in self._known]
        return max((one for one in others if one.frozen), key=lambda one: one.predictions, default=None)

    @staticmethod
    def _features(
        features: FeatureRegistry,
        code: int,
        key: SeriesKey,
        model: ModelSettings,
        baseline: DriftBaseline | None,
        window: Totals,
    ) -> list[FeatureSays]:
        watched = features.current(model)
        now = part_of(window.sums[FEATURES], window.tallies[FEATURES].bins, code)
        if not len(now.cells):
            return []
        counts = [feature_counts(now, slot) for slot, _, _ in watched]
        comparisons = [
            None
            if baseline is None
            else _compared(known.kind, feature_counts(baseline.features, slot).values, one.values)
            for (slot, _, known), one in zip(watched, counts, strict=True)
        ]
        flags = _drifted(comparisons)
        return [
            FeatureSays(
                key.model,
                key.version,
                window.label,
                settings.name,
                known.kind,
                settings.range is not None,
                one,
                comparison,
                flag,
            )
            for (_, settings, known), one, comparison, flag in zip(watched, counts, comparisons, flags, strict=True)
        ]

    @staticmethod
    def _predictions(
        buckets: Buckets, code: int, model: ModelSettings, baseline: DriftBaseline | None, window: Totals
    ) -> Comparison | None:
        tally = predicted_tally(buckets, model.task)
        if tally is None or baseline is None:
            return None
        now = part_of(window.sums[tally.name], tally.bins, code)
        scores = predicted_counts(tally.name, baseline.predicted, by_score=True).total
        by_score = tally.name == "predicted_scores" and scores > baseline.predicted.values.sum() / 2
        before = predicted_counts(tally.name, baseline.predicted, by_score=by_score)
        after = predicted_counts(tally.name, now, by_score=by_score)
        if min(before.total, after.total) < MINIMUM:
            return None
        if by_score:
            return compare_ordered(before, after)
        numbers = tally.name == "predicted_values"
        return compare_numbers(before, after) if numbers else compare_categories(before, after)


def _compared(kind: str | None, before: Counts, after: Counts) -> Comparison | None:
    if min(before.total, after.total) < MINIMUM:
        return None
    return compare_numbers(before, after) if kind == "numeric" else compare_categories(before, after)


def _drifted(comparisons: Sequence[Comparison | None]) -> list[bool | None]:
    """Tell which changes are both large, and significant among all that were compared."""
    p_values = [one.p_value for one in comparisons if one is not None]
    if not p_values:
        return [None] * len(comparisons)
    from scipy.stats import false_discovery_control  # noqa: PLC0415 - a second of loading that few starts need

    adjusted = iter(false_discovery_control(p_values).tolist())
    return [None if one is None else next(adjusted) <= FALSE_DISCOVERIES and one.psi >= EFFECT for one in comparisons]


def _translated(features: Sums, translation: Mapping[int, Translation]) -> Sums:
    """Return the sums of features with their codes here; a feature that has another kind here is left out."""
    cells, values = [np.empty(0, dtype=np.int64)], [np.empty((0, 1))]
    for theirs, (ours, bins) in translation.items():
        own = part_of(features, STRIDE, theirs)
        named = own.cells < len(bins)
        cells += [ours * STRIDE + bins[own.cells[named]], ours * STRIDE + own.cells[~named]]
        values += [own.values[named], own.values[~named]]
    return Sums.fold(np.concatenate(cells), np.concatenate(values))
