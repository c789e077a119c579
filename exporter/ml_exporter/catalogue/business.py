"""Business: conversions, revenue and cost, from the tallies ``binary``, ``revenue`` and ``cost``."""

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from ml_exporter.catalogue import intervals
from ml_exporter.catalogue.classification import share_of
from ml_exporter.catalogue.definition import (
    Counts,
    Direction,
    Estimate,
    Family,
    Metric,
    Model,
    Row,
    Spread,
    Statistics,
    series_labels,
)
from ml_exporter.catalogue.intervals import divide

Array = NDArray[np.float64]
_AREA = "business"
_BINARY = frozenset({"binary"})
_WITH_CLASSES = frozenset({"binary", "multiclass"})


def _conversion(sums: Statistics) -> Counts:
    return sums["binary.true_positives"] + sums["binary.false_negatives"], sums["outcomes.count"]


def _predicted_conversion(sums: Statistics) -> Counts:
    return sums["binary.true_positives"] + sums["binary.false_positives"], sums["outcomes.count"]


def _conversion_accuracy(sums: Statistics) -> Counts:
    return sums["binary.true_positives"] + sums["binary.true_negatives"], sums["outcomes.count"]


def _total(statistic: str, counted_by: str) -> Callable[[Statistics], Estimate]:
    def estimate(sums: Statistics) -> Estimate:
        return Estimate.without_interval(np.where(sums[counted_by] > 0, sums[statistic], np.nan))

    return estimate


def _revenue_accuracy(sums: Statistics) -> Estimate:
    """Return 1 - |predicted - actual| / actual, not below 0.

    Its interval is that of the ratio predicted / actual (delta method; Cochran, Sampling Techniques, 6.4), mapped.
    """
    actual, predicted, count = sums["revenue.actual"], sums["revenue.predicted"], sums["revenue.count"]
    earned = actual > 0
    ratio = np.where(earned, divide(predicted, actual), np.nan)
    spread = sums["revenue.predicted_squared"] - 2 * ratio * sums["revenue.product"]
    spread = np.maximum(spread + ratio**2 * sums["revenue.actual_squared"], 0.0)
    half = np.where(count > 1, intervals.Z * divide(np.sqrt(spread), actual), np.nan)
    low, high = ratio - half, ratio + half
    furthest = np.maximum(np.abs(1 - low), np.abs(1 - high))
    nearest = np.where((low <= 1) & (high >= 1), 0.0, np.minimum(np.abs(1 - low), np.abs(1 - high)))
    value, lower, upper = (np.maximum(1 - distance, 0.0) for distance in (np.abs(1 - ratio), furthest, nearest))
    return Estimate(value, np.where(np.isnan(half), np.nan, lower), np.where(np.isnan(half), np.nan, upper))


def _cost_per_prediction(sums: Statistics) -> Estimate:
    total, count = sums["cost.cost"], sums["cost.count"]
    return Estimate(divide(total, count), *intervals.mean(total, sums["cost.cost_squared"], count))


def _metric(
    metric_id: str,
    title: str,
    family: str,
    help_text: str,
    estimate: Callable[[Statistics], Estimate],
    formula: str,
    advice: str,
    *,
    needs: str,
    direction: Direction | None,
    interval: str | None = None,
    tasks: frozenset[str] = _BINARY,
    counted_by: str = "outcomes.count",
    proportion: Callable[[Statistics], Counts] | None = None,
) -> Metric:
    money = () if needs == "conversion" else ("currency",)
    return Metric(
        metric_id,
        title,
        Family(family, "gauge", help_text, (*series_labels(), *money), _AREA),
        tasks,
        "outcome",
        direction,
        estimate,
        formula,
        interval=interval,
        counted_by=counted_by,
        needs=frozenset({needs}),
        model_labels=money,
        proportion=proportion,
        limits=(0.0, 1.0) if family.endswith("_ratio") else (-np.inf, np.inf),
        advice=advice,
    )


METRICS = (
    _metric(
        "conversion",
        "Conversion",
        "ml_conversion_ratio",
        "Share of outcomes in the window that converted.",
        share_of(_conversion),
        "(TP + FN) / outcomes",
        "It moves with the business, whatever the model does: compare it with the predicted conversion.",
        needs="conversion",
        direction="higher",
        interval="Wilson",
        proportion=_conversion,
    ),
    _metric(
        "predicted_conversion",
        "Predicted conversion",
        "ml_predicted_conversion_ratio",
        "Share of outcomes in the window that were predicted to convert.",
        share_of(_predicted_conversion),
        "(TP + FP) / outcomes",
        "Where it leaves the conversion, the model promises too much or too little: look at calibration and drift.",
        needs="conversion",
        direction=None,
        interval="Wilson",
        proportion=_predicted_conversion,
    ),
    _metric(
        "conversion_accuracy",
        "Conversion accuracy",
        "ml_conversion_accuracy_ratio",
        "Share of outcomes in the window for which the prediction of conversion was right.",
        share_of(_conversion_accuracy),
        "(TP + TN) / outcomes",
        "Look at the slices first: a campaign or a country often explains a fall.",
        needs="conversion",
        direction="higher",
        interval="Wilson",
        proportion=_conversion_accuracy,
    ),
    _metric(
        "revenue",
        "Revenue",
        "ml_revenue",
        "Value of the outcomes in the window that converted.",
        _total("revenue.actual", "revenue.count"),
        "sum of value over converted outcomes",
        "A sum: it moves with the number of outcomes; compare it with the predicted revenue.",
        needs="revenue",
        direction="higher",
        counted_by="revenue.count",
    ),
    _metric(
        "predicted_revenue",
        "Predicted revenue",
        "ml_predicted_revenue",
        "Value of the outcomes in the window that were predicted to convert.",
        _total("revenue.predicted", "revenue.count"),
        "sum of value over outcomes predicted to convert",
        "Where it leaves the revenue, plans that rest on the model are wrong by the difference.",
        needs="revenue",
        direction=None,
        counted_by="revenue.count",
    ),
    _metric(
        "revenue_accuracy",
        "Revenue accuracy",
        "ml_revenue_accuracy_ratio",
        "1 minus the distance of predicted and actual revenue as a share of the actual one, not below 0.",
        _revenue_accuracy,
        "1 - |predicted revenue - revenue| / revenue, not below 0; none without revenue",
        "A few large values decide it: look at the interval before acting.",
        needs="revenue",
        direction="higher",
        interval="delta method on the ratio of the sums",
        counted_by="revenue.count",
    ),
    _metric(
        "cost",
        "Cost",
        "ml_cost",
        "What the decisions in the window cost, by the model's cost matrix.",
        _total("cost.cost", "cost.count"),
        "sum over outcomes of the cost of (actual, predicted)",
        "A sum: it moves with the number of outcomes; the cost per prediction tells whether decisions got worse.",
        needs="costs",
        direction="lower",
        tasks=_WITH_CLASSES,
        counted_by="cost.count",
    ),
    _metric(
        "cost_per_prediction",
        "Cost per prediction",
        "ml_cost_per_prediction",
        "Mean cost of a decision in the window, by the model's cost matrix.",
        _cost_per_prediction,
        "mean over outcomes of the cost of (actual, predicted)",
        "Where it rises while accuracy stands still, errors have become more expensive: move the threshold.",
        needs="costs",
        direction="lower",
        interval="normal, from the second moment",
        tasks=_WITH_CLASSES,
        counted_by="cost.count",
    ),
)


def _unvalued(sums: Statistics, _model: Model) -> Iterable[Row]:
    return [((), sums["unvalued.count"])]


def _costed(sums: Statistics, _model: Model) -> Iterable[Row]:
    return [((), sums["cost.count"])]


def _one(_model: Model) -> int:
    return 1


SPREADS = (
    Spread(
        Family(
            "ml_window_cost_outcomes",
            "gauge",
            "Outcomes in the window whose cost is known: what the cost per prediction rests on.",
            series_labels(),
            _AREA,
        ),
        _WITH_CLASSES,
        _costed,
        _one,
        needs=frozenset({"costs"}),
    ),
    Spread(
        Family(
            "ml_outcomes_without_value_total",
            "counter",
            "Outcomes whose value is not known, neither by the prediction nor by the label: no money counts them.",
            series_labels(window=False),
            _AREA,
        ),
        None,
        _unvalued,
        _one,
        since_the_beginning=True,
        needs=frozenset({"value"}),
    ),
)
