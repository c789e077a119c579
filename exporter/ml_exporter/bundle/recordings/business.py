"""Conversion, revenue and cost over several exporters, from sums and counts."""

from collections.abc import Sequence

from ml_exporter.bundle.promql import selector
from ml_exporter.bundle.recordings import Recording, added_up, mean, ratio, recorded_of
from ml_exporter.config import ModelSettings


def _recordings(model: ModelSettings) -> Sequence[Recording]:
    return [
        *(_conversion(model) if "conversion" in model.offers else []),
        *(_revenue(model) if "revenue" in model.offers else []),
        *(_cost(model) if "costs" in model.offers else []),
    ]


def _conversion(model: ModelSettings) -> list[Recording]:
    """A conversion is the positive class."""
    same = {
        "ml_conversion_ratio": "ml_prevalence_ratio",
        "ml_predicted_conversion_ratio": "ml_predicted_prevalence_ratio",
        "ml_conversion_accuracy_ratio": "ml_accuracy_ratio",
    }
    return [Recording(family, recorded_of(model, other)) for family, other in same.items()]


def _revenue(model: ModelSettings) -> list[Recording]:
    revenue, predicted = (recorded_of(model, family) for family in ("ml_revenue", "ml_predicted_revenue"))
    distance = ratio(f"abs({predicted} - {revenue})", revenue)
    return [
        added_up(model, "ml_revenue"),
        added_up(model, "ml_predicted_revenue"),
        Recording("ml_revenue_accuracy_ratio", f"clamp_min(1 - {distance}, 0)"),
    ]


def _cost(model: ModelSettings) -> list[Recording]:
    known = selector("ml_window_cost_outcomes", model_name=model.name)
    return [
        added_up(model, "ml_window_cost_outcomes"),
        added_up(model, "ml_cost"),
        mean(model, "ml_cost_per_prediction", known, "currency"),
    ]


RECORDINGS = _recordings
