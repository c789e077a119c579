"""The variables that dashboards share, and the marks on their time axes."""

from typing import Any

from ml_exporter.bundle.dashboards import panels
from ml_exporter.bundle.dashboards.queries import ALERTS
from ml_exporter.bundle.dashboards.sdk import dashboard, dashboard_models
from ml_exporter.config import Monitoring

_EVERYTHING = ".+"
_OF_MODEL = 'ml_predictions_total{job=~"$job",model_name=~"$model_name"}'


def of_one_version(monitoring: Monitoring) -> list[Any]:
    """Return the variables of a dashboard that shows one version of a model in one window."""
    shortest = str(min(monitoring.windows))
    return [
        dashboard.DatasourceVariable("datasource").label("Data source").type("prometheus"),
        _several("job", "Job", "label_values(ml_exporter_build_info, job)"),
        _several("instance", "Instance", 'label_values(ml_exporter_build_info{job=~"$job"}, instance)'),
        _values("model_name", "Model", 'label_values(ml_predictions_total{job=~"$job"}, model_name)'),
        _values("model_version", "Version", f"label_values({_OF_MODEL}, model_version)").sort(
            dashboard_models.VariableSort.NATURAL_DESC
        ),
        _values("window", "Window", 'label_values(ml_window_outcomes{job=~"$job"}, window)').current(
            dashboard_models.VariableOption(text=shortest, value=shortest)
        ),
    ]


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


def marks() -> list[Any]:
    """Return what is marked on the time axis: alerts that fire, and versions that were not there before."""
    versions = f"max by (model_version) ({_OF_MODEL})"
    before = f"max by (model_version) (last_over_time({_OF_MODEL}[1d] offset 10m))"
    return [
        _mark(
            "Alerts",
            panels.BAD,
            ALERTS.replace("firing|pending", "firing"),
            "{{alertname}}",
            "{{metric}}{{feed}} {{model_version}}",
        ),
        _mark("New versions", panels.CALM, f"{versions} unless {before}", "New version", "{{model_version}}"),
    ]


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
