"""The feed: batches of what lies in its inbox."""

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_exporter.config import FeedSettings
from ml_exporter.events import Labels
from ml_exporter.feeds.decoding import ColumnEvents, Decoded, JsonEvents
from ml_exporter.feeds.decoding.decoded import beginning
from ml_exporter.feeds.http.content import Columns, Lines, understand
from ml_exporter.feeds.http.settings import HttpFeedSettings
from ml_exporter.feeds.interface import (
    MAXIMUM_EVENT_BYTES,
    MAXIMUM_ROWS,
    Batch,
    Feed,
    FeedContext,
    FeedError,
    Reason,
    Rejection,
)
from ml_exporter.feeds.receiving import Inbox, Portion, Refused, Rights, Tokens, UnusableToken
from ml_exporter.feeds.senders import limited

_PATIENCE = 0.25
"""Seconds that a look into an empty inbox takes: the reader asks in between whether it is to end."""

_BATCH_BYTES = 4 * 1024 * 1024
_REJECTED, _DUPLICATE, _ACCEPTED = 0, 1, 2


class HttpFeed:
    """Takes requests out of an inbox, and answers them."""

    def __init__(self, settings: HttpFeedSettings, context: FeedContext) -> None:
        """Open the inbox.

        Raises:
            FeedError: a token's file cannot be used.
        """
        try:
            tokens = Tokens(settings.tokens, context.folder)
        except UnusableToken as problem:
            raise FeedError(str(problem)) from None
        self._settings = settings
        self._context = context
        self._decoders: dict[Rights, Decoder] = {}
        self.inbox = Inbox(settings, tokens, partial(understand, most=settings.max_request_events))
        context.inboxes.open(self.inbox)

    @classmethod
    def open(cls, settings: FeedSettings, context: FeedContext, position: bytes | None) -> Feed:  # noqa: ARG003
        """Open a feed; it has no position, since what was acknowledged is in the store."""
        assert isinstance(settings, HttpFeedSettings)  # noqa: S101 - the kind says so
        return cls(settings, context)

    def read(self) -> Batch | None:
        """Return what lies in the inbox, or ``None`` where nothing came for a moment."""
        portions = self.inbox.take(MAXIMUM_ROWS, _BATCH_BYTES, _PATIENCE)
        if not portions:
            return None
        content = portions[0].delivery.content
        assert isinstance(content, Lines | Columns)  # noqa: S101 - the inbox understands nothing else
        decoded = self._decoder(content.rights).decode(portions)
        return Batch(
            feed=self._settings.name,
            events=decoded.events,
            rejections=decoded.rejections,
            position=b"",
            behind=False,
            newest=decoded.newest,
            committed=partial(_answer, portions, decoded),
        )

    def close(self) -> None:
        """Close the inbox: whoever waits is told to send again."""
        self._context.inboxes.close(self.inbox)

    def _decoder(self, rights: Rights) -> "Decoder":
        if rights not in self._decoders:
            self._decoders[rights] = Decoder(self._settings, self._context, rights)
        return self._decoders[rights]


class Decoder:
    """Decodes what senders of the same rights have sent."""

    def __init__(self, settings: HttpFeedSettings, context: FeedContext, rights: Rights) -> None:
        self._settings = settings
        self._rights = rights
        own, surroundings = limited(settings, context, rights)
        self._of_lines = JsonEvents(own, surroundings)
        self._of_columns = ColumnEvents(own, surroundings)

    def decode(self, portions: Sequence[Portion]) -> Decoded:
        """Decode events that may be decoded together."""
        place = partial(self._place, portions)
        rows = sum(map(len, portions))
        if isinstance(portions[0].delivery.content, Columns):
            decoded = self._of_columns.decode(_columns(portions), rows, place)
        else:
            decoded = self._decode_lines(_lines(portions), place)
        return self._only_of_its_models(decoded, rows, place)

    def _decode_lines(self, lines: list[bytes], place: Callable[[int], str]) -> Decoded:
        large = [row for row, line in enumerate(lines) if len(line) > MAXIMUM_EVENT_BYTES]
        if not large:
            return self._of_lines.decode(lines, place)
        detail = f"the event is larger than {MAXIMUM_EVENT_BYTES // 1024} KiB; send less in one event"
        found = {row: Rejection("too_large", detail, place(row), beginning(lines[row])) for row in large}
        for row in large:
            lines[row] = b""
        return _with(self._of_lines.decode(lines, place), found)

    def _only_of_its_models(self, decoded: Decoded, rows: int, place: Callable[[int], str]) -> Decoded:
        """Reject labels that name no model, and so judge any, where their sender may not write all."""
        labels = decoded.events
        if self._rights.models is None or not isinstance(labels, Labels) or not (labels.model.codes < 0).any():
            return decoded
        usable = np.delete(np.arange(rows), decoded.rejected)
        detail = (
            f"model_name is missing; this token is for several models: write one of {', '.join(self._rights.models)}"
        )
        reason: Reason = "missing_field"
        found = {
            row: Rejection(reason, detail, place(row), labels.prediction_id[index])
            for index, row in zip(
                np.flatnonzero(labels.model.codes < 0).tolist(), usable[labels.model.codes < 0].tolist(), strict=True
            )
        }
        return _with(Decoded(labels.take(labels.model.codes >= 0), decoded.rejections, decoded.rejected), found)

    def _place(self, portions: Sequence[Portion], row: int) -> str:
        for portion in portions:
            if row < len(portion):
                return f"{self._settings.at} from {portion.delivery.sender}, event {portion.begin + row}"
            row -= len(portion)
        raise IndexError(row)


def _columns(portions: Sequence[Portion]) -> Mapping[str, Sequence[Any]]:
    """Return the columns of all portions, one below the other: their names are the same, they are of one group."""
    columns: dict[str, list[Any]] = {}
    for portion in portions:
        content = portion.delivery.content
        assert isinstance(content, Columns)  # noqa: S101 - one group
        for name, values in content.columns.items():
            columns.setdefault(name, []).extend(values[portion.begin : portion.end])
    return columns


def _lines(portions: Sequence[Portion]) -> list[bytes]:
    lines: list[bytes] = []
    for portion in portions:
        content = portion.delivery.content
        assert isinstance(content, Lines)  # noqa: S101 - one group
        lines += content.lines[portion.begin : portion.end]
    return lines


def _with(decoded: Decoded, found: dict[int, Rejection]) -> Decoded:
    """Return what was decoded with further rejections, by their rows."""
    rejected = dict(zip(decoded.rejected, decoded.rejections, strict=True)) | found
    rows = sorted(rejected)
    return Decoded(decoded.events, tuple(rejected[row] for row in rows), tuple(rows))


def _answer(portions: Sequence[Portion], decoded: Decoded, new: NDArray[np.bool_]) -> None:
    """Tell each request what became of its events."""
    became = np.full(sum(map(len, portions)), _REJECTED)
    usable = np.delete(np.arange(len(became)), decoded.rejected)
    became[usable] = np.where(new, _ACCEPTED, _DUPLICATE)
    begin = 0
    for portion in portions:
        end = begin + len(portion)
        counts = np.bincount(became[begin:end], minlength=3)
        own = slice(bisect_left(decoded.rejected, begin), bisect_left(decoded.rejected, end))
        refused = [
            Refused(portion.begin + row - begin, rejection.reason, rejection.detail)
            for row, rejection in zip(decoded.rejected[own], decoded.rejections[own], strict=True)
        ]
        portion.delivery.note(int(counts[_ACCEPTED]), int(counts[_DUPLICATE]), refused)
        begin = end
