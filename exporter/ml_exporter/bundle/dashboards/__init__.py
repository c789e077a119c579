"""Grafana: provisioning and dashboards. Each module defines a dashboard as the constant ``DASHBOARD``."""

import importlib
import json
import pkgutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from ml_exporter.bundle.dashboards.sdk import JSONEncoder
from ml_exporter.bundle.generated import GeneratedFile, yaml_file
from ml_exporter.config import Monitoring

SCHEMA_VERSION = 42


@dataclass(frozen=True)
class DashboardKind:
    """One dashboard."""

    name: str
    """Name of its file."""

    build: Callable[[Monitoring], Any]
    """Returns the built dashboard."""


def dashboard_files(monitoring: Monitoring, source: str) -> Iterable[GeneratedFile]:
    """Make Grafana's provisioning and every dashboard."""
    yield _datasources(monitoring, source)
    yield _provider(source)
    modules = [importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]
    for module in modules:
        if hasattr(module, "DASHBOARD"):
            kind: DashboardKind = module.DASHBOARD
            yield GeneratedFile(f"grafana/dashboards/{kind.name}.json", _json(kind.build(monitoring)), "dashboards")


def _json(built: Any) -> str:
    content = json.loads(json.dumps(built, cls=JSONEncoder))
    content["schemaVersion"] = SCHEMA_VERSION
    return json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _datasources(monitoring: Monitoring, source: str) -> GeneratedFile:
    content = {
        "apiVersion": 1,
        "datasources": [
            {
                "name": "Prometheus",
                "uid": "ml-prometheus",
                "type": "prometheus",
                "access": "proxy",
                "url": monitoring.prometheus.address or monitoring.alerting.links.prometheus,
                "jsonData": {
                    "httpMethod": "POST",
                    "timeInterval": str(monitoring.prometheus.scrape_interval),
                },
            }
        ],
    }
    return yaml_file(
        "grafana/provisioning/datasources/ml-exporter.yml",
        "dashboards",
        content,
        source=source,
        about="Grafana: where it finds Prometheus. It is not made the default, which another source may be.",
    )


def _provider(source: str) -> GeneratedFile:
    content = {
        "apiVersion": 1,
        "providers": [
            {
                "name": "ml-exporter",
                "folder": "Machine learning",
                "type": "file",
                "allowUiUpdates": False,
                "options": {"path": "/var/lib/grafana/dashboards/ml-exporter"},
            }
        ],
    }
    return yaml_file(
        "grafana/provisioning/dashboards/ml-exporter.yml",
        "dashboards",
        content,
        source=source,
        about="Grafana: loads the dashboards from the folder that grafana/dashboards is mounted or copied to.",
    )
