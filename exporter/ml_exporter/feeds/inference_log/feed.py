"""The feed: requests and responses become predictions, whose senders hear when they are durable."""

from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_exporter.config import FeedSettings
from ml_exporter.feeds.decoding import ColumnEvents, Decoded
from ml_exporter.feeds.decoding.decoded import beginning
from ml_exporter.feeds.inference_log.cloud_events import CloudEvents, understand
from ml_exporter.feeds.inference_log.exchange import Exchange, Side, inputs_of, join_id, outputs_of, rows_of
from ml_exporter.feeds.inference_log.joining import Joining
from ml_exporter.feeds.inference_log.payloads import BadPayload
from ml_exporter.feeds.inference_log.settings import InferenceLogFeedSettings
from ml_exporter.feeds.interface import MAXIMUM_ROWS, Batch, Feed, FeedContext, FeedError, Rejection
from ml_exporter.feeds.receiving import Inbox, Portion, Refused, Rights, Tokens, UnusableToken
from ml_exporter.feeds.senders import limited

_PATIENCE = 0.25
"""Seconds that a look into an empty inbox takes: what waits for its other side is looked at in between."""

_TAKEN = 2000
"""Events."""

_BATCH_BYTES = 4 * 1024 * 1024
_REQUESTS = ("org.kubeflow.serving.inference.request", "io.seldon.serving.inference.request")
_RESPONSES = ("org.kubeflow.serving.inference.response", "io.seldon.serving.inference.response")


@dataclass(frozen=True)
class _Rows:
    """The predictions of one inference."""

    exchange: Exchange
    columns: Mapping[str, Sequence[Any]]

    def __len__(self) -> int:
        return len(self.columns["prediction_id"])


class InferenceLogFeed:
    """Takes events out of an inbox, joins them, and answers them."""

    def __init__(self, settings: InferenceLogFeedSettings, context: FeedContext) -> None:
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
        self._decoders: dict[Rights, ColumnEvents] = {}
        self._joining = Joining(settings)
        self._complete: deque[Exchange] = deque()
        self._rejections: list[Rejection] = []
        self._refused: list[tuple[Portion, str]] = []
        """Events that cannot be used, and why; their senders hear it once that is counted."""

        self.inbox = Inbox(settings, tokens, partial(understand, most=settings.max_request_events))
        context.inboxes.open(self.inbox)

    @classmethod
    def open(cls, settings: FeedSettings, context: FeedContext, position: bytes | None) -> Feed:  # noqa: ARG003
        """Open a feed; it has no position, since what was acknowledged is in the store."""
        assert isinstance(settings, InferenceLogFeedSettings)  # noqa: S101 - the kind says so
        return cls(settings, context)

    def read(self) -> Batch | None:
        """Return the predictions of inferences that are complete, or ``None`` where there are none for now."""
        if not self._complete:
            for portion in self.inbox.take(_TAKEN, _BATCH_BYTES, _PATIENCE):
                self._take(portion)
            self._sort(self._joining.overdue(self._context.clock.now()))
        inferences = self._next()
        rejections, self._rejections = self._rejections, []
        refused, self._refused = self._refused, []
        if not inferences and not rejections:
            return None
        rights = inferences[0].exchange.response.rights if inferences else Rights()
        decoded = self._decoded(inferences, rights)
        return Batch(
            feed=self._settings.name,
            events=decoded.events,
            rejections=(*rejections, *decoded.rejections),
            position=b"",
            behind=False,
            newest=decoded.newest,
            committed=partial(_answer, inferences, refused, decoded),
        )

    def close(self) -> None:
        """Close the inbox: whoever waits is told to send again."""
        self._context.inboxes.close(self.inbox)

    def _take(self, portion: Portion) -> None:
        """Take events of one request, each to its other side."""
        content, now = portion.delivery.content, self._context.clock.now()
        assert isinstance(content, CloudEvents)  # noqa: S101 - the inbox understands nothing else
        for index in range(portion.begin, portion.end):
            event, own = content.events[index], Portion(portion.delivery, index, index + 1)
            if isinstance(event, tuple):
                self._refuse(own, event[1], event[0])
                continue
            side = Side(event, own, content.rights, now)
            kind = event.attributes.get("type", "")
            if not join_id(event):
                self._refuse(own, "the event has no id; send the attribute id (header ce-id)", event.data)
            elif kind in _REQUESTS:
                self._sort(self._joining.request(side))
                portion.delivery.note(1, 0, ())  # it is worth nothing by itself: nobody need send it again
            elif kind in _RESPONSES:
                self._sort(self._joining.response(side))
            else:
                known = ", ".join((*_REQUESTS, *_RESPONSES))
                self._refuse(own, f"the event's type {kind!r} is none of {known}", event.data)

    def _refuse(self, portion: Portion, detail: str, event: bytes) -> None:
        """Reject an event."""
        self._reject(portion, detail, event)
        self._refused.append((portion, detail))

    def _reject(self, portion: Portion, detail: str, event: bytes) -> None:
        self._rejections.append(Rejection("malformed", detail, self._place(portion), beginning(event)))

    def _sort(self, found: Iterable[Exchange | Side]) -> None:
        """Keep inferences that are complete, and tell of requests that have waited in vain."""
        for one in found:
            if isinstance(one, Exchange):
                self._complete.append(one)
            else:
                within = self._settings.response_within
                detail = f"no response to the request came within {within}, or there were too many requests that wait"
                self._rejections.append(
                    Rejection("missing_field", detail, self._place(one.portion), beginning(one.event.data))
                )

    def _next(self) -> list[_Rows]:
        """Return the next inferences whose senders may write the same, of so many rows as a batch may have."""
        inferences: list[_Rows] = []
        room = MAXIMUM_ROWS
        while self._complete and room > 0:
            exchange = self._complete[0]
            if inferences and exchange.response.rights != inferences[0].exchange.response.rights:
                break
            try:
                rows = _Rows(exchange, self._rows(exchange))
            except BadPayload as problem:
                self._complete.popleft()
                self._refuse(exchange.response.portion, str(problem), exchange.response.event.data)
                continue
            if len(rows) > room:
                break
            room -= len(rows)
            self._complete.popleft()
            inferences.append(rows)
        return inferences

    def _rows(self, exchange: Exchange) -> Mapping[str, Sequence[Any]]:
        """Return the predictions of an inference; a request that cannot be read costs them their features only.

        Raises:
            BadPayload: its response cannot be read.
        """
        outputs, inputs = outputs_of(exchange.response), None
        if exchange.request is not None:
            try:
                inputs = inputs_of(exchange.request, self._settings.inputs, outputs.rows)
            except BadPayload as problem:
                self._reject(exchange.request.portion, str(problem), exchange.request.event.data)
        return rows_of(exchange, outputs, inputs, self._settings)

    def _decoded(self, inferences: Sequence[_Rows], rights: Rights) -> Decoded:
        if rights not in self._decoders:
            self._decoders[rights] = ColumnEvents(*limited(self._settings, self._context, rights))
        names = list(inferences[0].columns) if inferences else []
        columns = {name: [value for rows in inferences for value in rows.columns[name]] for name in names}
        ends = list(accumulate(map(len, inferences)))

        def place(row: int) -> str:
            number = bisect_left(ends, row + 1)
            return f"{self._place(inferences[number].exchange.response.portion)}, row {row - ([0, *ends])[number]}"

        return self._decoders[rights].decode(columns, ends[-1] if ends else 0, place)

    def _place(self, portion: Portion) -> str:
        return f"{self._settings.at} from {portion.delivery.sender}, event {portion.begin}"


def _answer(
    inferences: Sequence[_Rows], refused: Sequence[tuple[Portion, str]], decoded: Decoded, new: NDArray[np.bool_]
) -> None:
    """Tell the sender of each response what became of its rows: one that is new makes the event accepted."""
    for portion, detail in refused:
        portion.delivery.note(0, 0, (Refused(portion.begin, "malformed", detail),))
    ends = [0, *accumulate(map(len, inferences))]
    became = np.zeros(ends[-1], dtype=np.bool_)
    became[np.delete(np.arange(ends[-1]), decoded.rejected)] = new
    for rows, begin, end in zip(inferences, ends, ends[1:], strict=False):
        portion = rows.exchange.response.portion
        first = bisect_left(decoded.rejected, begin)
        if became[begin:end].any():
            portion.delivery.note(1, 0, ())
        elif first < len(decoded.rejected) and decoded.rejected[first] < end:
            rejection = decoded.rejections[first]
            portion.delivery.note(0, 0, (Refused(portion.begin, rejection.reason, rejection.detail),))
        else:
            portion.delivery.note(0, 1, ())
