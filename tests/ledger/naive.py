"""The join as a plain loop over dictionaries: what every ledger is compared with."""

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Judged:
    """What stands for a prediction."""

    actual: str
    value: float | None
    label_time: float
    said: float
    assumed: bool


@dataclass
class Prediction:
    model: int
    time: float
    judged: Judged | None = None


@dataclass
class Label:
    name: str
    model: int
    actual: str
    value: float | None
    time: float
    matched: bool = False

    def concerns(self, name: str, model: int) -> bool:
        return self.name == name and (self.model in (-1, model))

    def agrees_with(self, actual: str, value: float | None) -> bool:
        return self.actual == actual and (self.value is None or value is None or self.value == value)


@dataclass
class NaiveJoin:
    """Takes one event at a time. ``windows`` says within how many seconds a model's labels may be corrected."""

    windows: dict[int, float] = field(default_factory=dict)
    predictions: dict[tuple[str, int], Prediction] = field(default_factory=dict)
    labels: list[Label] = field(default_factory=list)
    labels_forgotten_before: float = -math.inf
    judged: Counter[tuple[Any, ...]] = field(default_factory=Counter)
    retracted: Counter[tuple[Any, ...]] = field(default_factory=Counter)
    expired: Counter[int] = field(default_factory=Counter)
    duplicates: int = 0
    conflicts: int = 0

    def add_prediction(self, name: str, model: int, series: int, time: float) -> None:
        if (name, series) in self.predictions:
            self.duplicates += 1
            return
        self.predictions[(name, series)] = Prediction(model, time)
        earlier: list[Label] = []
        for label in self.labels:
            if label.concerns(name, model):
                self._meet(name, series, label, earlier)
                earlier.append(label)

    def add_label(self, name: str, model: int, actual: str, time: float, value: float | None = None) -> None:
        dated = max(self.windows.values(), default=0) > 0 if model == -1 else self.windows.get(model, 0) > 0
        for known in self.labels:
            same = (known.name, known.model, known.actual) == (name, model, actual) and value in (None, known.value)
            if same and (known.time == time or not dated):
                self.duplicates += 1
                return
        label = Label(name, model, actual, value, time)
        for (known_name, series), prediction in sorted(self.predictions.items()):
            if label.concerns(known_name, prediction.model):
                earlier = [known for known in self.labels if known.concerns(known_name, prediction.model)]
                self._meet(known_name, series, label, earlier)
        self.labels.append(label)

    def _meet(self, name: str, series: int, label: Label, earlier: list[Label]) -> None:
        label.matched = True
        prediction = self.predictions[(name, series)]
        standing = prediction.judged
        if standing is None:
            self._judge(series, prediction, label)
        elif standing.label_time < self.labels_forgotten_before:
            pass
        elif label.agrees_with(standing.actual, standing.value):
            standing.said = label.time if standing.assumed else max(standing.said, label.time)
            standing.assumed = False
        elif self._corrects(prediction.model, standing, label):
            self.retracted[self._pair(series, prediction)] += 1
            self._judge(series, prediction, label)
        elif not any((known.actual, known.value) == (label.actual, label.value) for known in earlier):
            self.conflicts += 1

    def _corrects(self, model: int, standing: Judged, label: Label) -> bool:
        window = self.windows.get(model, 0)
        if window <= 0:
            return False
        return standing.assumed or standing.said <= label.time <= standing.label_time + window

    def _judge(self, series: int, prediction: Prediction, label: Label) -> None:
        prediction.judged = Judged(label.actual, label.value, label.time, label.time, assumed=False)
        self.judged[self._pair(series, prediction)] += 1

    @staticmethod
    def _pair(series: int, prediction: Prediction) -> tuple[Any, ...]:
        assert prediction.judged is not None
        return (
            series,
            prediction.time,
            prediction.judged.actual,
            prediction.judged.label_time,
            prediction.judged.value,
        )

    def assume_labels(self, model: int, before: float, actual: str, after: float) -> None:
        for (_, series), prediction in self.predictions.items():
            if prediction.model == model and prediction.time < before and prediction.judged is None:
                time = prediction.time + after
                prediction.judged = Judged(actual, None, time, time, assumed=True)
                self.judged[self._pair(series, prediction)] += 1

    def expire_predictions(self, model: int, before: float) -> None:
        for (name, series), prediction in list(self.predictions.items()):
            if prediction.model == model and prediction.time < before:
                del self.predictions[(name, series)]
                self.expired[series] += prediction.judged is None

    def expire_labels(self, before: float) -> None:
        self.labels = [label for label in self.labels if label.time >= before]
        self.labels_forgotten_before = max(self.labels_forgotten_before, before)

    def pending(self) -> dict[int, int]:
        """Return series to predictions without a label."""
        return dict(Counter(series for (_, series), kept in self.predictions.items() if kept.judged is None))

    def unmatched(self) -> int:
        """Return the labels that have met no prediction."""
        return sum(not label.matched for label in self.labels)
