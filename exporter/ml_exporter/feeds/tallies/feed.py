"""The feed itself: files of tallies, each once, in pieces that fit a transaction."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import polars as pl
import structlog

from ml_exporter.config import FeedSettings, ModelSettings
from ml_exporter.events import JoinCounts, TalliedEvents
from ml_exporter.feeds.file.discovery import FoundFile, discover
from ml_exporter.feeds.interface import MAXIMUM_ROWS, Batch, Feed, FeedContext, FeedError
from ml_exporter.feeds.tallies.file_format import Header, UnusableFile, read_header, read_rows, sums_of
from ml_exporter.feeds.tallies.position import Unfinished, decode, encode
from ml_exporter.feeds.tallies.settings import TalliesFeedSettings
from ml_exporter.tallies.counted_by import counted_by, differences

_log = structlog.get_logger(__name__)

_TOLD = 3
"""So many files that cannot be read are named in one message."""


def open_tallies_feed(settings: FeedSettings, context: FeedContext, position: bytes | None) -> Feed:
    """Open a feed of tallies at a position.

    Raises:
        FeedError: the position is none of tallies.
    """
    return TalliesFeed(cast("TalliesFeedSettings", settings), context, position)


class TalliesFeed:
    """Reads the files of a glob, by their batches; see ``Feed``."""

    def __init__(self, settings: TalliesFeedSettings, context: FeedContext, position: bytes | None) -> None:
        self._settings = settings
        self._models = context.models
        self._folder = context.folder.resolve()
        self._position = decode(position)
        self._headers: dict[tuple[tuple[int, int], int, int], Header] = {}
        """What files say about themselves, by identity, size and modification time."""

    def read(self) -> Batch | None:
        """Return the next piece of a file that has not been counted to its end.

        A file that cannot be used is told only when there is nothing to read in the others.
        """
        found = discover(self._folder, self._settings.path, [], self._settings.links_into)
        waiting, wrong = self._waiting(found.files)
        wrong += found.wrong
        if self._position.unfinished is not None:
            waiting = self._rest_of(self._position.unfinished, waiting)
        for place, (path, header) in enumerate(waiting):
            try:
                self._require_same_meaning(header)
                return self._piece(path, header, further=place + 1 < len(waiting))
            except UnusableFile as error:
                wrong.append(f"{path} {error}")
        if wrong:
            more = f"; and {len(wrong) - _TOLD} more" if len(wrong) > _TOLD else ""
            raise FeedError("; ".join(wrong[:_TOLD]) + more)
        return None

    def close(self) -> None:
        """Nothing is kept open between reads."""

    def _waiting(self, files: list[FoundFile]) -> tuple[list[tuple[Path, Header]], list[str]]:
        """Return the files that are to be counted, and what is wrong with others."""
        here = {}
        waiting: list[tuple[Path, Header]] = []
        wrong = []
        for file in files:
            path, state = Path(file.position.path), (file.position.identity, file.size, file.modified)
            try:
                header = self._headers.get(state) or read_header(path)
            except UnusableFile as error:
                wrong.append(f"{path} {error}")
                continue
            here[state] = header
            if not self._position.has(header.stream, header.batch):
                waiting.append((path, header))
        self._headers = here
        return sorted(waiting, key=lambda one: (one[1].stream, one[1].batch)), wrong

    @staticmethod
    def _rest_of(unfinished: Unfinished, waiting: list[tuple[Path, Header]]) -> list[tuple[Path, Header]]:
        """Return the files to be counted, the one that was begun first.

        Raises:
            FeedError: it is there no longer: the rest of it would be missing for ever.
        """
        begun = [one for one in waiting if one[1].digest == unfinished.digest]
        if not begun:
            raise FeedError(
                f"batch {unfinished.batch} of {unfinished.stream} was counted to row {unfinished.rows:,}, and its file"
                " is gone or another one; put it back as it was"
            )
        return begun[:1]

    def _require_same_meaning(self, header: Header) -> None:
        for name, theirs in header.counted_by.items():
            if name in self._models:
                _require_same_options(name, theirs, self._models[name])

    def _piece(self, path: Path, header: Header, *, further: bool) -> Batch:
        unfinished = self._position.unfinished
        begin = 0 if unfinished is None else unfinished.rows
        rows = read_rows(path, begin, MAXIMUM_ROWS)
        end = begin + len(rows)
        complete = end >= header.rows
        if not complete and not len(rows):
            raise UnusableFile(f"has {end:,} rows, and its header says {header.rows:,}; write it again")
        if not begin:
            self._tell_of_strangers(path, header)
        counts = _of_models(header.counts, self._models) if complete else JoinCounts()
        self._position.unfinished = None if complete else Unfinished(header.stream, header.batch, end, header.digest)
        if complete:
            self._position.add(header.stream, header.batch)
        return Batch(
            feed=self._settings.name,
            events=TalliedEvents(sums_of(rows.filter(pl.col("model_name").is_in(list(self._models)))), counts),
            rejections=(),
            position=encode(self._position),
            behind=further or not complete,
            newest=max(counts.newest.values(), default=0.0),
        )

    def _tell_of_strangers(self, path: Path, header: Header) -> None:
        strangers = sorted(header.counted_by.keys() - self._models.keys())
        if strangers:
            _log.info("tallies of models that are not this feed's are passed over", file=str(path), models=strangers)


def _require_same_options(name: str, theirs: Mapping[str, Any], model: ModelSettings) -> None:
    for option, there, here in differences(theirs, counted_by(model)):
        raise UnusableFile(
            f"was counted with {option} = {there!r} of the model {name}, and the configuration says {here!r}; count it"
            " again with the configuration of the exporter, or move it out of the way"
        )


def _of_models(counts: JoinCounts, models: Mapping[str, ModelSettings]) -> JoinCounts:
    """Return what was counted, without models that are not the feed's."""
    return JoinCounts(
        events=counts.events,
        duplicates=counts.duplicates,
        rejected=counts.rejected,
        label_conflicts=counts.label_conflicts,
        label_corrections=counts.label_corrections,
        expired_predictions=counts.expired_predictions,
        newest={name: time for name, time in counts.newest.items() if name in models},
        versions=tuple(one for one in counts.versions if one.model in models),
    )
