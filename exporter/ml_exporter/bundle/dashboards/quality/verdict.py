"""Is it right?"""

from typing import Any

from ml_exporter.bundle.dashboards import panels
from ml_exporter.bundle.dashboards.layout import Section, Strip
from ml_exporter.bundle.dashboards.panels import BAD, DOUBTFUL, FAINT, GOOD, Column, Query
from ml_exporter.bundle.dashboards.panels.common import Words, thresholds
from ml_exporter.bundle.dashboards.quality.metrics import Shown, heading
from ml_exporter.bundle.dashboards.queries import (
    ALERTS,
    OVERALL,
    by_metric,
    gauge,
    metric_bound,
    metric_value,
    state,
    verdicts,
)
from ml_exporter.config import Monitoring

WORDS: Words = {0: ("Met", GOOD), 1: ("Missed", BAD), 2: ("Not known", DOUBTFUL)}
"""What is said of an objective."""

NO_OBJECTIVES = "No objectives are set for this model"
_FEW_OUTCOMES = 100
"""The outcomes below which an objective is not judged, unless it says otherwise."""


def verdict_section(shown: Shown, monitoring: Monitoring) -> Section:
    """Return the section: objectives, every metric with its interval, and the alerts."""
    return Section(
        "Is it right?",
        [
            Strip(4, [(_objectives(shown, monitoring), 12), (_outcomes(), 4), (_labelled(), 4), (_newest_label(), 4)]),
            Strip(10, [(_metrics(shown, monitoring), 15), (_alerts(), 9)]),
        ],
    )


def _objectives(shown: Shown, monitoring: Monitoring) -> Any:
    return panels.tiles(
        "Objectives",
        "What is said of each objective of this version. It is missed once the whole 95 % interval lies beyond it, on"
        " enough outcomes, and until the value is back; each is judged on the window that monitoring.yml gives it."
        " Not known: the metric has no value in this window.",
        Query(verdicts(shown.tabled(monitoring)), "{{metric}}", instant=True),
        WORDS,
        NO_OBJECTIVES,
    )


def _outcomes() -> Any:
    return panels.number(
        "Outcomes",
        "How many labelled predictions the window's metrics rest on. Few of them: wide intervals.",
        Query(gauge("ml_window_outcomes"), instant=True),
        "locale",
        decimals=0,
        no_value="None yet",
        colours=thresholds((None, DOUBTFUL), (_FEW_OUTCOMES, FAINT)),
    )


def _labelled() -> Any:
    return panels.number(
        "Labelled",
        "Of the predictions made in the window, the share that has its label by now. The rest may turn out otherwise:"
        " a low share means that the metrics speak of a part of the predictions only.",
        Query(gauge("ml_label_coverage_ratio"), instant=True),
        "percentunit",
        decimals=0,
        no_value="No predictions",
    )


def _newest_label() -> Any:
    return panels.number(
        "Newest label",
        "How long ago the newest label was given, by its own clock. What is shown is no newer than that.",
        Query(f"time() - max by (model_version) (ml_last_label_timestamp_seconds{{{OVERALL}}})", instant=True),
        "s",
        no_value="None yet",
    )


def _metrics(shown: Shown, monitoring: Monitoring) -> Any:
    tabled = shown.tabled(monitoring)
    names: Words = {metric.id: (heading(metric), None) for metric in tabled}
    bounded = [metric for metric in tabled if metric.interval is not None]
    return panels.rows(
        "Metrics, with their 95 % interval",
        "Every metric of the window with its interval, and its objective, if it has one. Where the objective lies"
        " within the interval, nothing is proven yet.",
        [
            Column("Metric", label="metric", words=names, width=230),
            Column("Value", by_metric({metric.id: metric_value(metric) for metric in tabled})),
            Column("From", by_metric({metric.id: metric_bound(metric, "lower") for metric in bounded})),
            Column("To", by_metric({metric.id: metric_bound(metric, "upper") for metric in bounded})),
            Column("Objective", state("ml_objective", "metric")),
            Column("Verdict", verdicts(tabled), words=WORDS),
        ],
        unit="none",
        decimals=4,
        sort_by="Verdict",
        descending=True,
        no_value="-",
    )


def _alerts() -> Any:
    return panels.listing(
        "Alerts about this model",
        "Alerts that fire, or will unless their cause ends soon. Alertmanager (Alerts, above) says which of them are"
        " silenced or inhibited.",
        f'max by (alertname, about, severity, alertstate) (label_join({ALERTS}, "about", "", "metric", "feed"))',
        [
            Column(
                "State",
                label="alertstate",
                width=75,
                words={"firing": ("firing", BAD), "pending": ("pending", DOUBTFUL)},
            ),
            Column("Alert", label="alertname"),
            Column("About", label="about"),
            Column("Severity", label="severity", width=85),
        ],
        no_value="No alert fires or is about to",
    )
