"""The dashboard of one model: is it right, since when not, and where does it go wrong?"""

from typing import Any
from urllib.parse import quote

from ml_exporter.bundle.alerts.links import MODEL_QUALITY
from ml_exporter.bundle.dashboards import DashboardKind
from ml_exporter.bundle.dashboards.layout import place
from ml_exporter.bundle.dashboards.model_quality.history import history_section
from ml_exporter.bundle.dashboards.model_quality.mistakes import SLICED_BY, mistakes_section
from ml_exporter.bundle.dashboards.model_quality.serving import serving_section
from ml_exporter.bundle.dashboards.model_quality.trust import trust_section
from ml_exporter.bundle.dashboards.model_quality.verdict import verdict_section
from ml_exporter.bundle.dashboards.sdk import dashboard, dashboard_models
from ml_exporter.bundle.dashboards.variables import marks, of_one_version
from ml_exporter.config import Monitoring


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
    )
    for link in _links(monitoring):
        board.link(link)
    for variable in (*of_one_version(monitoring), SLICED_BY):
        board.with_variable(variable)
    for mark in marks():
        board.annotation(mark)
    place(
        board,
        [
            verdict_section(monitoring),
            history_section(monitoring),
            mistakes_section(),
            trust_section(),
            serving_section(),
        ],
    )
    return board.build()


def _links(monitoring: Monitoring) -> list[Any]:
    links = monitoring.alerting.links
    matcher = f"{quote('{model_name=')}%22${{model_name:percentencode}}%22{quote('}')}"

    def elsewhere(title: str, icon: str, url: str) -> Any:
        kind = dashboard_models.DashboardLinkType.LINK
        return dashboard.DashboardLink(title).type(kind).icon(icon).url(url).target_blank(True)

    return [
        dashboard.DashboardLink("ML dashboards")
        .type(dashboard_models.DashboardLinkType.DASHBOARDS)
        .tags(["ml-exporter"])
        .as_dropdown(True)
        .include_vars(True)
        .keep_time(True),
        elsewhere("Alerts", "bell", f"{links.alertmanager.rstrip('/')}/#/alerts?filter={matcher}"),
        elsewhere("Runbooks", "doc", links.runbooks),
    ]


DASHBOARD = DashboardKind("model-quality", _build)
