"""The dashboard of slices: for whom is the model worse?"""

from collections.abc import Sequence
from typing import Any

from ml_exporter.bundle.dashboards import panels
from ml_exporter.bundle.dashboards.definition import DashboardKind
from ml_exporter.bundle.dashboards.layout import Section, Strip
from ml_exporter.bundle.dashboards.panels import Query
from ml_exporter.bundle.dashboards.quality.metrics import CLASSIFICATION, RANKING, REGRESSION
from ml_exporter.bundle.dashboards.quality.slices import (
    NO_SLICES,
    before,
    explaining_slices,
    sliced_by,
    slices_over_time,
    worst_slices,
)
from ml_exporter.bundle.dashboards.queries import WINDOWED, state
from ml_exporter.bundle.dashboards.variables import of_one_version, segment_key
from ml_exporter.catalogue import Metric
from ml_exporter.config import Monitoring

_OF_KEY = ',segment_key=~"$segment_key"'
_SLICES = f"{WINDOWED}{_OF_KEY}"


def _variables(monitoring: Monitoring) -> Sequence[Any]:
    return [*of_one_version(monitoring), segment_key(), sliced_by(_shown(monitoring)), before()]


def _shown(monitoring: Monitoring) -> list[Metric]:
    tasks = [shown.sliced(monitoring) for shown in (CLASSIFICATION, REGRESSION, RANKING)]
    return list({metric.id: metric for metrics in tasks for metric in metrics}.values())


def _fits(monitoring: Monitoring) -> bool:
    return any(model.segments for model in monitoring.models)


def _sections(monitoring: Monitoring) -> Sequence[Section]:
    shown = _shown(monitoring)
    return [
        Section(
            "For whom is it worse?",
            [Strip(10, [(worst_slices(shown, _OF_KEY), 12), (slices_over_time(shown, _OF_KEY), 12)])],
        ),
        Section("What has changed?", [Strip(10, [(explaining_slices(shown, _OF_KEY), 12), (_shares(), 12)])]),
        Section("How much does that rest on?", [Strip(8, [(_outcomes(), 24)])]),
    ]


def _shares() -> Any:
    outcomes = state("ml_segment_window_outcomes", "segment_value", _SLICES)
    return panels.lines(
        "Share of the outcomes",
        "Who the outcomes are about. Where a slice grows that the model is bad at, the whole falls, and no slice has.",
        [Query(f"{outcomes} / on () group_left () (sum({outcomes}) > 0)", "{{segment_value}}")],
        "percentunit",
        no_value=NO_SLICES,
        from_zero=True,
    ).max(1)


def _outcomes() -> Any:
    return panels.lines(
        "Outcomes of each slice",
        "How many outcomes of the window each slice has. Few of them: its numbers are uncertain, as its interval says.",
        [Query(state("ml_segment_window_outcomes", "segment_value", _SLICES), "{{segment_value}}")],
        "short",
        no_value=NO_SLICES,
        from_zero=True,
    )


DASHBOARD = DashboardKind(
    "segments",
    7,
    "Slices",
    "who owns a model, and who looks after fairness",
    "For whom is this model worse, since when, and which slice explains a change?",
    _variables,
    _sections,
    _fits,
    "a model has `segments`",
    span="24h",
)
