"""Retirement: a version without predictions and labels for long is no longer exposed."""

from collections.abc import Sequence

from ml_exporter.config import Monitoring
from ml_exporter.pipeline.join_state import JoinState
from ml_exporter.tallies import SeriesKey


def live_series(
    monitoring: Monitoring, keys: Sequence[SeriesKey], state: JoinState, at: float
) -> list[tuple[int, SeriesKey]]:
    """Return code and key of the series to expose: of configured models, and of versions that are not retired.

    Args:
        monitoring: the configuration.
        keys: every series, by code.
        state: knows the newest events of each version.
        at: the time of looking, seconds since the epoch.
    """
    retire_after = {model.name: model.retire_after.seconds for model in monitoring.models}
    live: set[tuple[str, str]] = set()
    for code, key in enumerate(keys):
        if not key.is_slice and key.model in retire_after:
            version = state.version(code)
            if max(version.last_prediction, version.last_label) >= at - retire_after[key.model]:
                live.add((key.model, key.version))
    return [(code, key) for code, key in enumerate(keys) if (key.model, key.version) in live]
