"""The whole input joined offline, as a plain loop over dictionaries: what /metrics is compared with."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.scraped import Key, key

Event = Mapping[str, Any]


@dataclass(frozen=True)
class Outcome:
    """A prediction and the label that judges it."""

    prediction: Event
    label: Event

    @property
    def predicted(self) -> int:
        """Return the predicted class: the prediction if there is one, else what the score says."""
        return int(self.prediction.get("prediction", self.prediction.get("score", 0.0) >= 0.5))

    @property
    def actual(self) -> int:
        """Return the actual class."""
        return int(self.label["actual"])

    @property
    def right(self) -> bool:
        """Tell whether the prediction was right."""
        return self.predicted == self.actual


@dataclass
class OfflineJoin:
    """Everything that the feeds ``predictions`` and ``labels`` brought, in the order in which each brought it."""

    segments: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Model to its segment keys."""

    predictions: list[Event] = field(default_factory=list)
    labels: list[Event] = field(default_factory=list)
    rejected: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Feed and reason to a number of events."""

    def accepted(self) -> list[Event]:
        """Return the predictions that are no duplicates and no failed requests."""
        first: dict[tuple[str, str, str], Event] = {}
        for event in self.predictions:
            if succeeded(event):
                first.setdefault((*version(event), event["prediction_id"]), event)
        return list(first.values())

    def known_labels(self) -> list[Event]:
        """Return the labels that are no duplicates."""
        first: dict[tuple[str, str | None, int], Event] = {}
        for event in self.labels:
            first.setdefault((event["prediction_id"], event.get("model_name"), event["actual"]), event)
        return list(first.values())

    def joined(self) -> tuple[list[Outcome], int, int]:
        """Return outcomes, the number of conflicts, and the number of labels that no prediction has."""
        labels: dict[str, list[Event]] = defaultdict(list)
        for label in self.known_labels():
            labels[label["prediction_id"]].append(label)
        outcomes, conflicts, matched = [], 0, set()
        for prediction in self.accepted():
            own = [
                label
                for label in labels[prediction["prediction_id"]]
                if label.get("model_name") in (None, prediction["model_name"])
            ]
            matched.update(map(id, own))
            if own:
                outcomes.append(Outcome(prediction, own[0]))
                conflicts += len({label["actual"] for label in own} - {own[0]["actual"]})
        return outcomes, conflicts, len(self.known_labels()) - len(matched)

    def counters(self) -> dict[Key, float]:
        """Return what the counters of feeds and join must say, and the gauges that follow from them."""
        accepted, (outcomes, conflicts, unmatched) = self.accepted(), self.joined()
        found: Counter[Key] = Counter()
        for event in self.predictions:
            found[
                key("ml_prediction_requests_total", **named(event), status=event.get("status", "success"))
            ] += not succeeded(event)
        for event in accepted:
            found[key("ml_predictions_total", **named(event))] += 1
            found[key("ml_prediction_requests_total", **named(event), status="success")] += 1
            found[key("ml_pending_predictions", **named(event))] += 1
            for name in ("ml_confusion_total", "ml_labels_total", "ml_label_delay_seconds_count"):
                for cell in classes() if name == "ml_confusion_total" else [{}]:
                    found[key(name, **named(event), **cell)] += 0
        for outcome in outcomes:
            labels = named(outcome.prediction)
            cell = {"actual": str(outcome.actual), "predicted": str(outcome.predicted)}
            found[key("ml_confusion_total", **labels, **cell)] += 1
            found[key("ml_labels_total", **labels)] += 1
            found[key("ml_label_delay_seconds_count", **labels)] += 1
            found[key("ml_pending_predictions", **labels)] -= 1
        rejections: Counter[str] = Counter()
        for (feed, reason), count in self.rejected.items():
            found[key("ml_exporter_feed_rejected_total", feed=feed, reason=reason)] += count
            rejections[feed] += count
        read = {"predictions": (self.predictions, "prediction"), "labels": (self.labels, "label")}
        for feed, (events, kind) in read.items():
            found[key("ml_exporter_feed_events_total", feed=feed, kind=kind)] += len(events) + rejections[feed]
        failed = sum(not succeeded(event) for event in self.predictions)
        duplicates = {
            ("predictions", "prediction"): len(self.predictions) - len(accepted) - failed,
            ("labels", "label"): len(self.labels) - len(self.known_labels()),
        }
        for (feed, kind), count in duplicates.items():
            found[key("ml_exporter_duplicate_events_total", feed=feed, kind=kind)] += count
        found[key("ml_exporter_label_conflicts_total")] += conflicts
        found[key("ml_exporter_unmatched_labels")] += unmatched
        return dict(found)

    def gauges(self, window: str, since: float) -> dict[Key, float]:
        """Return the gauges of a window that begins at ``since``, by label time for outcomes."""
        found: dict[Key, float] = {}
        recent = [outcome for outcome in self.joined()[0] if outcome.label["timestamp"] >= since]
        for labels, own in self._groups(recent):
            prefix = "ml_segment_" if "segment_key" in labels else "ml_"
            found[key(f"{prefix}window_outcomes", **labels, window=window)] = len(own)
            found[key(f"{prefix}accuracy_ratio", **labels, window=window)] = sum(o.right for o in own) / len(own)
            losses = [log_loss(o.prediction["score"], o.actual) for o in own if "score" in o.prediction]
            if losses:
                found[key(f"{prefix}log_loss", **labels, window=window)] = math.fsum(losses) / len(losses)
        return found

    def _groups(self, outcomes: Iterable[Outcome]) -> Iterable[tuple[dict[str, str], list[Outcome]]]:
        groups: dict[tuple[tuple[str, str], ...], list[Outcome]] = defaultdict(list)
        for outcome in outcomes:
            labels = named(outcome.prediction)
            groups[tuple(labels.items())].append(outcome)
            for segment in self.segments.get(outcome.prediction["model_name"], ()):
                value = outcome.prediction.get("segment", {}).get(segment) or "__missing__"
                groups[(*labels.items(), ("segment_key", segment), ("segment_value", value))].append(outcome)
        return [(dict(labels), own) for labels, own in groups.items()]

    def compare(self, metrics: Mapping[Key, float], gauges: Mapping[Key, float] | None = None) -> None:
        """Fail where /metrics says anything else of these families, or of more series than there are."""
        expected = self.counters() | dict(gauges or {})
        families = {name for name, _ in expected}
        shown = {found: value for found, value in metrics.items() if found[0] in families}
        shown = {found: value for found, value in shown.items() if value or found in expected}
        missing = {found: value for found, value in expected.items() if found not in shown and value}
        assert not missing
        wrong = {
            found: (value, expected.get(found))
            for found, value in shown.items()
            if not math.isclose(value, expected.get(found, math.nan), rel_tol=1e-9, abs_tol=1e-12)
        }
        assert not wrong


def succeeded(event: Event) -> bool:
    """Tell whether a prediction's request succeeded."""
    return event.get("status", "success") == "success"


def version(event: Event) -> tuple[str, str]:
    """Return model and version of a prediction."""
    return event["model_name"], event.get("model_version", "unversioned")


def named(event: Event) -> dict[str, str]:
    """Return the labels of a prediction's series."""
    return dict(zip(("model_name", "model_version"), version(event), strict=True))


def classes() -> list[dict[str, str]]:
    """Return the cells of a binary confusion matrix."""
    return [{"actual": actual, "predicted": predicted} for actual in "01" for predicted in "01"]


def log_loss(score: float, actual: int) -> float:
    """Return the log loss of one outcome."""
    return -math.log(min(max(score if actual else 1 - score, 1e-15), 1 - 1e-15))
