"""The bundle: what Prometheus, Alertmanager and Grafana need, generated from configuration and catalogue."""

from ml_exporter.bundle.alerts import alert_groups as _alert_groups
from ml_exporter.bundle.comparison import differences, left_over
from ml_exporter.bundle.explain import explain
from ml_exporter.bundle.forms import FormError, Source, forms
from ml_exporter.bundle.generate import PARTS, generate, write
from ml_exporter.bundle.generated import GeneratedFile
from ml_exporter.bundle.receivers import receiver_kinds as _receiver_kinds
from ml_exporter.bundle.split import By, split_rules
from ml_exporter.config import Section

__all__ = [
    "PARTS",
    "By",
    "FormError",
    "GeneratedFile",
    "Source",
    "alert_thresholds",
    "alerts_about_models",
    "differences",
    "explain",
    "forms",
    "generate",
    "left_over",
    "receiver_kinds",
    "split_rules",
    "write",
]


def receiver_kinds() -> dict[str, type[Section]]:
    """Return the kinds of receiver that a configuration may name, each with its settings."""
    return {name: kind.settings for name, kind in _receiver_kinds().items()}


def alerts_about_models() -> frozenset[str]:
    """Return the names of the alerts that are each about a model: what a model says of others is no use."""
    return frozenset(name for group in _alert_groups() if group.about_models for name in group.meaning)


def alert_thresholds() -> dict[str, float | None]:
    """Return the name of every alert, with its threshold where it has one that a configuration may change."""
    return {name: group.thresholds.get(name) for group in _alert_groups() for name in group.meaning}
