"""A small world for the judge: outcomes by the minute go straight into buckets, and the clock is ours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ml_exporter.config import Monitoring
from ml_exporter.detectors.degradation import PREFIX, Degradation, DegradationJudge
from ml_exporter.events import Outcomes
from ml_exporter.pipeline import plug_in_kinds
from ml_exporter.tallies import Buckets, Ladder, SeriesKey, discover
from ml_exporter.windows import windows_at

BEGIN = 1_700_006_400.0
"""A full hour."""


def monitoring(**options: Any) -> Monitoring:
    """Make a configuration with one model, whose options may be given as ``model``."""
    model = {"name": "m", "task": "binary", "segments": ["c"], "baseline": {"period": "1d"}}
    model |= options.pop("model", {})
    feeds = [{"name": "f", "kind": "file", "events": "outcomes", "path": "x"}]
    context = vars(plug_in_kinds())
    return Monitoring.model_validate({"models": [model], "feeds": feeds, **options}, context=context)


@dataclass
class World:
    """Buckets, a judge and a clock."""

    settings: Monitoring = field(default_factory=monitoring)
    seed: int = 0
    series: list[SeriesKey] = field(
        default_factory=lambda: [SeriesKey("m", "v1"), *(SeriesKey("m", "v1", "c", value) for value in "ab")]
    )
    at: float = BEGIN
    store: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.random = np.random.default_rng(self.seed)
        self.buckets = Buckets(discover(), Ladder.of(self.settings.buckets), ("label",), judged=True)
        self.judge = DegradationJudge(self.settings)

    def outcomes(
        self, accuracy: Sequence[float], rows: int, *, since: float, until: float, version: int = 0
    ) -> Outcomes:
        """Make outcomes of slices a and b with their accuracies, their labels spread over a time."""
        which = self.random.integers(0, len(accuracy), rows)
        actual = (self.random.random(rows) < 0.4).astype(float)
        right = self.random.random(rows) < np.array(accuracy)[which]
        predicted = np.where(right, actual, 1 - actual)
        times = np.sort(self.random.uniform(since, until, rows))
        slices = 1 + which if version == 0 else np.full(rows, -1)
        return Outcomes(
            series=np.column_stack([np.full(rows, version), slices]).astype(np.int32),
            prediction_time=times,
            label_time=times,
            payload=np.column_stack([predicted, np.full(rows, np.nan)]),
            actual=actual[:, None],
            value=np.full(rows, np.nan),
        )

    def past(self, seconds: float, accuracy: Sequence[float] = (0.92, 0.92), rows: int = 200_000) -> None:
        """Let outcomes have happened before now."""
        events = self.outcomes(accuracy, rows, since=self.at - seconds, until=self.at)
        self.buckets.fold_outcomes(events, self.settings.models[0], self.at)

    def minutes(
        self, count: int, accuracy: Sequence[float] = (0.92, 0.92), rows: int = 200, version: int = 0, step: int = 1
    ) -> list[Degradation]:
        """Let minutes pass, each with outcomes, with a tick every ``step``; return what the last one says."""
        said: list[Degradation] = []
        for _ in range(count // step):
            if rows:
                until = self.at + 60 * step
                events = self.outcomes(accuracy, rows * step, since=self.at, until=until, version=version)
                self.buckets.fold_outcomes(events, self.settings.models[0], self.at)
            self.at += 60 * step
            said = self.tick()
        return said

    def tick(self) -> list[Degradation]:
        """Judge what has closed, and store it."""
        self.buckets.roll_up(self.at)
        self.buckets.closed_until = self.at
        window = windows_at(self.buckets, self.settings.windows, "label", self.at)[0]
        said = self.judge.judge(self.buckets, list(enumerate(self.series)), self.at, window)
        self.store |= {name: content for name, content in self.judge.changes() if content is not None}
        return said

    def restart(self, settings: Monitoring | None = None) -> None:
        """Start a new judge on what is stored."""
        self.settings = settings or self.settings
        self.judge = DegradationJudge(self.settings)
        stored: Mapping[str, bytes] = {name: held for name, held in self.store.items() if name.startswith(PREFIX)}
        self.judge.restore(stored, self.buckets)


def of(said: Sequence[Degradation], metric: str = "accuracy", version: str = "v1") -> Degradation:
    """Return what is said of one metric."""
    (found,) = [one for one in said if (one.metric, one.model_version) == (metric, version)]
    return found
