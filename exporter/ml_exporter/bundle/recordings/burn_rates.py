"""How fast the error budgets of objectives are used up, by span."""

from collections.abc import Iterable, Sequence

from ml_exporter.bundle.budgets import Budget, Span, budgets, count, side_by_side, tiers
from ml_exporter.bundle.promql import number, selector
from ml_exporter.bundle.recordings.groups import RecordingGroup, RecordingRule
from ml_exporter.config import Monitoring

TOPIC = "burn-rates"
SHARE = "model:ml_budget:share"


def events(span: str) -> str:
    """Return the name under which the events of a budget in a span are recorded."""
    return f"version:ml_budget_events:over_{span}"


def bad_events(span: str) -> str:
    """Return the name of those that count against it."""
    return f"version:ml_budget_bad_events:over_{span}"


def burn_rate(span: str) -> str:
    """Return the name of the burn rate in a span."""
    return f"version:ml_budget_burn_rate:over_{span}"


def _rules(monitoring: Monitoring) -> Sequence[RecordingRule]:
    listed = budgets(monitoring)
    spans = _spans(span for budget in listed for span in _watched(monitoring, budget))
    return [
        *(rule for budget in listed for rule in _of_budget(monitoring, budget)),
        *(rule for span in spans if span.parts > 1 for rule in _of_span(span)),
        *(_burn_rate(span) for span in spans),
    ]


def _watched(monitoring: Monitoring, budget: Budget) -> list[Span]:
    both = [(tier.short, tier.span) for tier in tiers(monitoring, budget)]
    return [span for spans in both for span in spans if span is not None]


def _spans(spans: Iterable[Span]) -> list[Span]:
    """Return each span once, the shortest first."""
    return sorted({span.name: span for span in spans}.values(), key=lambda span: span.length.seconds)


def _of_budget(monitoring: Monitoring, budget: Budget) -> list[RecordingRule]:
    """Return the rules of a budget: how large it is, and its events in each window."""
    labels = {"model_name": budget.model.name, "metric": budget.metric}
    windows = sorted({span.window for span in _watched(monitoring, budget)})
    return [
        RecordingRule(SHARE, f"vector({number(budget.share)})", labels),
        *(
            RecordingRule(name(str(window)), count(monitoring, budget, counted, window), labels)
            for window in windows
            for name, counted in ((events, (budget.events,)), (bad_events, budget.bad))
        ),
    ]


def _of_span(span: Span) -> list[RecordingRule]:
    """Return the rules that put windows side by side, of all budgets at once."""
    return [
        RecordingRule(name(span.name), side_by_side(selector(name(str(span.window))), span))
        for name in (events, bad_events)
    ]


def _burn_rate(span: Span) -> RecordingRule:
    every, bad = selector(events(span.name)), selector(bad_events(span.name))
    share = f"({bad} or 0 * {every}) / ({every} > 0)"
    return RecordingRule(burn_rate(span.name), f"{share} / on (model_name, metric) group_left () {SHARE}")


SHARED = RecordingGroup(
    TOPIC,
    "Recording rules: how fast the error budgets of objectives are used up, by span.\n"
    "A burn rate of 1 uses up what the objective lets go wrong, no more and no less; 14.4 a month's in two days.",
    {
        SHARE: "What an objective (`metric`) lets go wrong, as a share of its events.",
        events("SPAN"): "Events that an objective counts (requests or outcomes), in a span of windows side by side.",
        bad_events("SPAN"): "Those of them that count against its budget: failed or slow requests, wrong outcomes.",
        burn_rate("SPAN"): "Share of the bad ones, in units of what the objective lets go wrong: above 1 the budget"
        " does not last.",
    },
    frozenset({"model_name", "model_version", "metric"}),
    _rules,
)
