"""Expiry: forgetting what no label can reach any more, by the events' own time."""

from collections.abc import Mapping

from ml_exporter.config import Monitoring
from ml_exporter.ledger import Ledger
from ml_exporter.pipeline.join_state import JoinState
from ml_exporter.pipeline.status import FeedStatus


def expire(monitoring: Monitoring, ledger: Ledger, state: JoinState, feeds: Mapping[str, FeedStatus]) -> None:
    """Forget predictions and labels that are older than ``label_horizon``. Within a transaction of the ledger.

    A prediction is old once its model's newest event is so much newer, and no feed that could bring its label is
    behind or fails. One of a model that is configured no longer follows the newest event of all.

    Args:
        monitoring: the configuration.
        ledger: forgets them.
        state: counts them.
        feeds: the state of every feed's reader.
    """
    if not state.newest:
        return
    horizon, newest = monitoring.label_horizon.seconds, max(state.newest.values())
    missing = {name for name, status in feeds.items() if status.behind or status.failing}
    waiting = waiting_for_labels(monitoring, feeds)
    known = {model.name for model in monitoring.models}
    for name in state.models:
        if name not in waiting:
            newest_of_model = state.newest.get(name, 0.0) if name in known else newest
            expired = ledger.expire_predictions(state.model_code(name), newest_of_model - horizon)
            for code, count in expired.items():
                state.version(code).pending -= count
                state.expired_predictions += count
    if not missing:
        ledger.expire_labels(newest - horizon)


def waiting_for_labels(monitoring: Monitoring, feeds: Mapping[str, FeedStatus]) -> set[str]:
    """Return the models that a feed may yet bring labels for: one that is behind, or of which nobody knows."""
    missing = {name for name, status in feeds.items() if status.behind or status.failing}
    bringing = [feed for feed in monitoring.feeds if feed.events == "labels" and feed.name in missing]
    return {model.name for feed in bringing for model in monitoring.models_of(feed)}
