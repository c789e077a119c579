"""What every dashboard has around its panels: links, variables, marks, time."""

from typing import Any
from urllib.parse import quote

from ml_exporter.bundle.dashboards.definition import DashboardKind
from ml_exporter.bundle.dashboards.layout import place
from ml_exporter.bundle.dashboards.sdk import dashboard, dashboard_models
from ml_exporter.bundle.dashboards.variables import marks
from ml_exporter.config import Monitoring

TAG = "ml-exporter"
"""The tag by which dashboards find each other."""


def build(kind: DashboardKind, monitoring: Monitoring) -> Any:
    """Return a dashboard, built."""
    board = (
        dashboard.Dashboard(kind.title)
        .uid(kind.uid)
        .description(kind.question)
        .tags([TAG])
        .readonly()
        .time(f"now-{kind.span}", "now")
        .refresh(str(max(monitoring.prometheus.scrape_interval, monitoring.tick)))
        .timezone("browser")
        .tooltip(dashboard_models.DashboardCursorSync.CROSSHAIR)
    )
    variables = kind.variables(monitoring)
    names = {variable.build().name for variable in variables}
    for link in _links(monitoring, names):
        board.link(link)
    for variable in variables:
        board.with_variable(variable)
    for mark in marks(names):
        board.annotation(mark)
    place(board, kind.sections(monitoring))
    return board.build()


def _links(monitoring: Monitoring, variables: set[str]) -> list[Any]:
    """Return links to the other dashboards, which keep variables and time, and to what stands elsewhere."""
    links = monitoring.alerting.links
    alerts = f"{links.alertmanager.rstrip('/')}/#/alerts"
    if "model_name" in variables:
        matcher = f"{quote('{model_name=~')}%22${{model_name:percentencode}}%22{quote('}')}"
        alerts = f"{alerts}?filter={matcher}"

    def elsewhere(title: str, icon: str, url: str) -> Any:
        kind = dashboard_models.DashboardLinkType.LINK
        return dashboard.DashboardLink(title).type(kind).icon(icon).url(url).target_blank(True)

    return [
        dashboard.DashboardLink("ML dashboards")
        .type(dashboard_models.DashboardLinkType.DASHBOARDS)
        .tags([TAG])
        .as_dropdown(True)
        .include_vars(True)
        .keep_time(True),
        elsewhere("Alerts", "bell", alerts),
        elsewhere("Runbooks", "doc", links.runbooks),
    ]
