"""The first events of a feed that fetches them: from wherever it would begin, as if nothing had been read yet."""

import time

from ml_exporter.clock import ManualClock
from ml_exporter.config import FeedSettings
from ml_exporter.doctor.case import FeedSample, parts_of
from ml_exporter.events import TalliedEvents
from ml_exporter.feeds import Batch, FeedContext, FeedError, FeedKind

_SECONDS = 5.0
"""So long it is waited for the first ones."""

_PASSES = 3600.0
"""Seconds of the feed's own clock between two looks: what it leaves alone for a while is old enough then."""


def first_events(feed: FeedSettings, kind: FeedKind, context: FeedContext, clock: ManualClock) -> FeedSample:
    """Open a feed, take its first batch, and close it: nothing of it becomes durable.

    Args:
        feed: its settings.
        kind: what it is.
        context: what every feed needs.
        clock: that of the context; it is moved on.
    """
    looking = feed if kind.to_look is None else kind.to_look(feed)
    try:
        opened = kind.open(looking, context, None)
    except FeedError as error:
        return FeedSample(feed, problem=str(error))
    try:
        end = time.monotonic() + _SECONDS
        while time.monotonic() < end:
            batch = opened.read()
            if batch is not None and batch.read:
                return _sampled(feed, batch)
            if batch is None:
                clock.advance(_PASSES)
                time.sleep(0.05)  # others answer meanwhile: it is a command, in which a person waits
        return FeedSample(feed, problem="it opens, and holds no event; let something write events into it")
    except FeedError as error:
        return FeedSample(feed, problem=str(error))
    finally:
        opened.close()


def _sampled(feed: FeedSettings, batch: Batch) -> FeedSample:
    if isinstance(batch.events, TalliedEvents):
        return FeedSample(feed, whole=False, from_its_beginning=True)
    predictions, labels = parts_of(batch.events)
    known = [one.prediction_id.tolist() for one in (labels, predictions) if one is not None]
    return FeedSample(
        feed,
        whole=not batch.behind,
        from_its_beginning=True,
        raw={"prediction_id": known[0]},
        rejections=batch.rejections,
        predictions=predictions,
        labels=labels,
    )
