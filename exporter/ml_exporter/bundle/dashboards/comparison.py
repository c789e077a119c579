"""The dashboard that sets two versions of a model side by side: is the new one better?"""

from collections.abc import Sequence
from typing import Any

from ml_exporter.bundle.dashboards import panels
from ml_exporter.bundle.dashboards.definition import DashboardKind
from ml_exporter.bundle.dashboards.layout import Section, Strip
from ml_exporter.bundle.dashboards.panels import BAD, FAINT, GOOD, Column, Query
from ml_exporter.bundle.dashboards.panels.common import Words
from ml_exporter.bundle.dashboards.quality.metrics import CLASSIFICATION, RANKING, REGRESSION, heading
from ml_exporter.bundle.dashboards.quality.slices import VARIABLE, sliced_by
from ml_exporter.bundle.dashboards.queries import MODELS_WINDOWED, Side, by_metric, chosen, rate, state
from ml_exporter.bundle.dashboards.variables import of_two_versions
from ml_exporter.catalogue import Metric
from ml_exporter.config import Monitoring

_THIS = f'{MODELS_WINDOWED},model_version=~"$model_version"'
_OTHER = f'{MODELS_WINDOWED},model_version=~"$other_version"'
_BOTH = f'{MODELS_WINDOWED},model_version=~"$model_version|$other_version"'
_WORDS: Words = {1: ("Better", GOOD), -1: ("Worse", BAD), 0: ("No difference proven", FAINT)}
_NORMAL = 1.96
"""Standard errors from the middle of a 95 % interval to its end."""

_NO_VERSIONS = "One of the versions has no outcomes in this window"


def _variables(monitoring: Monitoring) -> Sequence[Any]:
    return [*of_two_versions(monitoring), sliced_by(_drawn(monitoring)).label("Drawn")]


def _compared(monitoring: Monitoring) -> list[Metric]:
    """Return every metric that has a better side, an id once."""
    tasks = [shown.tabled(monitoring) for shown in (CLASSIFICATION, REGRESSION, RANKING)]
    return list({metric.id: metric for metrics in tasks for metric in metrics if metric.direction}.values())


def _drawn(monitoring: Monitoring) -> list[Metric]:
    tasks = [shown.drawn(monitoring) for shown in (CLASSIFICATION, REGRESSION, RANKING)]
    bounded = [metric for metrics in tasks for metric in metrics if metric.interval and metric.direction]
    return list({metric.id: metric for metric in bounded}.values())


def _sections(monitoring: Monitoring) -> Sequence[Section]:
    shown = _drawn(monitoring)
    return [
        Section("Which one is better?", [Strip(5, [(_verdicts(shown), 24)]), Strip(11, [(_table(monitoring), 24)])]),
        Section("Since when?", [Strip(10, [(_values(shown), 24)])]),
        Section("At what price, and on how much?", [Strip(8, [(_latency(), 8), (_failed(), 8), (_traffic(), 8)])]),
    ]


def _value(metric: Metric, matchers: str) -> str:
    return f"max({metric.family.name}{{{matchers}{_fixed(metric)}}})"


def _bound(metric: Metric, side: Side, matchers: str) -> str:
    return f"max({metric.bound_family(side).name}{{{matchers}{_fixed(metric)}}})"


def _fixed(metric: Metric) -> str:
    return "".join(f',{name}="{value}"' for name, value in metric.fixed_labels.items())


def _variance(metric: Metric, matchers: str) -> str:
    """Return the squared standard error that a metric's interval stands for."""
    upper, lower = _bound(metric, "upper", matchers), _bound(metric, "lower", matchers)
    return f"(({upper} - {lower}) / {2 * _NORMAL:.2f}) ^ 2"


def _verdict(metric: Metric) -> str:
    """Return 1 where this version is better, -1 where it is worse, 0 where the interval of the difference holds 0."""
    this, other = _value(metric, _THIS), _value(metric, _OTHER)
    gain = f"({other} - {this})" if metric.direction == "lower" else f"({this} - {other})"
    z = f"{gain} / ({_variance(metric, _THIS)} + {_variance(metric, _OTHER)}) ^ 0.5"
    return f"sgn({gain}) * (abs({z}) > bool {_NORMAL})"


def _verdicts(shown: Sequence[Metric]) -> Any:
    return panels.tiles(
        "$model_version against $other_version",
        "Better or worse: the 95 % interval of the difference of two independent samples does not hold 0. Of equal"
        " versions one metric in twenty looks different by chance.",
        [Query(by_metric({metric.id: _verdict(metric)}), "{{metric}}", instant=True) for metric in shown],
        _WORDS,
        _NO_VERSIONS,
    )


def _table(monitoring: Monitoring) -> Any:
    metrics = _compared(monitoring)
    bounded = [metric for metric in metrics if metric.interval]
    names: Words = {metric.id: (heading(metric), None) for metric in metrics}

    def columns(title: str, matchers: str) -> list[Column]:
        return [
            Column(title, by_metric({metric.id: _value(metric, matchers) for metric in metrics})),
            Column(f"{title}: from", by_metric({metric.id: _bound(metric, "lower", matchers) for metric in bounded})),
            Column(f"{title}: to", by_metric({metric.id: _bound(metric, "upper", matchers) for metric in bounded})),
        ]

    return panels.rows(
        "Every metric of both, with its 95 % interval",
        "Where the two intervals do not meet, the versions differ beyond doubt.",
        [
            Column("Metric", label="metric", words=names, width=260),
            *columns("$model_version", _THIS),
            *columns("$other_version", _OTHER),
        ],
        unit="none",
        decimals=4,
        sort_by="Metric",
        no_value="-",
    )


def _values(shown: Sequence[Metric]) -> Any:
    def ends(matchers: str) -> panels.Bounds:
        low = {metric.id: _bound(metric, "lower", matchers) for metric in shown}
        high = {metric.id: _bound(metric, "upper", matchers) for metric in shown}
        return panels.Bounds(chosen(low, VARIABLE), chosen(high, VARIABLE))

    def value(matchers: str) -> str:
        return chosen({metric.id: _value(metric, matchers) for metric in shown}, VARIABLE)

    return panels.two_bands(
        "${slice_metric:text} of both",
        "The chosen metric of both versions with their 95 % intervals. Where the bands lie apart, the difference is no"
        " chance; where they lie on each other, nothing is proven.",
        (("This version", value(_THIS), ends(_THIS)), ("Compared with", value(_OTHER), ends(_OTHER))),
        "none",
        no_value=_NO_VERSIONS,
    )


def _latency() -> Any:
    quantile = state("ml_prediction_latency_quantile_seconds", "model_version", _BOTH, quantile="0.95")
    return panels.lines(
        "Latency, 95 %",
        "What 95 % of the window's requests stay below.",
        [Query(quantile, "{{model_version}}")],
        "s",
        no_value="No latencies: the events bring no latency_seconds",
        from_zero=True,
    )


def _failed() -> Any:
    return panels.lines(
        "Failed requests",
        "Share of the window's requests that failed.",
        [Query(state("ml_failed_requests_ratio", "model_version", _BOTH), "{{model_version}}")],
        "percentunit",
        no_value="No requests in this window",
        from_zero=True,
    ).axis_soft_max(0.01)


def _traffic() -> Any:
    matchers = _BOTH.replace(',window=~"$window"', "")
    return panels.lines(
        "Traffic",
        "How many predictions each version makes. Versions that see different requests are compared with care: look at"
        " their slices.",
        [Query(f"60 * {rate('ml_predictions_total', 'model_version', matchers)}", "{{model_version}}")],
        "suffix:/min",
        no_value="No predictions",
        from_zero=True,
    )


DASHBOARD = DashboardKind(
    "comparison",
    8,
    "Version comparison",
    "who decides on a rollout",
    "Is this version better than the other one, beyond chance, and at what price?",
    _variables,
    _sections,
    span="24h",
)
