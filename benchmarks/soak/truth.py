"""What /metrics must say in the end: a plain loop over all events, by the rules that ``Ledger`` states."""

from collections import defaultdict
from dataclasses import dataclass, field

from benchmarks.soak.world import CORRECTED_WITHIN, Label, Prediction, World

HORIZON = 6 * 3600.0
SILENCE = 4 * 3600.0
"""After which churn has not happened."""

WINDOW = "60d"
"""It holds all that happens."""


@dataclass
class Judged:
    """What is known of a prediction."""

    prediction: Prediction
    first: Label | None = None
    stands: Label | None = None
    said: float = 0.0
    heard: set[int] = field(default_factory=set)
    assumed: bool = False

    def hear(self, label: Label) -> str:
        """Take a label; return what it did."""
        effect = self._effect(label)
        self.first = self.first or label
        if effect in {"judges", "corrects"}:
            self.stands, self.said = label, label.time
        elif effect == "agrees":
            self.said = max(self.said, label.time)
        self.heard.add(label.actual)
        return effect

    def _effect(self, label: Label) -> str:
        if self.stands is None:
            return "judges"
        if label.actual == self.stands.actual:
            return "agrees"
        if self.prediction.model == "fraud" and self.said <= label.time <= self.stands.time + CORRECTED_WITHIN:
            return "corrects"
        return "nothing" if label.actual in self.heard else "conflicts"


class Samples:
    """Samples of /metrics, from 0."""

    def __init__(self) -> None:
        self.found: defaultdict[tuple[str, frozenset[tuple[str, str]]], float] = defaultdict(float)

    def add(self, name: str, number: float = 1.0, **labels: str) -> None:
        """Add to a sample."""
        self.found[name, frozenset(labels.items())] += number

    def divide(self, name: str, numerator: str, denominator: str) -> None:
        """Let samples of two names become a ratio."""
        for (found, labels), value in list(self.found.items()):
            if found == numerator:
                self.found[name, labels] = value / self.found[denominator, labels]
                del self.found[found, labels]


def expected(world: World) -> Samples:
    """Return the samples that /metrics must have."""
    samples = Samples()
    judged = _read_predictions(world, samples)
    unmatched = _read_labels(world, judged, samples)
    newest = {"fraud": 0.0, "churn": 0.0}
    for one in judged.values():
        times = (one.prediction.time, one.first.time if one.first else 0.0)
        newest[one.prediction.model] = max(newest[one.prediction.model], *times)
    for one in judged.values():
        age = newest[one.prediction.model] - one.prediction.time
        if one.stands is None and one.prediction.model == "churn" and age > SILENCE:
            one.hear(Label(one.prediction.identifier, 0, one.prediction.time + SILENCE))
            one.assumed = True
        _count(one, age, samples)
    forgotten = max(newest.values()) - HORIZON
    samples.add("ml_exporter_unmatched_labels", sum(label.time >= forgotten for label in unmatched))
    samples.divide("ml_accuracy_ratio", "right", "ml_window_outcomes")
    samples.divide("ml_segment_accuracy_ratio", "segment right", "ml_segment_window_outcomes")
    return samples


def _read_predictions(world: World, samples: Samples) -> dict[str, Judged]:
    judged: dict[str, Judged] = {}
    for event in world.predictions:
        samples.add("ml_exporter_feed_events_total", feed="predictions", kind="prediction")
        if not isinstance(event, Prediction):
            samples.add("ml_exporter_feed_rejected_total", feed="predictions", reason="malformed")
        elif event.identifier in judged:
            samples.add("ml_exporter_duplicate_events_total", feed="predictions", kind="prediction")
        else:
            judged[event.identifier] = Judged(event)
    return judged


def _read_labels(world: World, judged: dict[str, Judged], samples: Samples) -> list[Label]:
    """Let labels judge; return those that no prediction has."""
    known: set[Label] = set()
    unmatched: list[Label] = []
    for event in world.labels:
        samples.add("ml_exporter_feed_events_total", feed="labels", kind="label")
        if not isinstance(event, Label):
            samples.add("ml_exporter_feed_rejected_total", feed="labels", reason="malformed")
        elif event in known:
            samples.add("ml_exporter_duplicate_events_total", feed="labels", kind="label")
        else:
            known.add(event)
            if event.identifier in judged:
                effect = judged[event.identifier].hear(event)
                samples.add("ml_exporter_label_corrections_total", effect == "corrects")
                samples.add("ml_exporter_label_conflicts_total", effect == "conflicts")
            else:
                unmatched.append(event)
    return unmatched


def _count(one: Judged, age: float, samples: Samples) -> None:
    """Count a prediction, and its outcome: counters as it was first judged, gauges as it stands."""
    predicted = one.prediction.predicted
    labels = {"model_name": one.prediction.model, "model_version": one.prediction.version}
    samples.add("ml_predictions_total", **labels)
    samples.add("ml_pending_predictions", one.stands is None and age <= HORIZON, **labels)
    samples.add("ml_exporter_expired_predictions_total", one.stands is None and age > HORIZON)
    if one.first is None or one.stands is None:
        return
    samples.add("ml_labels_total", **labels)
    if one.assumed:
        samples.add("ml_assumed_labels_total", **labels)
    samples.add("ml_confusion_total", **labels, actual=str(one.first.actual), predicted=str(predicted))
    right, within = one.stands.actual == predicted, {**labels, "window": WINDOW}
    samples.add("ml_window_outcomes", **within)
    samples.add("right", right, **within)
    if one.prediction.model == "fraud":
        within |= {"segment_key": "country", "segment_value": one.prediction.country}
        samples.add("ml_segment_window_outcomes", **within)
        samples.add("segment right", right, **within)
