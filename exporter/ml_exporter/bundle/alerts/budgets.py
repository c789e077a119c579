"""What an objective lets go wrong is used up faster than it lasts."""

from collections.abc import Sequence
from itertools import count

from ml_exporter import catalogue
from ml_exporter.bundle.alerts import Case
from ml_exporter.bundle.alerts.condition import AlertKind, Condition, Sample, alert_group
from ml_exporter.bundle.alerts.course import course
from ml_exporter.bundle.alerts.told import queried, told, value
from ml_exporter.bundle.alerts.watched_model import WatchedModel, watched_models
from ml_exporter.bundle.budgets import Budget, Tier, budgets, tiers
from ml_exporter.bundle.promql import number, selector
from ml_exporter.bundle.recordings import burn_rates
from ml_exporter.bundle.templating import VERSION
from ml_exporter.config import Monitoring

_EVENTS = 1 << 20
"""Events in a window of the tests, of each class."""

_DEVIATIONS = 1.96
"""Those of a 95 % interval."""

_SPANS = "14.4 times in an hour and still in the last minutes, or 6 times in six hours"

FAST = AlertKind(
    "MLErrorBudgetBurningFast",
    f"Failed or slow requests use up what an objective lets go wrong much faster than it lasts: {_SPANS} (less where an"
    " objective could never burn as fast), on at least its `minimum_outcomes`.",
    remembers=True,
)
SLOW = AlertKind(
    "MLErrorBudgetBurningSlowly",
    "Failed or slow requests use up what an objective lets go wrong faster than it lasts: 3 times in a day, or at all"
    " in three days, on at least its `minimum_outcomes`.",
    severity="info",
    remembers=True,
)
QUALITY = AlertKind(
    "MLQualityBudgetBurning",
    "Wrong outcomes use up what an objective lets go wrong faster than it lasts, beyond chance: 3 times in a day (less"
    " where an objective could never burn as fast), or at all in three days, on at least its `minimum_outcomes`.",
    rests_on="labels",
    remembers=True,
)


def _conditions(monitoring: Monitoring) -> Sequence[Condition]:
    return [
        _condition(WatchedModel(monitoring, budget.model), budget, tier)
        for budget in budgets(monitoring)
        for tier in tiers(monitoring, budget)
    ]


def _kind(budget: Budget, tier: Tier) -> AlertKind:
    if budget.of_quality:
        return QUALITY
    return FAST if tier.speed == "fast" else SLOW


def _condition(watched: WatchedModel, budget: Budget, tier: Tier) -> Condition:
    kind, span, metric = _kind(budget, tier), tier.span.name, catalogue.metric(budget.metric, budget.model.task)
    own = {"model_name": budget.model.name, "model_version": VERSION, "metric": budget.metric}
    base = str(tier.span.window)
    looked_up = f"max(last_over_time({selector(burn_rates.events(base), **own)}[1d]))"
    what = "outcomes" if budget.of_quality else "requests"
    in_tests = _EVENTS * _classes_counted(budget)
    events = told(f"{{}} {what} in {base}", queried(looked_up, "%.0f", str(in_tests)))
    burn = value(_bad_share(watched) / budget.share, " times")
    limit = f"at most {number(tier.factor)} times"
    allowed = f"{number(round(100 * budget.share, 6))}% of the {what}"
    return Condition(
        kind,
        _expression(budget, tier),
        {**watched.labels, "metric": budget.metric, "span": span},
        watched.brought,
        watched.annotations(
            kind,
            told(f"{metric.title} uses up its error budget {{}} as fast as it lasts", burn),
            told(
                f"{{}}: in the last {span} the error budget of {metric.title} ({allowed}) was used up {{}} as fast as"
                f" it lasts, on {{}}; it should be {limit}.",
                watched.subject,
                burn,
                events,
            ),
            value=burn,
            limit=limit,
            window=base,
            further={"events": events},
        ),
        _samples(watched, _bad_share(watched)),
    )


def _expression(budget: Budget, tier: Tier) -> str:
    labels = {"model_name": budget.model.name, "metric": budget.metric}
    burn, events = (selector(name(tier.span.name), **labels) for name in (burn_rates.burn_rate, burn_rates.events))
    factor = number(tier.factor)
    parts = [f"{burn} > {factor}"]
    if budget.of_quality:
        deviation = f"sqrt({burn} * ({number(1 / budget.share)} - {burn}) / {events})"
        parts.append(f"and {burn} - {_DEVIATIONS} * {deviation} > {factor}")
    parts.append(f"and {events} >= {budget.objective.minimum_outcomes}")
    if tier.short is not None:
        short = selector(burn_rates.burn_rate(tier.short.name), **labels)
        # outcomes come in lumps: where there is none in the short span, the long one counts
        parts.append(f"unless {short} <= {factor}" if budget.of_quality else f"and {short} > {factor}")
    return " ".join(parts)


def _classes_counted(budget: Budget) -> int:
    """Return how many classes of outcomes of the tests a budget counts."""
    return 2 if budget.metric == "accuracy" else 1


def _bad_share(watched: WatchedModel) -> float:
    """Return a share of bad events, of a model's every budget alike, that burns each faster than any of its factors."""
    needed = max(tier.factor * budget.share for budget, tier in _watched(watched))
    return next(share for power in count(1) if (share := 1 - 0.5**power) > needed)


def _lasting_share(watched: WatchedModel) -> float:
    """Return a share of bad events with which every budget lasts."""
    return min(budget.share for budget, _ in _watched(watched)) / 2


def _watched(watched: WatchedModel) -> list[tuple[Budget, Tier]]:
    own = [budget for budget in budgets(watched.monitoring) if budget.model == watched.model]
    return [(budget, tier) for budget in own for tier in tiers(watched.monitoring, budget)]


def _lasting(monitoring: Monitoring) -> Sequence[Case]:
    """Return the cases of budgets that are used up half as fast as they last."""
    seen, models = course(monitoring), {condition.labels["model_name"] for condition in _conditions(monitoring)}
    series = {
        sample.series("one"): seen.throughout(sample.troubled)
        for watched in watched_models(monitoring)
        if watched.model.name in models
        for sample in _samples(watched, _lasting_share(watched))
    }
    names = sorted({condition.kind.name for condition in _conditions(monitoring)})
    return [Case(name, "A budget that lasts does not fire", series, seen.over) for name in names]


def _samples(watched: WatchedModel, share: float) -> list[Sample]:
    """Return the events of a model in every window, of which a share is bad while there is trouble."""
    bad = int(_EVENTS * share)
    return [
        sample
        for window in map(str, watched.monitoring.windows)
        for sample in (*_requests(watched, window, bad), *_outcomes(watched, window, bad))
    ]


def _requests(watched: WatchedModel, window: str, bad: int) -> list[Sample]:
    return [
        watched.sample("ml_window_requests", _EVENTS, _EVENTS - bad, window=window, status="success"),
        watched.sample("ml_window_requests", 0, bad, window=window, status="error"),
        watched.sample("ml_window_slow_requests", 0, bad, window=window),
    ]


def _outcomes(watched: WatchedModel, window: str, bad: int) -> list[Sample]:
    model = watched.model
    if model.task == "multiclass":
        return [
            watched.sample(f"ml_class_{role}_outcomes", _EVENTS, _EVENTS - wrong, window=window, **{"class": name})
            for role, wrong in (("actual", 0), ("correct", bad))
            for name in model.class_names[:2]
        ]
    if model.task != "binary":
        return []
    return [
        watched.sample(
            "ml_confusion_outcomes",
            _EVENTS if actual == predicted else 0,
            _EVENTS - bad if actual == predicted else bad,
            window=window,
            actual=actual,
            predicted=predicted,
        )
        for actual in model.class_names
        for predicted in model.class_names
    ]


GROUP = alert_group(
    "budgets",
    "Error budgets: what an objective lets go wrong is used up faster than it lasts.",
    (FAST, SLOW, QUALITY),
    _conditions,
    more_cases=_lasting,
    recordings=(burn_rates.TOPIC,),
)
