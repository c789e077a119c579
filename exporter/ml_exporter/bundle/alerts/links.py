"""Where an alert's links lead."""

from urllib.parse import quote

from ml_exporter.config import Monitoring

_QUALITY = {"regression": "ml-regression-quality", "ranking": "ml-ranking-quality"}
"""Task to the uid of the dashboard of its models' quality, where it is not that of classifiers."""

_QUALITY_OF_CLASSIFIERS = "ml-model-quality"
_OVERVIEW = "ml-fleet-overview"
SERVING = "ml-serving"
"""The uid of the dashboard of services, hosts and GPUs."""

MONITORING_ITSELF = "ml-monitoring-itself"
"""The uid of the dashboard of what watches the models."""

DEGRADATION = "ml-degradation"
"""The uid of the dashboard of what is worse than its baseline."""


def runbook(monitoring: Monitoring, alert: str) -> str:
    """Return the address of an alert's runbook."""
    return f"{monitoring.alerting.links.runbooks.rstrip('/')}/{alert}.md"


def own_rules_page(monitoring: Monitoring) -> str:
    """Return the address of the page that speaks of all runbooks, and of alerts that have none of their own."""
    return runbook(monitoring, "README")


def dashboard_of_all(monitoring: Monitoring, uid: str) -> str:
    """Return the address of a dashboard of no model."""
    return f"{monitoring.alerting.links.grafana.rstrip('/')}/d/{uid}"


def dashboard(monitoring: Monitoring, model: str, *, uid: str | None = None, **variables: str) -> str:
    """Return the address of the model's dashboard, its variables filled in.

    Args:
        monitoring: the configuration.
        model: the model's name; empty where a template with one follows: the overview suits every model.
        uid: of the dashboard; by default that of the quality of its task's models.
        variables: values of further variables; a template may stand there.
    """
    quality = _QUALITY.get(monitoring.model(model).task, _QUALITY_OF_CLASSIFIERS) if model else _OVERVIEW
    address = f"{monitoring.alerting.links.grafana.rstrip('/')}/d/{uid or quality}"
    filled = "".join(f"&var-{name}={value}" for name, value in variables.items())
    return f"{address}?var-model_name={quote(model, safe='')}{filled}"
