"""Slack messages as the bundle's template makes them."""

from typing import Any

from ml_exporter.demo.slack import Message

BREACH: dict[str, Any] = {
    "channel": "#ml-alerts",
    "attachments": [
        {
            "title": "ML alert: flight_delay 2013-04: accuracy misses its objective",
            "text": (
                "accuracy is 0.771 on 2,000 outcomes &amp; should be &gt;= 0.84.\n"
                "<http://grafana/d/ml?var-model_name=flight_delay&var-window=1m|Dashboard>"
                " · <http://runbooks/MLObjectiveBreached.md|Runbook>"
                " · <http://prometheus/graph?g0.expr=x&g0.tab=1|Query>"
                " · <http://alertmanager/#/silences/new|Silence>"
            ),
            "fields": [
                {"title": "Severity", "value": "critical", "short": True},
                {"title": "Metric", "value": "accuracy", "short": True},
                {"title": "Current value", "value": "0.771 (95 % interval 0.755 to 0.786)", "short": True},
                {"title": "Threshold", "value": "at least 0.84", "short": True},
                {"title": "Model", "value": "flight_delay", "short": True},
            ],
        }
    ],
}


def breach(received: float = 0.0) -> Message:
    """Return the message that the demo waits for."""
    return Message(received, BREACH)


def other(title: str, received: float = 0.0) -> Message:
    """Return a message about something else."""
    return Message(received, {"attachments": [{"title": title, "text": "It stands still."}]})
