"""Taking a look: into the feeds, at the ends of their files, and into the store. Nothing is locked or changed."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ml_exporter.clock import ManualClock
from ml_exporter.config import FeedSettings, Monitoring
from ml_exporter.doctor.case import Case, DeadLetterSample, FeedSample, StoredCase, parts_of
from ml_exporter.doctor.opening import first_events
from ml_exporter.doctor.sampling import take_sample
from ml_exporter.feeds import FeedContext, FeedError, PartlyUnreadable, kinds
from ml_exporter.feeds.file.discovery import discover
from ml_exporter.feeds.file.position import decode
from ml_exporter.feeds.file.settings import FileFeedSettings
from ml_exporter.ledger import inspect, known_predictions, read_states
from ml_exporter.pipeline import stored_past
from ml_exporter.pipeline.join_state import STATE as JOIN_STATE
from ml_exporter.pipeline.join_state import JoinState

_MOST_BYTES: Mapping[str, int] = {"predictions": 48 << 20, "labels": 8 << 20, "outcomes": 8 << 20}
"""So much of the ends of a feed's files is sampled: of predictions more, since a label is older news than they are."""

_DEAD_LETTER_BYTES = 1 << 20
_POSITION = "position/"


def look(monitoring: Monitoring, folder: Path, now: float) -> Case:
    """Take a look at everything.

    Args:
        monitoring: the configuration.
        folder: where its file lies.
        now: seconds since the epoch.

    Raises:
        StoreError: there is a store, but it cannot be read.
        DamagedState: what it holds is damaged.
        ChangedMeaning: the configuration would read it as something else.
    """
    store = folder / monitoring.store.path
    there = any(store.glob("*.sqlite"))
    states = read_states(store, [JOIN_STATE, _POSITION]) if there else {}
    return Case(
        monitoring=monitoring,
        now=now,
        feeds=tuple(_sample(feed, monitoring, folder, now, states, there=there) for feed in monitoring.feeds),
        stored=_stored(store, monitoring, states) if there else None,
        dead_letters={
            feed.name: _dead_letters(store / "dead-letter" / f"{feed.name}.jsonl") for feed in monitoring.feeds
        },
    )


def _stored(store: Path, monitoring: Monitoring, states: Mapping[str, bytes]) -> StoredCase:
    unmatched = sum(lane.waiting for lane in inspect(store).lanes if lane.is_labels)
    return StoredCase(
        join=JoinState.restored(states.get(JOIN_STATE)),
        past=stored_past(store, monitoring),
        unmatched_labels=unmatched,
        known_predictions=lambda ids: known_predictions(store, ids),
    )


def _sample(
    feed: FeedSettings, monitoring: Monitoring, folder: Path, now: float, states: Mapping[str, bytes], *, there: bool
) -> FeedSample:
    if not isinstance(feed, FileFeedSettings):
        return _elsewhere(feed, monitoring, folder, now)
    try:
        positions = decode(states.get(f"{_POSITION}{feed.name}"))
        found = discover(folder.resolve(), feed.path, positions)
    except FeedError as error:
        return FeedSample(feed, problem=str(error))
    if not found.files:
        problem = found.wrong[0] if found.wrong else ""
        return FeedSample(
            feed, problem=problem or f"no file is called {feed.path} in {folder}; correct `path`, or write one"
        )
    files = sorted(found.files, key=lambda file: file.modified)
    context = FeedContext(folder, {model.name: model for model in monitoring.models_of(feed)}, ManualClock(now))
    try:
        sample = take_sample(feed, context, files, _MOST_BYTES[feed.events])
    except PartlyUnreadable as error:
        return FeedSample(feed, len(files), str(error))
    except OSError as error:
        return FeedSample(
            feed, len(files), f"{error.filename} cannot be read ({error.strerror}); let this user read it"
        )
    predictions, labels = parts_of(sample.decoded.events)
    return FeedSample(
        feed,
        files=len(files),
        written=files[-1].modified / 1e9,
        unread=sum(max(0, file.size - file.position.taken) for file in files) if there else 0,
        whole=sample.whole,
        unended=sample.unended,
        raw=sample.decoded.raw,
        rejections=sample.decoded.rejections,
        predictions=predictions,
        labels=labels,
    )


def _elsewhere(feed: FeedSettings, monitoring: Monitoring, folder: Path, now: float) -> FeedSample:
    """Look at a feed that is none of files; what is sent to one, nobody can ask for."""
    kind = kinds()[feed.kind]
    if kind.pushed:
        return FeedSample(feed)
    clock = ManualClock(now)
    context = FeedContext(folder, {model.name: model for model in monitoring.models_of(feed)}, clock)
    return first_events(feed, kind, context, clock)


def _dead_letters(file: Path) -> dict[str, DeadLetterSample]:
    """Return the newest rejected event of each reason."""
    found: dict[str, DeadLetterSample] = {}
    for letter in _letters(file):
        try:
            found[letter["reason"]] = DeadLetterSample(
                *(str(letter[key]) for key in ("reason", "detail", "place", "event"))
            )
        except (KeyError, TypeError):
            continue  # a line that somebody else wrote
    return found


def _letters(file: Path) -> Iterator[dict[str, Any]]:
    try:
        with file.open("rb") as opened:
            opened.seek(max(0, file.stat().st_size - _DEAD_LETTER_BYTES))
            lines = opened.read().splitlines()
    except OSError:
        return
    for line in lines:
        try:
            yield json.loads(line)
        except ValueError:
            continue  # cut at its beginning, or not written to its end yet
