"""Error budgets: what an objective lets go wrong, and how fast that is used up.

Several windows side by side make a span: what is added up are the exporter's own counts in a window, never increases
of counters, which a replay would move. Factors are those of the Google SRE workbook (chapter 5), lowered where an
objective could never burn as fast: 14.4 times a budget of 10 % would be 144 % of the events.
"""

from dataclasses import dataclass, replace
from typing import Literal

from ml_exporter.bundle.promql import JOB, over_instances, quoted
from ml_exporter.config import Duration, ModelSettings, Monitoring, Objective

Speed = Literal["fast", "slow"]

_MOST_PARTS = 12
"""Windows that a span is made of at most."""

_TIERS: tuple[tuple[str, str, float, Speed], ...] = (
    ("1h", "5m", 14.4, "fast"),
    ("6h", "30m", 6.0, "fast"),
    ("1d", "2h", 3.0, "slow"),
    ("3d", "6h", 1.0, "slow"),
)
"""The span, the short one that tells that it still goes on, the factor, and how fast that is: a month's budget is used
up 2 % in an hour, 5 % in six, 10 % in a day or in three."""

_QUANTILE_OF = {"prediction_latency_p50": 0.5, "prediction_latency_p95": 0.95, "prediction_latency_p99": 0.99}


@dataclass(frozen=True)
class Span:
    """A stretch of time that is made of windows side by side."""

    length: Duration
    window: Duration
    parts: int

    @property
    def name(self) -> str:
        """Return its length as recordings are called by it."""
        return str(self.window if self.parts == 1 else self.length)


@dataclass(frozen=True)
class Tier:
    """One speed at which a budget is watched."""

    span: Span
    short: Span | None
    """None: nothing shorter than the span is known."""

    factor: float
    speed: Speed


@dataclass(frozen=True)
class Counted:
    """Events of a model by the window, over labels of the family's own."""

    family: str
    dropped: tuple[str, ...] = ()
    """These labels."""

    matchers: str = ""
    """PromQL that chooses among their values: ``,status!="success"``."""

    sign: Literal["+", "-"] = "+"
    """Whether it is added or taken away."""


@dataclass(frozen=True)
class Budget:
    """What an objective lets go wrong."""

    model: ModelSettings
    metric: str
    """The metric id."""

    share: float
    """Of the events."""

    events: Counted
    bad: tuple[Counted, ...]
    """Those that count against the budget: the sum."""

    of_quality: bool
    """Whether its events are outcomes: they come with their labels, in lumps."""

    @property
    def objective(self) -> Objective:
        """Return the objective."""
        return self.model.objectives[self.metric]


def budgets(monitoring: Monitoring) -> list[Budget]:
    """Return the budgets of all objectives that are shares of counted events, and neither all of them nor none."""
    found = (_budget(monitoring, model, metric) for model in monitoring.models for metric in model.objectives)
    return [budget for budget in found if budget is not None and 0 < budget.share < 1]


def _budget(monitoring: Monitoring, model: ModelSettings, metric: str) -> Budget | None:
    threshold = model.objectives[metric].threshold
    requests = Counted("ml_window_requests", ("status",))
    if metric == "error_rate":
        failed = Counted("ml_window_requests", ("status",), ',status!="success"')
        return Budget(model, metric, threshold, requests, (failed,), of_quality=False)
    if metric in _QUANTILE_OF and threshold == model.slow_request_seconds:
        slow = Counted("ml_window_slow_requests")
        return Budget(model, metric, round(1 - _QUANTILE_OF[metric], 12), requests, (slow,), of_quality=False)
    counts = _of_classes() if metric == "accuracy" and model.task == "multiclass" else _of_cells(model, metric)
    if counts is None or not monitoring.exposes(counts[0].family):
        return None
    return Budget(model, metric, round(1 - threshold, 12), *counts, of_quality=True)


def _of_classes() -> tuple[Counted, tuple[Counted, ...]]:
    """Return the outcomes of a model of several classes, and the wrong ones."""
    every, right = (Counted(f"ml_class_{role}_outcomes", ("class",)) for role in ("actual", "correct"))
    return every, (every, replace(right, sign="-"))


def _of_cells(model: ModelSettings, metric: str) -> tuple[Counted, tuple[Counted, ...]] | None:
    """Return the outcomes that a share of decisions is made of, and the wrong ones; None for any other metric."""
    if model.task != "binary":
        return None
    negative, positive = model.class_names

    def outcomes(**cell: str) -> Counted:
        matchers = "".join(f",{label}={quoted(value)}" for label, value in cell.items())
        return Counted("ml_confusion_outcomes", ("actual", "predicted"), matchers)

    misses = outcomes(actual=positive, predicted=negative)
    false_alarms = outcomes(actual=negative, predicted=positive)
    known = {
        "accuracy": (outcomes(), (misses, false_alarms)),
        "precision": (outcomes(predicted=positive), (false_alarms,)),
        "recall": (outcomes(actual=positive), (misses,)),
        "specificity": (outcomes(actual=negative), (false_alarms,)),
    }
    return known.get(metric)


def tiers(monitoring: Monitoring, budget: Budget) -> list[Tier]:
    """Return the speeds at which a budget is watched, as far as windows make up their spans.

    No budget can burn faster than 1 / share. So a factor is at most halfway between 1 and that; of two tiers of one
    speed that it makes alike, the one that tells sooner is left.
    """
    fastest = (1 + 1 / budget.share) / 2
    found: list[Tier] = []
    for length, short, factor, speed in _TIERS:
        span = made_of_windows(monitoring, Duration.parse(length))
        lowered = round(min(factor, fastest), 4)
        alike = any(tier.speed == speed and tier.factor == lowered for tier in found)
        if span is not None and not alike and (speed == "slow" or not budget.of_quality):
            found.append(Tier(span, _short(monitoring, Duration.parse(short), span), lowered, speed))
    return found


def made_of_windows(monitoring: Monitoring, length: Duration) -> Span | None:
    """Return a span as few windows side by side as make it up, None where none do."""
    for window in reversed(monitoring.windows):
        parts = length.seconds / window.seconds
        if parts.is_integer() and 1 <= parts <= _MOST_PARTS:
            return Span(length, window, int(parts))
    return None


def _short(monitoring: Monitoring, wanted: Duration, span: Span) -> Span | None:
    """Return the short span that goes with one: the one that is wanted, or the next longer window."""
    made = made_of_windows(monitoring, wanted)
    if made is not None:
        return made
    longer = (one for one in monitoring.windows if wanted.seconds < one.seconds < span.length.seconds)
    return next((Span(window, window, 1) for window in longer), None)


def count(monitoring: Monitoring, budget: Budget, counted: tuple[Counted, ...], window: Duration) -> str:
    """Return the expression of a budget's events in a window.

    A pair of exporters shows the same events, unless several share a model: then each sees some.
    """
    operator = "sum" if len(monitoring.prometheus.targets) > 1 else "max"
    terms = [
        f"{one.sign} sum without ({', '.join((*one.dropped, 'window'))})"
        f" ({over_instances(operator, _selected(budget.model, one, window))})"
        for one in counted
    ]
    return " ".join(terms).removeprefix("+ ")


def side_by_side(series: str, span: Span) -> str:
    """Return the expression of a span's sum of what is known of each window; where one is not known, of the others."""
    shifts = ["", *(f" offset {seconds_text(span.window.seconds * index)}" for index in range(1, span.parts))]
    parts = [f'label_replace({series}{shift}, "part", "{index}", "", "")' for index, shift in enumerate(shifts)]
    return f"sum without (part) ({' or '.join(parts)})"


def _selected(model: ModelSettings, counted: Counted, window: Duration) -> str:
    own = f"job={quoted(JOB)},model_name={quoted(model.name)},window={quoted(str(window))}"
    return f"{counted.family}{{{own}{counted.matchers}}}"


def seconds_text(seconds: float) -> str:
    """Return a whole number of milliseconds as PromQL writes a duration.

    >>> seconds_text(3600.0), seconds_text(0.5)
    ('1h', '500ms')
    """
    for unit, size in (("h", 3600), ("m", 60), ("s", 1)):
        if seconds % size == 0:
            return f"{int(seconds // size)}{unit}"
    return f"{round(1000 * seconds)}ms"
