"""The variables that dashboards share, and the marks on their time axes."""

from collections.abc import Sequence
from typing import Any

from ml_exporter.bundle.dashboards import panels
from ml_exporter.bundle.dashboards.queries import ALERTS, FEEDS, MODELS, OVERALL
from ml_exporter.bundle.dashboards.sdk import dashboard, dashboard_models
from ml_exporter.config import Monitoring

_EVERYTHING = ".+"
_OF_MODEL = f"ml_predictions_total{{{MODELS}}}"


def of_exporters(_monitoring: Monitoring) -> list[Any]:
    """Return the variables of a dashboard that shows exporters."""
    return [
        dashboard.DatasourceVariable("datasource").label("Data source").type("prometheus"),
        _several("job", "Job", "label_values(ml_exporter_build_info, job)"),
        _several("instance", "Instance", 'label_values(ml_exporter_build_info{job=~"$job"}, instance)'),
    ]


def of_models(monitoring: Monitoring) -> list[Any]:
    """Return the variables of a dashboard that shows many models side by side."""
    models = f"label_values(ml_predictions_total{{{FEEDS}}}, model_name)"
    return [*of_exporters(monitoring), _several("model_name", "Models", models), _window(monitoring)]


def of_one_version(monitoring: Monitoring, shown_by: str = "ml_predictions_total") -> list[Any]:
    """Return the variables of a dashboard that shows one version of a model in one window.

    Args:
        monitoring: the configuration.
        shown_by: a family that every model has which the dashboard is for.
    """
    return [
        *of_exporters(monitoring),
        _values("model_name", "Model", f"label_values({shown_by}{{{FEEDS}}}, model_name)"),
        _version("model_version", "Version"),
        _window(monitoring),
    ]


def of_two_versions(monitoring: Monitoring) -> list[Any]:
    """Return the variables of a dashboard that compares two versions of a model."""
    *before, window = of_one_version(monitoring)
    other = _version("other_version", "Compared with").sort(dashboard_models.VariableSort.NATURAL_ASC)
    return [*before, other, window]


def segment_key() -> Any:
    """Return the variable that chooses by what the slices are cut."""
    return _values("segment_key", "Sliced by", f"label_values(ml_segment_window_outcomes{{{OVERALL}}}, segment_key)")


def features() -> Any:
    """Return the variable that chooses features."""
    return _several("feature", "Features", f"label_values(ml_feature_null_ratio{{{OVERALL}}}, feature)")


def judged_metrics() -> Any:
    """Return the variable that chooses the metrics that are judged against a baseline."""
    return _several("metric", "Metrics", f"label_values(ml_baseline_ready{{{OVERALL}}}, metric)")


def _version(name: str, label: str) -> Any:
    return _values(name, label, f"label_values({_OF_MODEL}, model_version)").sort(
        dashboard_models.VariableSort.NATURAL_DESC
    )


def _window(monitoring: Monitoring) -> Any:
    shortest = str(min(monitoring.windows))
    return _values("window", "Window", f"label_values(ml_window_requests{{{FEEDS}}}, window)").current(
        dashboard_models.VariableOption(text=shortest, value=shortest)
    )


def _values(name: str, label: str, query: str) -> Any:
    return (
        dashboard.QueryVariable(name)
        .label(label)
        .datasource(panels.datasource())
        .query(query)
        .definition(query)
        .refresh(dashboard_models.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(dashboard_models.VariableSort.NATURAL_ASC)
    )


def _several(name: str, label: str, query: str) -> Any:
    everything = dashboard_models.VariableOption(text="All", value="$__all")
    return _values(name, label, query).include_all(True).multi(True).all_value(_EVERYTHING).current(everything)


def choice(name: str, label: str, options: dict[str, str]) -> Any:
    """Return a variable with fixed values; the first one is chosen.

    Args:
        name: of the variable.
        label: what it is called on the dashboard.
        options: value to the text that stands for it.
    """
    listed = [
        dashboard_models.VariableOption(text=text, value=value, selected=index == 0)
        for index, (value, text) in enumerate(options.items())
    ]
    query = ", ".join(f"{text} : {value}" for value, text in options.items())
    return dashboard.CustomVariable(name).label(label).values(query).options(listed).current(listed[0])


def marks(variables: set[str]) -> Sequence[Any]:
    """Return what is marked on the time axis: alerts that fire, and versions that were not there before.

    Args:
        variables: the names of those that the dashboard has.
    """
    firing = ALERTS if "model_name" in variables else 'ALERTS{job=~"$job|",alertstate=~"firing|pending"}'
    alerts = _mark(
        "Alerts",
        panels.BAD,
        firing.replace("firing|pending", "firing"),
        "{{alertname}}",
        "{{model_name}} {{metric}}{{feed}} {{model_version}}",
    )
    if "model_name" not in variables:
        return [alerts]
    versions = f"max by (model_name, model_version) ({_OF_MODEL})"
    before = f"max by (model_name, model_version) (last_over_time({_OF_MODEL}[1d] offset 10m))"
    new = _mark(
        "New versions",
        panels.CALM,
        f"{versions} unless {before}",
        "New version",
        "{{model_name}} {{model_version}}",
    )
    return [alerts, new]


def _mark(name: str, colour: str, expression: str, title: str, text: str) -> Any:
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
