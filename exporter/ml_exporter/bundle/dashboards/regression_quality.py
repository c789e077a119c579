"""The dashboard of one model that predicts numbers: how far off is it, to which side, and where?"""

from collections.abc import Sequence
from typing import Any

from ml_exporter.bundle.dashboards import panels
from ml_exporter.bundle.dashboards.definition import DashboardKind
from ml_exporter.bundle.dashboards.layout import Section, Strip
from ml_exporter.bundle.dashboards.panels import Query
from ml_exporter.bundle.dashboards.quality.history import history_section
from ml_exporter.bundle.dashboards.quality.metrics import REGRESSION
from ml_exporter.bundle.dashboards.quality.serving import serving_section
from ml_exporter.bundle.dashboards.quality.slices import sliced_by, slices_over_time, worst_slices
from ml_exporter.bundle.dashboards.quality.trust import trust_section
from ml_exporter.bundle.dashboards.quality.verdict import verdict_section
from ml_exporter.bundle.dashboards.queries import gauge
from ml_exporter.bundle.dashboards.variables import of_one_version
from ml_exporter.config import Monitoring


def _variables(monitoring: Monitoring) -> Sequence[Any]:
    sliced = sliced_by(REGRESSION.sliced(monitoring))
    return [*of_one_version(monitoring, "ml_window_zero_actual_outcomes"), sliced]


def _sections(monitoring: Monitoring) -> Sequence[Section]:
    shown = REGRESSION.sliced(monitoring)
    return [
        verdict_section(REGRESSION, monitoring),
        history_section(REGRESSION, monitoring),
        Section("How far off, and to which side?", [Strip(8, [(_residuals(), 8), (_covered(), 8), (_width(), 8)])]),
        Section("Where does it go wrong?", [Strip(9, [(worst_slices(shown), 12), (slices_over_time(shown), 12)])]),
        trust_section(),
        serving_section(),
    ]


def _residuals() -> Any:
    return panels.lines(
        "Residuals",
        "Percentiles of prediction minus actual value. All of them above 0: it promises too much; a band that widens:"
        " it knows less.",
        [Query(gauge("ml_residual_percentile", "percentile"), "{{percentile}} %")],
        "none",
        no_value=panels.NO_OUTCOMES,
    )


def _covered() -> Any:
    return panels.band(
        "Actual values within the predicted interval",
        "Share of the outcomes whose actual value lies in the interval that the model gave. An interval of 90 % should"
        " hold 90 % of them.",
        gauge("ml_prediction_interval_coverage_ratio"),
        panels.Bounds(
            gauge("ml_prediction_interval_coverage_lower_bound_ratio"),
            gauge("ml_prediction_interval_coverage_upper_bound_ratio"),
        ),
        None,
        "percentunit",
        no_value=_NO_INTERVALS,
    )


def _width() -> Any:
    return panels.band(
        "Width of the predicted interval",
        "Mean width of the intervals that the model gave, in the unit of what it predicts: how sure it says it is.",
        gauge("ml_prediction_interval_mean_width"),
        panels.Bounds(
            gauge("ml_prediction_interval_mean_width_lower_bound"),
            gauge("ml_prediction_interval_mean_width_upper_bound"),
        ),
        None,
        "none",
        no_value=_NO_INTERVALS,
    )


_NO_INTERVALS = "No intervals: the events bring no `lower` and `upper`, or no labels have arrived"


DASHBOARD = DashboardKind(
    "regression-quality",
    3,
    "Regression quality",
    "who owns a model that predicts numbers",
    "How far off is this model, since when, to which side, and where?",
    _variables,
    _sections,
    REGRESSION.fits,
    "a model has the task `regression`",
)
