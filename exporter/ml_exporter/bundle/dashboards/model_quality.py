"""The dashboard of one model: is it right, since when not, and where does it go wrong?"""

from typing import Any

from ml_exporter import catalogue
from ml_exporter.bundle.alerts.links import MODEL_QUALITY
from ml_exporter.bundle.dashboards import DashboardKind, panels
from ml_exporter.bundle.dashboards.layout import Placed, Section, place
from ml_exporter.bundle.dashboards.panels import Query
from ml_exporter.bundle.dashboards.queries import (
    FEEDS,
    OVERALL,
    WINDOWED,
    gauge,
    increase,
    named,
    objective,
    state,
)
from ml_exporter.bundle.dashboards.sdk import dashboard, dashboard_models
from ml_exporter.config import Monitoring

_BANDED = ("accuracy", "precision", "recall", "f1", "auc_roc", "log_loss")
_TABLED = (*_BANDED[:-1], "auc_pr", "calibration_error", "brier_score", "log_loss")


def _build(monitoring: Monitoring) -> Any:
    board = (
        dashboard.Dashboard("Model quality")
        .uid(MODEL_QUALITY)
        .description("Is this model right, since when is it not, and where does it go wrong?")
        .tags(["ml-exporter", "quality"])
        .readonly()
        .time("now-6h", "now")
        .refresh(str(max(monitoring.prometheus.scrape_interval, monitoring.tick)))
        .timezone("browser")
        .tooltip(dashboard_models.DashboardCursorSync.CROSSHAIR)
        .link(
            dashboard.DashboardLink("ML dashboards")
            .type(dashboard_models.DashboardLinkType.DASHBOARDS)
            .tags(["ml-exporter"])
            .as_dropdown(True)
            .include_vars(True)
            .keep_time(True)
        )
    )
    for variable in _variables(monitoring):
        board.with_variable(variable)
    for annotation in _annotations():
        board.annotation(annotation)
    place(board, _sections())
    return board.build()


def _variables(monitoring: Monitoring) -> list[Any]:
    def values(name: str, label: str, query: str) -> Any:
        return (
            dashboard.QueryVariable(name)
            .label(label)
            .datasource(panels.datasource())
            .query(query)
            .definition(query)
            .refresh(dashboard_models.VariableRefresh.ON_TIME_RANGE_CHANGED)
            .sort(dashboard_models.VariableSort.NATURAL_ASC)
        )

    shortest = str(min(monitoring.windows))
    of_model = 'ml_predictions_total{job=~"$job"'
    return [
        dashboard.DatasourceVariable("datasource").label("Data source").type("prometheus"),
        values("job", "Job", "label_values(ml_exporter_build_info, job)"),
        values("instance", "Instance", 'label_values(ml_exporter_build_info{job=~"$job"}, instance)')
        .include_all(True)
        .multi(True)
        .all_value(".*")
        .current(dashboard_models.VariableOption(text="All", value="$__all")),
        values("model_name", "Model", f"label_values({of_model}}}, model_name)"),
        values("model_version", "Version", f'label_values({of_model},model_name=~"$model_name"}}, model_version)').sort(
            dashboard_models.VariableSort.NATURAL_DESC
        ),
        values("window", "Window", 'label_values(ml_window_outcomes{job=~"$job"}, window)').current(
            dashboard_models.VariableOption(text=shortest, value=shortest)
        ),
    ]


def _annotations() -> list[Any]:
    def marks(name: str, colour: str, expression: str, title: str, text: str) -> Any:
        return (
            dashboard.AnnotationQuery()
            .name(name)
            .enable(True)
            .icon_color(colour)
            .datasource(panels.datasource())
            .expr(expression)
            .title_format(title)
            .text_format(text)
        )

    return [
        marks(
            "Alerts",
            panels.BAD,
            'ALERTS{alertstate="firing",model_name=~"$model_name"}',
            "{{alertname}}",
            "{{metric}} {{model_version}}",
        ),
        marks(
            "New versions",
            panels.CALM,
            'count by (model_version) (ml_predictions_total{job=~"$job",model_name=~"$model_name"}'
            ' unless ml_predictions_total{job=~"$job",model_name=~"$model_name"} offset 10m)',
            "New version",
            "{{model_version}}",
        ),
    ]


def _sections() -> list[Section]:
    return [
        Section("Is it right?", 9, _verdict()),
        Section("Since when?", 8, [Placed(_band(metric_id), 8) for metric_id in _BANDED]),
        Section("Where does it go wrong?", 9, _mistakes()),
        Section("Can this be trusted?", 7, _labels_and_feeds()),
        Section("How does it serve?", 7, _serving()),
    ]


def _verdict() -> list[Placed]:
    breached = panels.number(
        "Objectives",
        "Whether every objective of this version is met. A breach is said only where the whole 95 % interval lies"
        " beyond the objective; it stays until the value is back.",
        Query(f"sum(max by (metric) (ml_objective_breached{{{OVERALL}}}))", instant=True),
        "none",
        decimals=0,
        no_value="None set",
        colours=panels.thresholds((None, panels.GOOD), (1, panels.BAD)),
        words={"0": ("All met", panels.GOOD)},
    )
    accuracy = panels.number(
        "Accuracy",
        "Share of the window's outcomes whose predicted class is the actual one. See its interval in the table.",
        Query(gauge("ml_accuracy_ratio"), instant=True),
        "percentunit",
        no_value="No outcomes yet",
    )
    outcomes = panels.number(
        "Outcomes",
        "How many labelled predictions the window's metrics rest on. Few of them: wide intervals.",
        Query(gauge("ml_window_outcomes"), instant=True),
        "locale",
        decimals=0,
        no_value="None yet",
    )
    coverage = panels.number(
        "Labelled",
        "Of the predictions made in the window, the share that has its label by now. A low share means that the"
        " metrics speak of a part of the predictions only.",
        Query(gauge("ml_label_coverage_ratio"), instant=True),
        "percentunit",
        decimals=0,
        no_value="No predictions",
    )
    return [
        Placed(breached, 3),
        Placed(accuracy, 3),
        Placed(outcomes, 3),
        Placed(coverage, 3),
        Placed(_table(), 12),
    ]


def _table() -> Any:
    metrics = [catalogue.metric(name) for name in _TABLED]
    bounded = [metric for metric in metrics if metric.interval is not None]
    columns = [
        named({metric.title: gauge(metric.family.name) for metric in metrics}),
        named({metric.title: gauge(metric.bound_family("lower").name) for metric in bounded}),
        named({metric.title: gauge(metric.bound_family("upper").name) for metric in bounded}),
        named({metric.title: objective(metric.id) for metric in metrics}),
    ]
    table = panels.rows(
        "Metrics with their 95 % interval",
        "Every metric of the window with its interval and objective. Where the interval spans the objective, nothing"
        " is proven yet.",
        [Query(f"max by (metric) ({column})", instant=True) for column in columns],
        "none",
        join_by="metric",
        rename={
            "metric": "Metric",
            "Value #A": "Value",
            "Value #B": "From",
            "Value #C": "To",
            "Value #D": "Objective",
        },
        order=["metric", "Value #A", "Value #B", "Value #C", "Value #D"],
        no_value="-",
    )
    return panels.width_of_column(table, "Metric", 150)


def _band(metric_id: str) -> Any:
    metric = catalogue.metric(metric_id)
    ratio = metric_id not in {"auc_roc", "log_loss"}
    return panels.band(
        metric.title,
        f"{metric.family.help} The band is the 95 % interval; the dashed line is the objective, if there is one.",
        gauge(metric.family.name),
        gauge(metric.bound_family("lower").name),
        gauge(metric.bound_family("upper").name),
        objective(metric.id),
        "percentunit" if ratio else "none",
    )


def _mistakes() -> list[Placed]:
    confusion = panels.matrix(
        "Actual (down) and predicted (across)",
        "Outcomes of the window by actual and predicted class: off the diagonal are the mistakes.",
        Query(f"sum by (actual, predicted) (ml_confusion_outcomes{{{WINDOWED}}})", instant=True),
        "actual",
        "predicted",
        "locale",
    )
    slice_name = 'label_join({expression}, "slice", " = ", "segment_key", "segment_value")'

    def by_slice(family: str) -> Query:
        expression = gauge(family, by="segment_key, segment_value")
        return Query(f"max by (slice) ({slice_name.format(expression=expression)})", instant=True)

    slices = panels.rows(
        "Accuracy by slice, worst first",
        "A fall that stands in one slice points to its cause; a fall everywhere points to the model or its input.",
        [
            by_slice(family)
            for family in (
                "ml_segment_accuracy_ratio",
                "ml_segment_accuracy_lower_bound_ratio",
                "ml_segment_accuracy_upper_bound_ratio",
                "ml_segment_window_outcomes",
            )
        ],
        "percentunit",
        join_by="slice",
        decimals=1,
        rename={
            "slice": "Slice",
            "Value #A": "Accuracy",
            "Value #B": "From",
            "Value #C": "To",
            "Value #D": "Outcomes",
        },
        order=["slice", "Value #A", "Value #B", "Value #C", "Value #D"],
        sort_by="Accuracy",
        no_value="No slices with outcomes",
    )
    panels.unit_of_column(slices, "Outcomes", "locale")
    over_time = panels.lines(
        "Accuracy by slice over time",
        "The same over time: which slice fell, and when.",
        [Query(gauge("ml_segment_accuracy_ratio", by="segment_key, segment_value"), "{{segment_value}}")],
        "percentunit",
        no_value="No slices with outcomes",
    )
    return [Placed(confusion, 6), Placed(slices, 10), Placed(over_time, 8)]


def _labels_and_feeds() -> list[Placed]:
    coverage = panels.lines(
        "Labels: coverage",
        "Of the predictions made in the window, the share that has its label by now. It falls when labels stop.",
        [Query(gauge("ml_label_coverage_ratio"), "Labelled")],
        "percentunit",
        from_zero=True,
    )
    quantile = "histogram_quantile({q}, {rates})"
    rates = increase("ml_label_delay_seconds_bucket", "le", OVERALL)
    delay = panels.lines(
        "Labels: delay",
        "How long labels take to follow their predictions.",
        [Query(quantile.format(q=q, rates=rates), name) for q, name in ((0.5, "Median"), (0.95, "95 %"))],
        "s",
        from_zero=True,
    )
    waiting = panels.lines(
        "Waiting for labels",
        "Predictions that no label has reached yet, and labels that wait for their prediction. Both growing: ids that"
        " do not fit together.",
        [
            Query(state("ml_pending_predictions"), "Predictions"),
            Query(state("ml_exporter_unmatched_labels", "job", FEEDS), "Labels"),
        ],
        "short",
        from_zero=True,
    )
    age = panels.lines(
        "Feeds: age of the newest event",
        "How old the newest event of each feed is: a line that climbs steadily is a feed that stands still.",
        [
            Query(
                f"time() - {state('ml_exporter_feed_last_event_timestamp_seconds', 'feed', FEEDS)} < 1e9",
                "{{feed}}",
            )
        ],
        "s",
        from_zero=True,
    )
    rejected = panels.lines(
        "Feeds: events rejected",
        "Events per second that could not be used, by reason: the dead-letter file shows each with what is wrong.",
        [Query(increase("ml_exporter_feed_rejected_total", "feed, reason", FEEDS), "{{feed}}: {{reason}}")],
        "cps",
        no_value="No event has been rejected",
        from_zero=True,
    )
    return [Placed(coverage, 5), Placed(delay, 5), Placed(waiting, 5), Placed(age, 5), Placed(rejected, 4)]


def _serving() -> list[Placed]:
    latency = panels.lines(
        "Latency",
        "Quantiles of the requests' latency in the window; it waits for no label.",
        [Query(gauge("ml_prediction_latency_quantile_seconds", by="quantile"), "quantile {{quantile}}")],
        "s",
        no_value="Events bring no latency_seconds",
        from_zero=True,
    )
    requests = panels.lines(
        "Requests in the window",
        "Requests by status, failed ones too.",
        [
            Query(f"sum by (status) (ml_window_requests{{{WINDOWED}}})", "{{status}}"),
            Query(gauge("ml_window_slow_requests"), "slower than the objective"),
        ],
        "short",
        from_zero=True,
    )
    return [Placed(latency, 12), Placed(requests, 12)]


DASHBOARD = DashboardKind("model-quality", _build)
