"""The dashboard of a model's inputs: have they changed, and is their data sound?"""

from collections.abc import Sequence
from typing import Any

from ml_exporter.bundle.dashboards import panels
from ml_exporter.bundle.dashboards.definition import DashboardKind
from ml_exporter.bundle.dashboards.layout import Section, Strip
from ml_exporter.bundle.dashboards.panels import BAD, DOUBTFUL, FAINT, GOOD, Column, Query
from ml_exporter.bundle.dashboards.panels.common import Words, thresholds
from ml_exporter.bundle.dashboards.queries import WINDOWED, gauge, state
from ml_exporter.bundle.dashboards.variables import features, of_one_version
from ml_exporter.config import Monitoring

_OF_FEATURE = f'{WINDOWED},feature=~"$feature"'
_WORDS: Words = {1: ("Drifted", BAD), 0: ("As before", GOOD)}
_LARGE = 0.1
"""The PSI from which on a change counts as large."""

_NO_FEATURES = "No features: none are named in `features` of monitoring.yml, or the events bring none"
_NO_BASELINE = "No baseline yet: the model's past is too short"


def _variables(monitoring: Monitoring) -> Sequence[Any]:
    return [*of_one_version(monitoring), features()]


def _sections(monitoring: Monitoring) -> Sequence[Section]:
    return [
        Section("Have inputs changed?", [Strip(4, [(_drifted(), 24)]), Strip(9, [(_features(), 24)])]),
        Section("Since when?", [Strip(6, [(_over_time(), 24)]), Strip(8, [(_psi(), 12), (_distance(), 12)])]),
        Section(
            "Do predictions follow?",
            [Strip(8, [(_predictions(), 12), (_predictions_by_chance(), 12)]), Strip(8, _predicted(monitoring))],
        ),
        Section(
            "Is the data sound?",
            [Strip(8, [(_quality(name), 6) for name in _QUALITY])],
        ),
    ]


def _of(name: str) -> str:
    return state(f"ml_feature_{name}", "feature", _OF_FEATURE)


def _drifted() -> Any:
    return panels.tiles(
        "Verdict on each feature",
        "Drifted: the change against the baseline is both large (PSI of at least 0.1) and no chance among all features"
        " that are looked at. Labels are not needed, so this warns before quality falls.",
        Query(_of("drifted"), "{{feature}}", instant=True),
        _WORDS,
        _NO_FEATURES,
    )


def _features() -> Any:
    return panels.rows(
        "Features, those that changed most first",
        "PSI, Jensen-Shannon and Kolmogorov-Smirnov say how large the change is, p how likely chance would make it;"
        " Wasserstein is in standard deviations of the baseline. To the right: the quality of the data.",
        [
            Column("Feature", label="feature", width=150),
            Column("Verdict", _of("drifted"), words=_WORDS, width=100),
            Column("PSI", _of("psi")),
            Column("p", _of("drift_p_value")),
            Column("JS distance", _of("js_distance")),
            Column("KS", _of("ks_statistic")),
            Column("Wasserstein", _of("wasserstein_distance")),
            Column("Null", _of("null_ratio"), unit="percentunit", decimals=1),
            Column("Out of range", _of("out_of_range_ratio"), unit="percentunit", decimals=1),
            Column("Unseen", _of("unseen_category_ratio"), unit="percentunit", decimals=1),
            Column("Wrong type", _of("type_mismatch_ratio"), unit="percentunit", decimals=1),
            Column("Constant", _of("constant"), words={1: ("Constant", DOUBTFUL), 0: ("No", FAINT)}),
        ],
        unit="none",
        decimals=3,
        sort_by="PSI",
        descending=True,
        no_value="-",
    )


def _over_time() -> Any:
    return panels.timeline(
        "Verdicts over time",
        "When each feature was found to have drifted.",
        Query(_of("drifted"), "{{feature}}"),
        _WORDS,
        _NO_FEATURES,
    )


def _psi() -> Any:
    return panels.lines(
        "PSI of each feature",
        "Population stability index against the baseline: from 0.1 (dashed) on the change is large. In small windows it"
        " is above 0 by chance alone.",
        [Query(_of("psi"), "{{feature}}"), Query(f"max({_of('psi')}) * 0 + {_LARGE}", "Large", dashed=True)],
        "none",
        no_value=_NO_BASELINE,
        from_zero=True,
    ).thresholds(thresholds((None, GOOD), (_LARGE, DOUBTFUL)))


def _distance() -> Any:
    return panels.lines(
        "Jensen-Shannon distance of each feature",
        "How far apart window and baseline are, from 0 (the same) to 1 (nothing in common). It is finite where PSI is"
        " not.",
        [Query(_of("js_distance"), "{{feature}}")],
        "none",
        no_value=_NO_BASELINE,
        from_zero=True,
    ).axis_soft_max(_LARGE)


def _predictions() -> Any:
    psi = gauge("ml_prediction_psi")
    return panels.lines(
        "PSI of the predictions",
        "How far what the model says has moved from its baseline. It moves with its inputs, or with the model itself"
        " where they stand still.",
        [Query(psi, "Predictions"), Query(f"max({psi}) * 0 + {_LARGE}", "Large", dashed=True)],
        "none",
        no_value=_NO_BASELINE,
        from_zero=True,
    ).thresholds(thresholds((None, GOOD), (_LARGE, DOUBTFUL)))


def _predicted(monitoring: Monitoring) -> list[tuple[Any, int]]:
    """Return what there is to see of the tasks of the configured models."""
    tasks = {model.task for model in monitoring.models}
    found = [
        *([_mix()] if tasks & {"binary", "multiclass"} else []),
        *([_values()] if "regression" in tasks else []),
    ]
    return [(panel, 24 // len(found)) for panel in found]  # a ranking's items have no mix


def _mix() -> Any:
    each = gauge("ml_class_predictions", "class")
    return panels.lines(
        "Which classes are predicted",
        "Of the window's predictions, the share of each class. It moves with the cases, or with the model; labels are"
        " not needed.",
        [Query(f"{each} / on () group_left () (sum({each}) > 0)", "{{class}}")],
        "percentunit",
        no_value="No predictions of classes in this window",
        from_zero=True,
    ).max(1)


def _values() -> Any:
    return panels.lines(
        "Which numbers are predicted",
        "Percentiles of the numbers that were predicted in the window.",
        [Query(gauge("ml_predicted_value_percentile", "percentile"), "{{percentile}} %")],
        "none",
        no_value="No predictions of numbers in this window",
    )


def _predictions_by_chance() -> Any:
    return panels.lines(
        "Could the predictions' change be chance?",
        "p-value of the chi-squared test. Near 0: no. It is looked at time and again, so a single low one says little.",
        [Query(gauge("ml_prediction_drift_p_value"), "p")],
        "none",
        no_value=_NO_BASELINE,
        from_zero=True,
    ).max(1)


_QUALITY = {
    "null_ratio": ("Nulls", "Of the successful requests, the share without a value."),
    "out_of_range_ratio": (
        "Out of range",
        "Of the numbers, the share outside of the `range` that monitoring.yml gives.",
    ),
    "unseen_category_ratio": ("Unseen categories", "Of the categories, the share that the baseline does not have."),
    "type_mismatch_ratio": ("Wrong type", "Of the values, the share of another type, such as texts among numbers."),
}
"""Metric of a feature to title and description."""


def _quality(name: str) -> Any:
    title, meaning = _QUALITY[name]
    return panels.lines(
        title,
        f"{meaning} A jump is a change upstream: look at what writes the feature.",
        [Query(_of(name), "{{feature}}")],
        "percentunit",
        no_value=_NO_FEATURES,
        from_zero=True,
    ).axis_soft_max(0.05)


DASHBOARD = DashboardKind(
    "drift",
    6,
    "Drift and data quality",
    "data engineers, and who owns a model",
    "Have this model's inputs or predictions changed, since when, and is their data sound?",
    _variables,
    _sections,
    span="24h",
)
