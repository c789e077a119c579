"""Which kinds of plug-in a configuration may name: found where they are, handed to the configuration."""

from pathlib import Path

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
    )


def load_configuration(file: Path) -> Monitoring:
    """Read and validate a configuration with every kind of plug-in.

    Raises:
        ConfigurationError: with every problem at once.
    """
    return load(file, plug_in_kinds())
