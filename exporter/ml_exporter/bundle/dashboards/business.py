"""The dashboard of what a model's decisions are worth."""

from collections.abc import Sequence
from typing import Any

from ml_exporter.bundle.dashboards import panels
from ml_exporter.bundle.dashboards.definition import DashboardKind
from ml_exporter.bundle.dashboards.layout import Section, Strip
from ml_exporter.bundle.dashboards.panels import Column, Query
from ml_exporter.bundle.dashboards.queries import OVERALL, WINDOWED, gauge, state
from ml_exporter.bundle.dashboards.variables import of_one_version, segment_key
from ml_exporter.config import Monitoring

_NO_MONEY = "No money in this window: no labels have arrived, or monitoring.yml names no `value` and no `costs`"
_NO_CONVERSION = "No outcomes in this window, or conversion is not switched on in monitoring.yml"
_MONEY = "short"
"""Amounts are of the model's own currency, which the legend names."""


def _variables(monitoring: Monitoring) -> Sequence[Any]:
    return [*of_one_version(monitoring), segment_key()]


def _fits(monitoring: Monitoring) -> bool:
    return any(model.offers & {"conversion", "revenue", "costs"} for model in monitoring.models)


def _sections(_monitoring: Monitoring) -> Sequence[Section]:
    return [
        Section("What is it worth?", [Strip(4, [(tile, 4) for tile in _tiles()])]),
        Section(
            "Does it promise what comes true?",
            [
                Strip(8, [(_revenue(), 12), (_revenue_accuracy(), 12)]),
                Strip(8, [(_conversion(), 12), (_conversion_accuracy(), 12)]),
            ],
        ),
        Section(
            "What do its mistakes cost, and where?",
            [Strip(9, [(_cost(), 8), (_slices(), 10), (_no_value(), 6)])],
        ),
    ]


def _tiles() -> list[Any]:
    return [
        _tile("Revenue", "Value of the window's outcomes that converted.", "ml_revenue", _MONEY),
        _tile(
            "Predicted revenue",
            "Value of the window's outcomes that were predicted to convert.",
            "ml_predicted_revenue",
            _MONEY,
        ),
        _tile("Cost", "What the window's decisions cost, by the model's cost matrix.", "ml_cost", _MONEY),
        _tile("Cost of a decision", "Mean cost of a decision in the window.", "ml_cost_per_prediction", _MONEY, 2),
        _tile("Conversion", "Share of the window's outcomes that converted.", "ml_conversion_ratio", "percentunit", 1),
        _tile(
            "Predicted conversion",
            "Share of the window's outcomes that were predicted to convert.",
            "ml_predicted_conversion_ratio",
            "percentunit",
            1,
        ),
    ]


def _tile(title: str, description: str, family: str, unit: str, decimals: int | None = None) -> Any:
    return panels.number(
        title, description, Query(gauge(family), instant=True), unit, decimals=decimals, no_value="Not known"
    )


def _revenue() -> Any:
    return panels.lines(
        "Revenue, and what was predicted",
        "Where the two part, plans that rest on the model are wrong by the difference.",
        [
            Query(gauge("ml_revenue", "currency"), "Actual, {{currency}}"),
            Query(gauge("ml_predicted_revenue", "currency"), "Predicted, {{currency}}"),
        ],
        _MONEY,
        no_value=_NO_MONEY,
        from_zero=True,
    )


def _revenue_accuracy() -> Any:
    return panels.band(
        "Accuracy of the revenue",
        "1 minus the distance of predicted and actual revenue, as a share of the actual one. A few large values decide"
        " it: look at the band before acting.",
        gauge("ml_revenue_accuracy_ratio"),
        panels.Bounds(gauge("ml_revenue_accuracy_lower_bound_ratio"), gauge("ml_revenue_accuracy_upper_bound_ratio")),
        None,
        "percentunit",
        no_value=_NO_MONEY,
    )


def _conversion() -> Any:
    return panels.lines(
        "Conversion, and what was predicted",
        "Conversion moves with the business, whatever the model does. Where the prediction leaves it, the model"
        " promises too much or too little.",
        [
            Query(gauge("ml_conversion_ratio"), "Actual"),
            Query(gauge("ml_predicted_conversion_ratio"), "Predicted"),
        ],
        "percentunit",
        no_value=_NO_CONVERSION,
        from_zero=True,
    )


def _conversion_accuracy() -> Any:
    return panels.band(
        "Accuracy of the conversion",
        "Share of the window's outcomes for which the prediction of conversion was right.",
        gauge("ml_conversion_accuracy_ratio"),
        panels.Bounds(
            gauge("ml_conversion_accuracy_lower_bound_ratio"), gauge("ml_conversion_accuracy_upper_bound_ratio")
        ),
        None,
        "percentunit",
        no_value=_NO_CONVERSION,
    )


def _cost() -> Any:
    return panels.band(
        "Cost of a decision over time",
        "Mean cost by the model's cost matrix. Where it rises while accuracy stands still, mistakes have become more"
        " expensive: move the threshold.",
        gauge("ml_cost_per_prediction"),
        panels.Bounds(gauge("ml_cost_per_prediction_lower_bound"), gauge("ml_cost_per_prediction_upper_bound")),
        None,
        _MONEY,
        no_value="No costs: monitoring.yml names none, or no labels have arrived",
    )


def _slices() -> Any:
    matchers = f'{WINDOWED},segment_key=~"$segment_key"'

    def of(family: str) -> str:
        return state(f"ml_segment_{family}", "segment_value", matchers)

    return panels.rows(
        "Money by ${segment_key}",
        "Which slices bring the money, and in which it is predicted wrongly.",
        [
            Column("Slice", label="segment_value", width=110),
            Column("Revenue", of("revenue")),
            Column("Predicted", of("predicted_revenue")),
            Column("Cost", of("cost")),
            Column("Conversion", of("conversion_ratio"), unit="percentunit", decimals=1),
            Column("Outcomes", of("window_outcomes"), unit="locale", decimals=0),
        ],
        unit=_MONEY,
        decimals=1,
        sort_by="Outcomes",
        descending=True,
        no_value="-",
    )


def _no_value() -> Any:
    return panels.number(
        "Outcomes without value",
        "Outcomes whose value neither the prediction nor the label brought, since the store was made: no money counts"
        " them.",
        Query(state("ml_outcomes_without_value_total", matchers=OVERALL), instant=True),
        "locale",
        decimals=0,
        no_value="No value is named",
    )


DASHBOARD = DashboardKind(
    "business",
    9,
    "Business",
    "who answers for the money",
    "What are this model's decisions worth, and does it promise what comes true?",
    _variables,
    _sections,
    _fits,
    "a model has `business`",
    span="24h",
)
