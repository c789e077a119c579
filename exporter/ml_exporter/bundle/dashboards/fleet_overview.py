"""The dashboard of all models at once: is any of them in trouble?"""

from collections.abc import Sequence
from typing import Any

from ml_exporter.bundle.dashboards import (
    degradation,
    drift,
    model_quality,
    panels,
    ranking_quality,
    regression_quality,
    segments,
    serving,
)
from ml_exporter.bundle.dashboards.definition import DashboardKind
from ml_exporter.bundle.dashboards.layout import Section, Strip
from ml_exporter.bundle.dashboards.panels import BAD, CALM, DOUBTFUL, GOOD, Column, Query, down
from ml_exporter.bundle.dashboards.panels.common import Words, thresholds
from ml_exporter.bundle.dashboards.quality.metrics import headlines
from ml_exporter.bundle.dashboards.queries import ALERTS, EACH, MODELS, MODELS_WINDOWED, rate, state
from ml_exporter.bundle.dashboards.variables import of_models
from ml_exporter.catalogue import Metric
from ml_exporter.config import Monitoring

_WORDS: Words = {3: ("Degraded", BAD), 2: ("Objective missed", DOUBTFUL), 1: ("No labels", CALM), 0: ("Well", GOOD)}
_PER_MINUTE = "suffix:/min"
_NO_MODELS = "No model has been seen: no events have arrived, or the exporter cannot be scraped"
_DOWN = (
    degradation.DASHBOARD,
    model_quality.DASHBOARD,
    regression_quality.DASHBOARD,
    ranking_quality.DASHBOARD,
    drift.DASHBOARD,
    segments.DASHBOARD,
    serving.DASHBOARD,
)
"""Where a model leads: first to what suits every task."""


def _of_each(family: str, *, window: bool = False, **labels: str) -> str:
    return state(family, EACH, MODELS_WINDOWED if window else MODELS, **labels)


def _number_of(family: str, what: str, matchers: str = MODELS) -> str:
    """Return how many metrics or features of each version have a gauge of 1."""
    return f"sum by ({EACH}) ({state(family, f'{EACH}, {what}', matchers)})"


def _state() -> str:
    """Return the worst that is known of each version."""
    return (
        f"({_of_each('ml_degraded')} == 1) + 2"
        f" or ({_of_each('ml_objective_breached')} == 1) + 1"
        f" or ({_of_each('ml_window_outcomes', window=True)} == 0) + 1"
        f" or {_of_each('ml_predictions_total')} * 0"
    )


def _sections(monitoring: Monitoring) -> Sequence[Section]:
    shown = headlines(monitoring)
    return [
        Section(
            "Is any model in trouble?",
            [Strip(3, [(tile, 8) for tile in _tiles()]), Strip(9, [(_models(monitoring), 24)])],
        ),
        Section("Since when?", [Strip(8, [(_states(), 12), (_alerts(), 12)])]),
        Section("How good are they?", [Strip(8, [(_headline(metric), 24 // len(shown)) for metric in shown])]),
        Section("Are they used, and judged?", [Strip(8, [(_used(), 8), (_labelled(), 8), (_changed(), 8)])]),
    ]


def _tiles() -> list[Any]:
    bad = thresholds((None, GOOD), (1, BAD))
    doubtful = thresholds((None, GOOD), (1, DOUBTFUL))
    return [
        _count(
            "Versions watched",
            "Versions of models that events have come of.",
            f"count({_of_each('ml_predictions_total')})",
        ),
        _count(
            "Degraded",
            "Versions with a metric that is worse than its own baseline, beyond chance. This is what pages.",
            f"sum({_of_each('ml_degraded')})",
            bad,
            "No baseline yet",
        ),
        _count(
            "Objectives missed",
            "Objectives whose whole 95 % interval lies beyond them, on enough outcomes.",
            f"sum({state('ml_objective_breached', f'{EACH}, metric', MODELS)})",
            doubtful,
            "None set",
        ),
        _count(
            "Without labels",
            "Versions of which no label came in the window: nobody knows whether they are right.",
            f"sum({_of_each('ml_window_outcomes', window=True)} == bool 0)",
            doubtful,
        ),
        _count(
            "Features that drift",
            "Features whose change against the baseline is large and no chance, over all versions.",
            f"sum({state('ml_feature_drifted', f'{EACH}, feature', MODELS_WINDOWED)})",
            doubtful,
            "None watched",
        ),
        _count(
            "Alerts firing",
            "Alerts about models that fire now. Alertmanager (Alerts, above) says which are silenced or inhibited.",
            f"count({ALERTS.replace('firing|pending', 'firing')}) or vector(0)",
            bad,
        ),
    ]


def _count(title: str, description: str, expression: str, colours: Any = None, no_value: str = "No data") -> Any:
    return panels.number(
        title, description, Query(expression, instant=True), "none", decimals=0, no_value=no_value, colours=colours
    )


def _models(monitoring: Monitoring) -> Any:
    leads = {"model_name": "Model", "model_version": "Version"}
    links = [down(kind.title, kind.uid, **leads) for kind in _DOWN if kind.fits(monitoring)]
    failed = f'sum by ({EACH}) (ml_window_requests{{{MODELS_WINDOWED},status!="success"}})'
    requests = f"sum by ({EACH}) (ml_window_requests{{{MODELS_WINDOWED}}})"
    now = f"time() - {_of_each('ml_last_label_timestamp_seconds')}"
    return panels.rows(
        "Models, those in trouble first",
        "The worst that is known of each version. Click a model: its dashboards open on it, with the same time.",
        [
            Column("Model", label="model_name", links=links, width=170),
            Column("Version", label="model_version", width=100),
            Column("State", _state(), words=_WORDS, width=140),
            Column("Degraded", f"sum by ({EACH}) ({state('ml_degraded', f'{EACH}, metric', MODELS)})", decimals=0),
            Column(
                "Missed", f"sum by ({EACH}) ({state('ml_objective_breached', f'{EACH}, metric', MODELS)})", decimals=0
            ),
            Column(
                "Drifted",
                f"sum by ({EACH}) ({state('ml_feature_drifted', f'{EACH}, feature', MODELS_WINDOWED)})",
                decimals=0,
            ),
            Column("Outcomes", _of_each("ml_window_outcomes", window=True), unit="locale", decimals=0),
            Column("Labelled", _of_each("ml_label_coverage_ratio", window=True), unit="percentunit", decimals=0),
            Column("Newest label", now, unit="s", decimals=0),
            Column("Requests", requests, unit="locale", decimals=0),
            Column("Failed", f"({failed} or {requests} * 0) / ({requests} > 0)", unit="percentunit", decimals=1),
            Column("p95", _of_each("ml_prediction_latency_quantile_seconds", window=True, quantile="0.95"), unit="s"),
        ],
        keys=2,
        unit="none",
        decimals=2,
        sort_by="State",
        descending=True,
        no_value="-",
    )


def _states() -> Any:
    return panels.timeline(
        "State over time",
        "The worst that was known of each version at each time. A gap: the exporter could not be scraped.",
        Query(_state(), "{{model_name}} {{model_version}}"),
        _WORDS,
        _NO_MODELS,
    )


def _alerts() -> Any:
    about = f'label_join({ALERTS}, "about", "", "metric", "feed")'
    return panels.listing(
        "Alerts about models",
        "Alerts that fire, or will unless their cause ends soon.",
        f"max by (model_name, alertname, about, severity, alertstate) ({about})",
        [
            Column(
                "State",
                label="alertstate",
                width=75,
                words={"firing": ("firing", BAD), "pending": ("pending", DOUBTFUL)},
            ),
            Column("Model", label="model_name"),
            Column("Alert", label="alertname"),
            Column("About", label="about"),
            Column("Severity", label="severity", width=85),
        ],
        no_value="No alert fires or is about to",
    )


def _headline(metric: Metric) -> Any:
    return panels.lines(
        f"{metric.title} of each model",
        f"{metric.family.help} It stands for the models of its task; only models of the same use can be compared.",
        [Query(_of_each(metric.family.name, window=True, **metric.fixed_labels), "{{model_name}} {{model_version}}")],
        "none",
        no_value=panels.NO_OUTCOMES,
    )


def _used() -> Any:
    return panels.lines(
        "Predictions",
        "How much each version is asked. A line that falls to nothing: nobody uses it any more, or events are lost.",
        [Query(f"60 * {rate('ml_predictions_total', EACH, MODELS)}", "{{model_name}} {{model_version}}")],
        _PER_MINUTE,
        no_value=_NO_MODELS,
        from_zero=True,
    )


def _labelled() -> Any:
    return panels.lines(
        "Labels: coverage",
        "Of the predictions made in the window, the share that has its label by now. It falls when labels stop.",
        [Query(_of_each("ml_label_coverage_ratio", window=True), "{{model_name}} {{model_version}}")],
        "percentunit",
        no_value="No predictions in this window",
        from_zero=True,
    ).max(1)


def _changed() -> Any:
    return panels.lines(
        "How unusual each model is",
        "The anomaly score of the last hour, over all judged metrics and volumes: above 1 (the dashed line) is more"
        " than a healthy model shows. It describes, and pages nobody.",
        [
            Query(_of_each("ml_anomaly_score"), "{{model_name}} {{model_version}}"),
            Query(f"max({_of_each('ml_anomaly_score')}) * 0 + 1", "Unusual", dashed=True),
        ],
        "none",
        no_value="No baseline yet: it is learnt from the first hours",
        from_zero=True,
    )


DASHBOARD = DashboardKind(
    "fleet-overview",
    1,
    "Fleet overview",
    "everybody: start here",
    "Is any model in trouble, which one, and since when?",
    of_models,
    _sections,
    span="24h",
)
