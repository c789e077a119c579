"""docs/alerts.md: every alert that the bundle has."""

from docs_pages.markdown import cell
from ml_exporter.bundle.alerts import AlertGroup, alert_groups

NAME = "alerts.md"
_EXAMPLE = """```yaml
alerting:
  alerts:
    MLErrorRateHigh: {severity: critical, threshold: 0.02}
    MLPredictionDrifted: {enabled: false}
```
"""


def make() -> str:
    """Return the page."""
    parts = [
        "# Alerts\n\n",
        "`ml-exporter bundle` writes them into `prometheus/rules/`, one file a topic, each with unit tests for promtool"
        " in `prometheus/tests/`: cases in which it fires, and in which it does not. How long a condition must hold,"
        " and who is told, is configured in [`alerting`](configuration.md#alerting). The runbook says what to do.\n\n",
        "Severity and threshold of each can be changed, and each can be switched off: under `alerting.alerts` for all"
        " models, under `alerts` of a model for that one.\n\n",
        f"{_EXAMPLE}\n",
        "Rules of your own stand under `alerting.rules`: their alerts are tested likewise, and"
        " [this page](runbooks/README.md) speaks of them. What rules have in common is recorded:"
        " [recording rules](recordings.md).\n\n",
        "| Alert | It fires when | Threshold | Runbook |\n| --- | --- | --- | --- |\n",
    ]
    for group in alert_groups():
        parts += [
            f"| `{name}` | {cell(meaning)} | {_threshold(group, name)} | [what to do](runbooks/{name}.md) |\n"
            for name, meaning in group.meaning.items()
        ]
    return "".join(parts)


def _threshold(group: AlertGroup, name: str) -> str:
    return f"{group.thresholds[name]:g}" if name in group.thresholds else ""
