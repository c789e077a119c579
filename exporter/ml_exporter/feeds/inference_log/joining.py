"""Joining requests and responses by their ids, within a bounded time and memory."""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field

from ml_exporter.feeds.inference_log.exchange import Exchange, Side, join_id
from ml_exporter.feeds.inference_log.settings import InferenceLogFeedSettings


@dataclass
class Joining:
    """What waits for its other side. Nothing of it is durable: a request is worth nothing without its response."""

    settings: InferenceLogFeedSettings
    _requests: "OrderedDict[str, Side]" = field(default_factory=OrderedDict)
    _responses: "OrderedDict[str, Side]" = field(default_factory=OrderedDict)
    """The oldest first."""

    _bytes: int = 0
    """Of the requests."""

    def request(self, side: Side) -> Iterator[Exchange | Side]:
        """Take a request; yield the inference that it completes, and requests that are given up to make room."""
        identifier = join_id(side.event)
        response = self._responses.pop(identifier, None)
        if response is not None:
            yield Exchange(response, side)
            return
        self._forget(identifier)  # a sender repeats itself
        self._requests[identifier] = side
        self._bytes += len(side.event.data)
        while len(self._requests) > self.settings.max_waiting_requests or self._bytes > self.settings.max_waiting_bytes:
            yield self._oldest()

    def response(self, side: Side) -> Iterator[Exchange]:
        """Take a response; yield the inference that it completes."""
        identifier = join_id(side.event)
        request = self._forget(identifier)
        if request is not None or not self.settings.requests:
            yield Exchange(side, request)
            return
        before = self._responses.pop(identifier, None)
        self._responses[identifier] = side
        if before is not None:  # a sender repeats itself: its first try is answered, too
            yield Exchange(before, None)

    def overdue(self, now: float) -> Iterator[Exchange | Side]:
        """Yield responses that have waited long enough, as inferences without requests, and requests in vain.

        Args:
            now: seconds since the epoch.
        """
        while self._responses and _waited(self._responses, now) >= self.settings.request_within.seconds:
            _, side = self._responses.popitem(last=False)
            yield Exchange(side, None)
        while self._requests and _waited(self._requests, now) >= self.settings.response_within.seconds:
            yield self._oldest()

    def _oldest(self) -> Side:
        identifier = next(iter(self._requests))
        side = self._forget(identifier)
        assert side is not None  # noqa: S101 - it is the first of them
        return side

    def _forget(self, identifier: str) -> Side | None:
        side = self._requests.pop(identifier, None)
        self._bytes -= 0 if side is None else len(side.event.data)
        return side


def _waited(sides: "OrderedDict[str, Side]", now: float) -> float:
    """Return how long the oldest has waited; a clock that was set back makes nobody wait longer."""
    waited = now - next(iter(sides.values())).arrived
    return waited if waited >= 0 else float("inf")
