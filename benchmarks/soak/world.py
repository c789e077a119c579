"""What happens to the models, and what is written of it. Its time runs faster than life, in the past."""

from dataclasses import dataclass, field
from random import Random

STEP_SECONDS = 60.0
"""The time of events moves on by so much with each step."""

LABEL_DELAY = 2 * 3600.0
CORRECTED_WITHIN = 1800.0
KNOWN_STEPS = 20
"""Events of so many steps may be written a second time: older ones may be forgotten by then."""


@dataclass(frozen=True)
class Prediction:
    """What a model said."""

    identifier: str
    model: str
    version: str
    country: str
    time: float
    score: float

    @property
    def predicted(self) -> int:
        """The class."""
        return int(self.score >= 0.5)

    @property
    def line(self) -> bytes:
        """The event as a line."""
        return (
            f'{{"prediction_id": "{self.identifier}", "model_name": "{self.model}", "model_version": "{self.version}",'
            f' "timestamp": {self.time!r}, "score": {self.score!r}, "segment": {{"country": "{self.country}"}}}}\n'
        ).encode()


@dataclass(frozen=True)
class Label:
    """What turned out to be true."""

    identifier: str
    actual: int
    time: float

    @property
    def line(self) -> bytes:
        """The event as a line."""
        return (
            f'{{"prediction_id": "{self.identifier}", "timestamp": {self.time!r}, "actual": {self.actual}}}\n'
        ).encode()


BROKEN = b'{"prediction_id": "half'
Event = Prediction | Label | bytes


@dataclass
class World:
    """Two models: fraud, whose labels are corrected now and then, and churn, where silence means that nobody left."""

    random: Random
    begin: float
    """Seconds since the epoch."""

    steps: int = 0
    predictions: list[Event] = field(default_factory=list)
    """Everything that was written, in its order; bytes are broken lines."""

    labels: list[Event] = field(default_factory=list)
    _due: dict[int, list[Label]] = field(default_factory=dict)
    """Step to the labels that are given then."""

    @property
    def now(self) -> float:
        """The time of events."""
        return self.begin + self.steps * STEP_SECONDS

    def step(self, count: int) -> tuple[list[Event], list[Event]]:
        """Let time move on; return the predictions and labels that are written then."""
        predictions: list[Event] = []
        for number in range(count):
            predictions.append(self._prediction(f"{self.steps:x}-{number:x}"))
            self._plan_labels(predictions[-1])
        labels: list[Event] = [*self._due.pop(self.steps, [])]
        labels.append(Label(f"nobody-{self.steps:x}", 1, round(self.now, 3)))
        self.random.shuffle(labels)
        self.steps += 1
        return self._written(predictions, self.predictions, count), self._written(labels, self.labels, count)

    def _written(self, new: list[Event], known: list[Event], count: int) -> list[Event]:
        """Put events that are known already and broken lines behind new ones, and remember all."""
        recent = known[-count * KNOWN_STEPS :]
        again = self.random.choices(recent, k=count // 20) if recent else []
        written = [*new, *again, *[BROKEN] * self.random.randrange(3)]
        known += written
        return written

    def _prediction(self, identifier: str) -> Prediction:
        model, version = self.random.choice((("fraud", "v1"), ("fraud", "v2"), ("churn", "v1")))
        country = self.random.choice(("DE", "FR", "IT"))
        time = round(self.now - self.random.uniform(0, 300), 3)
        return Prediction(identifier, model, version, country, time, round(self.random.random(), 4))

    def _plan_labels(self, prediction: Event) -> None:
        """Give most predictions a label, some before they are written, and some of these another one later."""
        chance = self.random.random()
        if not isinstance(prediction, Prediction) or chance < 0.1:
            return
        actual = self.random.randrange(2)
        delay = self.random.uniform(-300, LABEL_DELAY - CORRECTED_WITHIN)
        self._give(prediction, actual, delay)
        if chance > 0.97:
            self._give(prediction, 1 - actual, delay + self.random.uniform(60, 2 * CORRECTED_WITHIN))
        if chance > 0.99:
            self._give(prediction, actual, delay + self.random.uniform(60, 2 * CORRECTED_WITHIN))

    def _give(self, prediction: Prediction, actual: int, delay: float) -> None:
        time = round(prediction.time + delay, 3)
        step = max(self.steps, int((time - self.begin) / STEP_SECONDS) + 1)
        self._due.setdefault(step, []).append(Label(prediction.identifier, actual, time))
