"""What the demo is to show, step by step, and what has been seen of it."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ml_exporter.demo import prometheus_api
from ml_exporter.demo.producer_state import ProducerState, read_state
from ml_exporter.demo.slack import Message

_MODEL = "flight_delay"
_LINKS = {"Dashboard", "Runbook", "Query", "Silence"}


@dataclass(frozen=True)
class Quality:
    """The model's accuracy as Prometheus has it."""

    value: float
    lower: float
    upper: float

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.lower:.3f} to {self.upper:.3f})"


@dataclass(frozen=True)
class News:
    """What one look found that was not there before."""

    stages: list[str]
    messages: list[Message]


@dataclass
class Watch:
    """Looks at the stack and remembers when each stage was reached."""

    prometheus: str
    """Its address."""

    posted: Sequence[Message]
    """What Slack gets; it grows."""

    folder: Path
    """The working folder."""

    threshold: float
    """The objective of the accuracy."""

    window: str
    """The window in which it is judged."""

    began: float = field(default_factory=time.monotonic)
    reached: dict[str, float] = field(default_factory=dict)
    """Stage to seconds since the beginning."""

    producer: ProducerState = field(default_factory=ProducerState)
    quality: Quality | None = None
    messages: list[Message] = field(default_factory=list)
    """What Slack has got so far."""

    false_alarms: list[Message] = field(default_factory=list)
    """Those among them that came before the input was corrupted."""

    @property
    def elapsed(self) -> float:
        """Return the seconds since the beginning."""
        return time.monotonic() - self.began

    @property
    def complete(self) -> bool:
        """Whether every stage has been reached."""
        return not self.missing

    @property
    def missing(self) -> list[str]:
        """Return the stages that have not been reached."""
        return [name for name, _ in STAGES if name not in self.reached]

    def look(self) -> News:
        """Look again.

        The stages come in order: a later one does not count before those in front of it.
        """
        messages = list(self.posted[len(self.messages) :])  # before the producer's state: what is older stays older
        self.producer = read_state(self.folder)
        self.quality = self._quality()
        self.messages += messages
        self.false_alarms += [message for message in messages if self._is_false_alarm(message)]
        stages = []
        for name, seen in STAGES:
            if name in self.reached:
                continue
            if not seen(self):
                break
            self.reached[name] = self.elapsed
            stages.append(name)
        return News(stages, messages)

    def _is_false_alarm(self, message: Message) -> bool:
        return self.producer.corrupted_at == 0 or message.received < self.producer.corrupted_at

    def _quality(self) -> Quality | None:
        families = ("ml_accuracy_ratio", "ml_accuracy_lower_bound_ratio", "ml_accuracy_upper_bound_ratio")
        labels = f'model_name="{_MODEL}",window="{self.window}"'
        found = [prometheus_api.value(self.prometheus, f"{family}{{{labels}}}") for family in families]
        numbers = [number for number in found if number is not None]
        return Quality(*numbers) if len(numbers) == len(families) else None


def _is_running(_watch: Watch) -> bool:
    return True


def _has_metrics(watch: Watch) -> bool:
    return watch.quality is not None


def _is_healthy(watch: Watch) -> bool:
    return watch.quality is not None and watch.quality.lower > watch.threshold


def _is_corrupted(watch: Watch) -> bool:
    return watch.producer.corrupted_at > 0


def _is_breached(watch: Watch) -> bool:
    breached = f'ml_objective_breached{{model_name="{_MODEL}",metric="accuracy"}}'
    return prometheus_api.value(watch.prometheus, breached) == 1


def _alert_states(watch: Watch) -> set[str]:
    alerts = prometheus_api.alerts(watch.prometheus, "MLObjectiveBreached")
    return {str(alert["state"]) for alert in alerts if alert["labels"].get("metric") == "accuracy"}


def _is_raised(watch: Watch) -> bool:
    return bool(_alert_states(watch))


def _is_firing(watch: Watch) -> bool:
    return "firing" in _alert_states(watch)


def _is_delivered(watch: Watch) -> bool:
    return any(is_about(message, _MODEL, "accuracy") for message in watch.messages)


def is_about(message: Message, model: str, metric: str) -> bool:
    """Tell whether a message reports a model's metric, with value, interval, threshold, links, and no resolution."""
    fields = message.fields
    return (
        message.title.startswith("ML alert")
        and fields.get("Model") == model
        and fields.get("Metric") == metric
        and "95 % interval" in fields.get("Current value", "")
        and fields.get("Threshold", "").startswith("at least")
        and set(message.links) >= _LINKS
    )


Stage = tuple[str, Callable[[Watch], bool]]

STAGES: tuple[Stage, ...] = (
    ("Everything is running", _is_running),
    ("Prometheus has the metrics", _has_metrics),
    ("The model is right: accuracy above its objective", _is_healthy),
    ("One input of the model is corrupted", _is_corrupted),
    ("The exporter says: objective breached", _is_breached),
    ("The alert is pending in Prometheus", _is_raised),
    ("The alert fires in Prometheus", _is_firing),
    ("Alertmanager has delivered the Slack message", _is_delivered),
)
