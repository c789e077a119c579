"""The join as a plain loop over dictionaries: what every ledger is compared with."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass
class NaiveJoin:
    """Takes one event at a time; knows everything for ever."""

    predictions: dict[tuple[str, int], tuple[int, float]] = field(default_factory=dict)
    labels: list[tuple[str, int, str, float]] = field(default_factory=list)
    standing: dict[tuple[str, int], str] = field(default_factory=dict)
    joined: Counter[tuple[Any, ...]] = field(default_factory=Counter)
    duplicates: int = 0
    conflicts: int = 0

    def add(self, event: tuple[Any, ...], time: float) -> None:
        """Take ("prediction", id, (model, series)) or ("label", id, model, actual)."""
        if event[0] == "prediction":
            _, name, (model, series) = event
            self._add_prediction(name, model, series, time)
        else:
            _, name, model, actual = event
            self._add_label(name, model, actual, time)

    def _add_prediction(self, name: str, model: int, series: int, time: float) -> None:
        if (name, series) in self.predictions:
            self.duplicates += 1
            return
        self.predictions[(name, series)] = (model, time)
        for label_name, label_model, actual, label_time in self.labels:
            if label_name == name and label_model in (-1, model):
                self._judge(name, series, actual, label_time)

    def _add_label(self, name: str, model: int, actual: str, time: float) -> None:
        if any((known[0], known[1], known[2]) == (name, model, actual) for known in self.labels):
            self.duplicates += 1
            return
        self.labels.append((name, model, actual, time))
        for (known_name, series), (known_model, _) in self.predictions.items():
            if known_name == name and model in (-1, known_model):
                self._judge(name, series, actual, time)

    def _judge(self, name: str, series: int, actual: str, label_time: float) -> None:
        key = (name, series)
        if key not in self.standing:
            self.standing[key] = actual
            self.joined[(series, self.predictions[key][1], actual, label_time)] += 1
        elif self.standing[key] != actual:
            self.conflicts += 1

    def pending(self) -> dict[int, int]:
        """Return series to predictions without a label."""
        return dict(Counter(series for name, series in self.predictions if (name, series) not in self.standing))

    def unmatched(self) -> int:
        """Return the labels that no prediction has."""
        return sum(
            not any(known == name and model in (-1, owner) for (known, _), (owner, _) in self.predictions.items())
            for name, model, _, _ in self.labels
        )
