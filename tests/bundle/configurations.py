"""The configurations that bundles are made for here: the two examples, a fleet, and one that means harm."""

from pathlib import Path
from typing import Any

import yaml

from ml_exporter import catalogue
from ml_exporter.config import Monitoring
from ml_exporter.events import tasks
from ml_exporter.pipeline import plug_in_kinds
from tests.bundle.fleet import CONFIGURATION

EXAMPLES = Path(__file__).parents[2] / "examples"
"""The folder of the examples."""

HARMFUL = "\"}{{ .x }}<script>\\ \n\t'`%s %q $value & <!channel> é𝄞\u2028 a/b?c=d#e"
"""A model's name that closes strings, templates and markup, breaks lines, and holds what no file format likes."""

HARMFUL_TOO = '{{ template "x" }} || vector(1) # $labels.model_version'
"""Another one, which would be PromQL."""

_NEEDED = {"multiclass": {"classes": ["a", "b", HARMFUL]}}
"""What a task cannot do without."""

_OWN_RULES = {
    "gt": "prediction_latency_p99",
    "lt": "accuracy",
    "gte": "error_rate",
    "lte": "ml_label_coverage_ratio",
    "eq": "r2",
}
"""Operators, and the metrics that they are tried on."""

_SERVED = {"process": {"port": 8080}}

_SEVERITIES = ("critical", "warning", "info")


def written(folder: Path, name: str) -> Path:
    """Write the configuration of that name into a folder, with the secret that it names; return its file."""
    (folder / "secrets").mkdir()
    (folder / "secrets" / "slack-url").write_text("http://127.0.0.1:9/not-used", encoding="utf-8")
    file = folder / "monitoring.yml"
    file.write_text(_text(name), encoding="utf-8")
    return file


def _text(name: str) -> str:
    if name == "hostile":
        return yaml.safe_dump(_hostile(), allow_unicode=True)
    if name == "routed":
        return yaml.safe_dump(_routed())
    if name == "fleet":
        return yaml.safe_dump(dict(CONFIGURATION))
    return (EXAMPLES / f"{name}.yml").read_text(encoding="utf-8")


def fleet() -> Monitoring:
    """Return the configuration of the fleet."""
    return Monitoring.model_validate(dict(CONFIGURATION), context=vars(plug_in_kinds()))


def _hostile() -> dict[str, Any]:
    """Return a configuration with an objective for every metric of every task, in all severities."""
    models = [_model(task, f"{HARMFUL} {task}") for task in tasks()]
    models.append(
        {
            "name": HARMFUL_TOO,
            "task": "binary",
            "segments": [HARMFUL],
            "features": [HARMFUL, {"name": "amount", "range": [0, 1]}],
            **_SERVED,
        }
    )
    return {
        "models": models,
        "feeds": [
            {"name": "Feed_1.a-b", "kind": "file", "path": "feed/*.jsonl", "events": "predictions"},
            {
                "name": "labels",
                "kind": "file",
                "path": "feed/l-*.jsonl",
                "events": "labels",
                "models": [HARMFUL_TOO],
                "stalled_after": "1d12h",
            },
        ],
        "windows": ["90m", "12h", "7d"],
        "alerting": {
            "rules": [
                {"name": f"own-{sign}", "metric": metric, "operator": sign, "threshold": 0.25, "description": HARMFUL}
                for sign, metric in _OWN_RULES.items()
            ],
            "alerts": {"MLModelUnusual": {"enabled": True, "severity": "warning"}},
            "timing": {"for": "90s", "keep_firing_for": "20m", "group_wait": "100ms", "group_interval": "1s"},
            "links": {"grafana": "https://example.org/grafana/", "runbooks": "https://example.org/runbooks/"},
            "receivers": [
                {"name": name, "slack": {"url_file": "secrets/slack-url", "channel": "#ml"}} for name in ("a.b", "c-d")
            ],
            "routes": {"critical": ["a.b", "c-d"], "warning": ["c-d"], "info": ["a.b"]},
            "escalation": [{"after": "45m", "severities": ["critical", "warning"], "receivers": ["a.b"]}],
        },
    }


def _model(task: str, name: str) -> dict[str, Any]:
    able = [
        metric
        for metric in catalogue.metrics()
        if metric.direction is not None and metric.applies(task, frozenset()) and metric.clock is not None
    ]
    objectives = {
        metric.id: {"threshold": 0.123456789, "severity": _SEVERITIES[index % 3], "window": "7d"}
        for index, metric in enumerate(able)
    }
    return {"name": name, "task": task, "objectives": objectives, **_NEEDED.get(task, {})}


def _routed() -> dict[str, Any]:
    """Return a configuration with every kind of receiver, with teams, an owner, business hours and escalation."""
    objectives = {"accuracy": {"threshold": 0.9, "severity": "critical"}, "recall": 0.8}
    return {
        "models": [
            {"name": "fraud", "task": "binary", "team": "risk", "owner": "jane", "objectives": objectives},
            {"name": "churn", "task": "binary", "team": "growth"},
            {"name": "prices", "task": "regression"},
        ],
        "feeds": [{"name": "joined", "kind": "file", "path": "feed/*.jsonl", "events": "outcomes"}],
        "alerting": {
            "timing": {"group_wait": "100ms", "group_interval": "1s"},
            "links": {"grafana": "https://grafana.example", "runbooks": "https://runbooks.example"},
            "receivers": [
                {"name": "slack", "slack": {"url_file": "secrets/slack-url", "channel": "#ml"}},
                {"name": "pager", "pagerduty": {"routing_key_file": "secrets/key", "address": "http://127.0.0.1:9/pd"}},
                {"name": "teams", "teams": {"url_file": "secrets/teams-url"}},
                {
                    "name": "opsgenie",
                    "opsgenie": {
                        "key_file": "secrets/key",
                        "address": "http://127.0.0.1:9/og/",
                        "responders": [{"name": "ml"}, {"name": "jane@example.org", "type": "user"}],
                    },
                },
                {
                    "name": "mail",
                    "email": {
                        "to": ["ml@example.org", "ops@example.org"],
                        "sender": "alerts@example.org",
                        "server": "127.0.0.1:9",
                        "user": "alerts",
                        "password_file": "secrets/key",
                        "ca_file": "secrets/ca.pem",
                    },
                },
                {"name": "hook", "webhook": {"url_file": "secrets/hook-url", "token_file": "secrets/key"}},
                {"name": "switch", "webhook": {"url_file": "secrets/switch-url", "send_resolved": False}},
                {"name": "boss", "webhook": {"url_file": "secrets/boss-url", "max_alerts": 1}},
            ],
            "routes": {
                "critical": ["pager", "slack"],
                "warning": ["slack"],
                "teams": {"risk": {"critical": ["opsgenie", "teams"], "info": []}, "growth": {"warning": ["mail"]}},
                "owners": {"jane": {"critical": ["hook"]}},
                "watchdog": ["switch"],
            },
            "business_hours": {"timezone": "Europe/Paris", "end": "17:30"},
            "escalation": [
                {"after": "30m", "receivers": ["boss"]},
                {"after": "2h", "severities": ["critical", "warning"], "receivers": ["boss", "mail"]},
            ],
        },
    }
