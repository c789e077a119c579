"""Silence: judging predictions that no label has reached in time, where that means something."""

from collections.abc import Mapping

from ml_exporter.config import Monitoring
from ml_exporter.pipeline.expiry import waiting_for_labels
from ml_exporter.pipeline.intake import ASSUMED_AT_ONCE, Intake
from ml_exporter.pipeline.join_state import JoinState
from ml_exporter.pipeline.status import FeedStatus

_TIMES_A_TICK = 25
"""So many times ``ASSUMED_AT_ONCE`` predictions are judged in one tick, so that a backlog delays none."""


def assume_labels(
    monitoring: Monitoring, intake: Intake, state: JoinState, feeds: Mapping[str, FeedStatus], at: float
) -> None:
    """Judge by silence, by the events' own time. Within a transaction of the ledger.

    A prediction is judged once its model's newest event is later by ``missing_label.after``, and no feed that could
    bring its label is behind or fails.

    Args:
        monitoring: the configuration.
        intake: judges them.
        state: knows each model's newest event.
        feeds: the state of every feed's reader.
        at: the time of looking, seconds since the epoch.
    """
    waiting = waiting_for_labels(monitoring, feeds)
    for model in monitoring.models:
        newest = state.newest.get(model.name)
        if newest is None or model.missing_label is None or model.name in waiting:
            continue
        for _ in range(_TIMES_A_TICK):
            if intake.assume_labels(model.name, newest, at) < ASSUMED_AT_ONCE:
                break
