"""Which kinds of plug-in a configuration may name: found where they are, handed to the configuration."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ml_exporter import bundle, collectors, detectors, feeds
from ml_exporter.config import Kinds, Monitoring, load


def plug_in_kinds() -> Kinds:
    """Return the kinds of feeds, receivers, collectors and alerts that are installed."""
    return Kinds(
        feeds={name: kind.settings for name, kind in feeds.kinds().items()},
        receivers=bundle.receiver_kinds(),
        detectors=frozenset(one.name for one in detectors.detectors()),
        collectors={name: kind.settings for name, kind in collectors.kinds().items()},
        alerts=bundle.alert_thresholds(),
        alerts_about_models=bundle.alerts_about_models(),
    )


def load_configuration(file: Path, instead: Mapping[tuple[str, str], Any] | None = None) -> Monitoring:
    """Read and validate a configuration with every kind of plug-in.

    Args:
        file: monitoring.yml.
        instead: section and key to a value that takes the place of the file's.

    Raises:
        ConfigurationError: with every problem at once.
    """
    return load(file, plug_in_kinds(), instead=instead)
