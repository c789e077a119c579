"""What finds change points in the annotated series: ours, ruptures' PELT in many settings, and online detectors."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import ruptures
from river import drift

from benchmarks.detection.annotated import Series
from benchmarks.detection.contenders import Floats
from ml_exporter.detectors import Baseline, Bucket, Detector, Settings, detector
from ml_exporter.detectors.interface import CHANGE_TIME
from ml_exporter.detectors.pelt import PENALTY, Loss, change_points

LEARNT_FROM = 20
"""Points from which an online detector learns what is normal, at the beginning and after each change."""


@dataclass(frozen=True)
class Segmenter:
    """One setting of one method."""

    method: str
    setting: str
    find: Callable[[Series], list[int]]


def pelt_of_ours() -> Iterator[Segmenter]:
    """Our PELT by loss and penalty; a setting says by how much the default penalty is multiplied."""
    for loss in PENALTY:
        for factor in (0.4, 0.6, 0.8, 0.9, 1.0, 1.1, 1.2, 1.6, 2.4):
            yield Segmenter(f"ours, {loss}", f"penalty x {factor}", _ours(loss, factor))


def _ours(loss: Loss, factor: float) -> Callable[[Series], list[int]]:
    def find(series: Series) -> list[int]:
        points, dimensions = series.values.shape
        penalty = factor * PENALTY[loss] * np.log(points) * np.sqrt(dimensions)
        return [int(change) for change in change_points(series.values, loss, penalty)]

    return find


def pelt_of_ruptures() -> Iterator[Segmenter]:
    """Settings of PELT in ruptures: cost, shortest segment, penalty; slow costs look at every fifth point only."""
    for model in ("l2", "l1", "normal", "rbf"):
        for shortest in (2, 5):
            fitted = _Fitted(model, shortest)
            for penalty in (1, 2, 3, 5, 7, 10, 15, 20, 25, 30, 40, 50, 80, 120):
                yield Segmenter(
                    "ruptures PELT",
                    f"{model}, min_size {shortest}, pen {penalty}",
                    lambda series, fitted=fitted, penalty=penalty: fitted.find(series, penalty),
                )


class _Fitted:
    def __init__(self, model: str, shortest: int) -> None:
        self._model, self._shortest = model, shortest
        self._by_series: dict[str, Any] = {}

    def find(self, series: Series, penalty: float) -> list[int]:
        if series.name not in self._by_series:
            jump = 5 if self._model in {"l1", "rbf"} else 1
            algorithm = ruptures.Pelt(model=self._model, min_size=self._shortest, jump=jump)
            self._by_series[series.name] = algorithm.fit(_filled(series.values))
        try:
            return [int(change) for change in self._by_series[series.name].predict(pen=penalty)[:-1]]
        except ruptures.exceptions.BadSegmentationParameters:
            return []


def _filled(values: Floats) -> Floats:
    """Interpolate missing points, which ruptures does not take."""
    filled = values.copy()
    for column in filled.T:
        missing = np.isnan(column)
        column[missing] = np.interp(np.flatnonzero(missing), np.flatnonzero(~missing), column[~missing])
    return filled


def online() -> Iterator[Segmenter]:
    """Detectors that see one point after the other, and never the future."""
    for name in ("change_point", "z_score", "t_test", "linear_trend", "window_change_point", "majority_vote"):
        yield Segmenter(f"`{name}`, online", "default", _online(detector(name)))
    makers: tuple[tuple[str, Callable[[], Any]], ...] = (
        ("ADWIN", drift.ADWIN),
        ("Page-Hinkley", drift.PageHinkley),
        ("KSWIN", lambda: drift.KSWIN(seed=0)),
    )
    for name, make in makers:
        yield Segmenter(f"river {name}, online", "default", lambda series, make=make: sorted(_river(series, make)))


def _river(series: Series, make: Callable[[], Any]) -> Iterable[int]:
    found: set[int] = set()
    for column in series.values.T:
        each = make()
        for place, value in enumerate(column):
            if not np.isnan(value):
                each.update(float(value))
                if each.drift_detected:
                    found.add(place)
    return found


def _online(tested: Detector) -> Callable[[Series], list[int]]:
    """Both directions of every dimension are streams; at an alarm all of them learn anew what is normal."""

    def find(series: Series) -> list[int]:
        both = np.hstack([series.values, -series.values])
        found, begin = [], 0
        while begin + LEARNT_FROM < len(both):
            change = _next_change(tested, both, begin)
            if change is None:
                break
            found.append(change[0])
            begin = max(change[1], change[0])
        return found

    return find


def _next_change(tested: Detector, both: Floats, begin: int) -> tuple[int, int] | None:
    """Return where the level changed and when that was noticed."""
    baseline = _normal(both[begin : begin + LEARNT_FROM])
    settings = Settings(false_alarm_every=1000.0)
    streams = both.shape[1]
    state = tested.start(streams)
    for place in range(begin + LEARNT_FROM, len(both)):
        held = (~np.isnan(both[place])).astype(float)
        bucket = Bucket(float(place), 1.0, held, np.full(streams, np.nan), both[place])
        state, evidence = tested.update(state, baseline, bucket, settings)
        if evidence.alarm.any():
            first = int(evidence.alarm.argmax())
            dated = evidence.extras.get(CHANGE_TIME, np.full(streams, float(place)))[first]
            return int(dated), place
    return None


def _normal(values: Floats) -> Baseline:
    streams = values.shape[1]
    mean, spread = np.nanmean(values, axis=0), np.maximum(np.nanstd(values, axis=0, ddof=1), 0.05)
    every = np.ones(streams)
    return Baseline(
        mean=mean,
        bound=mean + spread / 2,
        typical=mean,
        std=spread,
        buckets=LEARNT_FROM * every,
        outcomes=LEARNT_FROM * every,
        overdispersion=every,
        filled=every,
        lower=-np.inf * every,
        upper=np.inf * every,
    )
