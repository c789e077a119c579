"""What the demo is to show, step by step, and what has been seen of it."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ml_exporter.demo import prometheus_api
from ml_exporter.demo.producer_state import ProducerState, read_state
from ml_exporter.demo.slack import Message, SlackStandIn

_WINDOW = 'model_name="flight_delay",window="1m"'


@dataclass(frozen=True)
class Quality:
    """The model's accuracy as Prometheus has it."""

    value: float
    lower: float
    upper: float

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.lower:.3f} to {self.upper:.3f})"


@dataclass
class Watch:
    """Looks at the stack and remembers when each stage was reached."""

    prometheus: str
    """Its address."""

    slack: SlackStandIn
    folder: Path
    threshold: float
    """The objective of the accuracy."""

    began: float = field(default_factory=time.monotonic)
    reached: dict[str, float] = field(default_factory=dict)
    """Stage to seconds since the beginning."""

    producer: ProducerState = field(default_factory=ProducerState)
    quality: Quality | None = None
    message: Message | None = None

    @property
    def elapsed(self) -> float:
        """Return the seconds since the beginning."""
        return time.monotonic() - self.began

    @property
    def complete(self) -> bool:
        """Whether every stage has been reached."""
        return all(name in self.reached for name, _ in STAGES)

    @property
    def missing(self) -> list[str]:
        """Return the stages that have not been reached."""
        return [name for name, _ in STAGES if name not in self.reached]

    def look(self) -> list[str]:
        """Look again; return the stages that have been reached since the last look.

        The stages come in order: a later one does not count before those in front of it.
        """
        self.producer = read_state(self.folder)
        self.quality = self._quality()
        fresh = []
        for name, seen in STAGES:
            if name in self.reached:
                continue
            if not seen(self):
                break
            self.reached[name] = self.elapsed
            fresh.append(name)
        return fresh

    def _quality(self) -> Quality | None:
        families = ("ml_accuracy_ratio", "ml_accuracy_lower_bound_ratio", "ml_accuracy_upper_bound_ratio")
        found = [prometheus_api.value(self.prometheus, f"{family}{{{_WINDOW}}}") for family in families]
        numbers = [number for number in found if number is not None]
        return Quality(*numbers) if len(numbers) == len(families) else None


def _has_metrics(watch: Watch) -> bool:
    return watch.quality is not None


def _is_healthy(watch: Watch) -> bool:
    return watch.quality is not None and watch.quality.lower > watch.threshold


def _is_corrupted(watch: Watch) -> bool:
    return watch.producer.corrupted_at > 0


def _is_breached(watch: Watch) -> bool:
    breached = 'ml_objective_breached{model_name="flight_delay",metric="accuracy"}'
    return prometheus_api.value(watch.prometheus, breached) == 1


def _alert_states(watch: Watch) -> set[str]:
    alerts = prometheus_api.alerts(watch.prometheus, "MLObjectiveBreached")
    return {str(alert["state"]) for alert in alerts if alert["labels"].get("metric") == "accuracy"}


def _is_raised(watch: Watch) -> bool:
    return bool(_alert_states(watch))


def _is_firing(watch: Watch) -> bool:
    return "firing" in _alert_states(watch)


def _is_delivered(watch: Watch) -> bool:
    about = [message for message in watch.slack.messages if is_about(message, "flight_delay", "accuracy")]
    watch.message = about[0] if about else None
    return bool(about)


def is_about(message: Message, model: str, metric: str) -> bool:
    """Tell whether a message reports a model's metric, with value and threshold, and is no resolution."""
    return all(
        text in message.text
        for text in (
            "ML alert",
            f"Model: {model}",
            f"Metric: {metric}",
            "95 % interval",
            "Threshold: at least",
        )
    )


Stage = tuple[str, Callable[[Watch], bool]]

STAGES: tuple[Stage, ...] = (
    ("Prometheus has the metrics", _has_metrics),
    ("The model is right: accuracy is above its objective", _is_healthy),
    ("One input of the model is corrupted", _is_corrupted),
    ("The exporter says that the objective is breached", _is_breached),
    ("The alert is pending in Prometheus", _is_raised),
    ("The alert fires in Prometheus", _is_firing),
    ("The Slack message is delivered by Alertmanager", _is_delivered),
)
