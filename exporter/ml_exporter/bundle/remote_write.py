"""Prometheus' ``remote_write``: stores for long, each by its own rules."""

from collections.abc import Callable
from typing import Any

from ml_exporter.config import RemoteWriteSettings

_PATHS = {"mimir": "/api/v1/push", "thanos": "/api/v1/receive", "victoriametrics": "/api/v1/write"}
"""Where each kind takes what Prometheus sends."""

_TENANT_HEADERS = {"mimir": "X-Scope-OrgID", "thanos": "THANOS-TENANT"}

OURS = "ml_.+|.+:ml_.+|up|ALERTS|ALERTS_FOR_STATE"
"""The exporter's series, what recording rules make of them, and what is needed to see whether it was up."""


def remote_write(settings: RemoteWriteSettings, secret_path: Callable[[str], str]) -> dict[str, Any]:
    """Return one entry of ``remote_write``.

    Args:
        settings: of the store.
        secret_path: from the path of a secret as the user wrote it to the path as prometheus.yml has to name it.
    """
    entry: dict[str, Any] = {"url": settings.address.rstrip("/") + _PATHS[settings.kind]}
    if settings.tenant is not None:
        entry["headers"] = {_TENANT_HEADERS[settings.kind]: settings.tenant}
    if settings.user is not None and settings.password_file is not None:
        entry["basic_auth"] = {"username": settings.user, "password_file": secret_path(settings.password_file)}
    if settings.only_ours:
        keep = {"source_labels": ["__name__"], "regex": OURS, "action": "keep"}
        entry["write_relabel_configs"] = [keep]
    return entry
