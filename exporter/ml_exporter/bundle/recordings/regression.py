"""Errors of predicted numbers over several exporters: means by the outcomes of each, and what follows from them."""

from collections.abc import Sequence

from ml_exporter.bundle.promql import over_instances, selector
from ml_exporter.bundle.recordings import Recording, added_up, mean, ratio, recorded_of
from ml_exporter.config import ModelSettings

_WITH_INTERVAL = "ml_window_interval_outcomes"
_MEANS = (
    "ml_mean_absolute_error",
    "ml_mean_squared_error",
    "ml_mean_error",
    "ml_symmetric_mean_absolute_percentage_error_ratio",
    "ml_actual_value_mean",
    "ml_actual_value_mean_amount",
)


def _recordings(model: ModelSettings) -> Sequence[Recording]:
    if model.task != "regression":
        return []
    outcomes, zero, interval = (
        selector(name, model_name=model.name)
        for name in ("ml_window_outcomes", "ml_window_zero_actual_outcomes", _WITH_INTERVAL)
    )
    return [
        added_up(model, "ml_window_zero_actual_outcomes"),
        added_up(model, _WITH_INTERVAL),
        *(mean(model, family, outcomes) for family in _MEANS),
        mean(model, "ml_mean_absolute_percentage_error_ratio", f"({outcomes} - {zero})"),
        mean(model, "ml_prediction_interval_coverage_ratio", interval),
        mean(model, "ml_prediction_interval_mean_width", interval),
        Recording("ml_actual_value_variance", _variance(model, outcomes)),
        *_of_means(model),
    ]


def _variance(model: ModelSettings, outcomes: str) -> str:
    """Put variances together: those around each exporter's mean, and of these means around that of all."""
    own_mean, own = (selector(f"ml_actual_value_{name}", model_name=model.name) for name in ("mean", "variance"))
    apart = f"({own_mean} - ignoring (instance, pod) group_left () {recorded_of(model, 'ml_actual_value_mean')}) ^ 2"
    within = f"({own} or {outcomes} * 0)"
    squares = over_instances("sum", f"({within} + {apart}) * {outcomes}")
    return ratio(squares, over_instances("sum", outcomes))


def _of_means(model: ModelSettings) -> list[Recording]:
    squared_error = recorded_of(model, "ml_mean_squared_error")
    absolute_error, amount = (
        recorded_of(model, name) for name in ("ml_mean_absolute_error", "ml_actual_value_mean_amount")
    )
    return [
        Recording("ml_root_mean_squared_error", f"sqrt({squared_error})"),
        Recording("ml_weighted_absolute_percentage_error_ratio", ratio(absolute_error, amount)),
        Recording("ml_r2", f"1 - {ratio(squared_error, recorded_of(model, 'ml_actual_value_variance'))}"),
    ]


RECORDINGS = _recordings
