"""Labels that come later than somebody waits for them."""

from collections.abc import Iterator

import numpy as np

from ml_exporter.doctor.case import Case
from ml_exporter.doctor.finding import Finding, Rank
from ml_exporter.doctor.said import span

_FEWEST = 5
_EXPIRED_SHARE = 0.2


def examine(case: Case) -> Iterator[Finding]:
    """Find windows that end before the labels come, and predictions that nobody waits for any more."""
    yield from _later_than_windows(case)
    yield from _later_than_horizon(case)
    yield from _expired(case)


def _later_than_windows(case: Case) -> Iterator[Finding]:
    if case.monitoring.window_by != "prediction" or len(case.delays) < _FEWEST:
        return
    usual = float(np.median(case.delays))
    short = [str(window) for window in case.monitoring.windows if window.seconds < usual]
    if short:
        yield Finding(
            Rank.WINDOWS,
            f"labels come {span(usual)} after their predictions in the middle, so by prediction time the"
            f" window{'s' if len(short) > 1 else ''} {', '.join(short)} can hardly hold any",
            "use longer windows, or window_by: label",
        )


def _later_than_horizon(case: Case) -> Iterator[Finding]:
    horizon = case.monitoring.label_horizon
    late = case.delays[case.delays > horizon.seconds]
    if len(late) >= _FEWEST:
        yield Finding(
            Rank.JOIN,
            f"{len(late):,} of {len(case.delays):,} labels come later than label_horizon ({horizon}):"
            f" {span(float(np.median(late)))} after their predictions in the middle",
            "raise label_horizon above the longest that a label takes; ml_label_delay_seconds shows how long they take",
        )


def _expired(case: Case) -> Iterator[Finding]:
    if case.stored is None:
        return
    expired = case.stored.join.expired_predictions
    made = sum(case.stored.join.feed(one.settings.name).events for one in case.predictions)
    if expired and expired > _EXPIRED_SHARE * made:
        yield Finding(
            Rank.JOIN,
            f"{expired:,} predictions of {made:,} have expired: no label came within label_horizon"
            f" ({case.monitoring.label_horizon})",
            "raise label_horizon, find the labels that are missing, or say by missing_label what silence means",
        )
