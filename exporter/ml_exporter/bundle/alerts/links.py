"""Where an alert's links lead."""

from urllib.parse import quote

from ml_exporter.config import Monitoring

MODEL_QUALITY = "ml-model-quality"
"""The uid of the dashboard of a model's quality."""


def runbook(monitoring: Monitoring, alert: str) -> str:
    """Return the address of an alert's runbook."""
    return f"{monitoring.alerting.links.runbooks.rstrip('/')}/{alert}.md"


def dashboard(monitoring: Monitoring, model: str, **variables: str) -> str:
    """Return the address of the model's dashboard, its variables filled in.

    Args:
        monitoring: the configuration.
        model: the model's name.
        variables: values of further variables; a template may stand there.
    """
    address = f"{monitoring.alerting.links.grafana.rstrip('/')}/d/{MODEL_QUALITY}"
    filled = "".join(f"&var-{name}={value}" for name, value in variables.items())
    return f"{address}?var-model_name={quote(model, safe='')}{filled}"
