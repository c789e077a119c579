"""docs/alerts.md: every alert that the bundle has."""

from docs_pages.markdown import cell
from ml_exporter.bundle.alerts import alert_groups

NAME = "alerts.md"


def make() -> str:
    """Return the page."""
    parts = [
        "# Alerts\n\n",
        "`ml-exporter bundle` writes them into `prometheus/rules/`, one file a topic, each with unit tests for promtool"
        " in `prometheus/tests/`: cases in which it fires, and in which it does not. How long a condition must hold,"
        " and who is told, is configured in [`alerting`](configuration.md#alerting). The runbook says what to do.\n\n",
        "| Alert | It fires when | Runbook |\n| --- | --- | --- |\n",
    ]
    for group in alert_groups():
        parts += [
            f"| `{name}` | {cell(meaning)} | [what to do](runbooks/{name}.md) |\n"
            for name, meaning in group.meaning.items()
        ]
    return "".join(parts)
