"""Grafana: provisioning and dashboards. Each module defines a dashboard as the constant ``DASHBOARD``."""

import importlib
import json
import pkgutil
from collections.abc import Iterable
from typing import Any

from ml_exporter.bundle.dashboards.definition import DashboardKind
from ml_exporter.bundle.dashboards.page import build
from ml_exporter.bundle.dashboards.provisioning import provisioning_files
from ml_exporter.bundle.dashboards.sdk import JSONEncoder
from ml_exporter.bundle.generated import GeneratedFile
from ml_exporter.config import Monitoring

SCHEMA_VERSION = 42


def dashboard_kinds() -> list[DashboardKind]:
    """Return every dashboard that there is, by the name of its module."""
    modules = [importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]
    return [module.DASHBOARD for module in modules if hasattr(module, "DASHBOARD")]


def dashboard_files(monitoring: Monitoring, source: str) -> Iterable[GeneratedFile]:
    """Make Grafana's provisioning and every dashboard that the configuration has something for."""
    yield from provisioning_files(monitoring, source)
    for kind in dashboard_kinds():
        if kind.fits(monitoring):
            yield GeneratedFile(f"grafana/dashboards/{kind.name}.json", _json(build(kind, monitoring)), "dashboards")


def _json(built: Any) -> str:
    content = json.loads(json.dumps(built, cls=JSONEncoder))
    content["schemaVersion"] = SCHEMA_VERSION
    return json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
