"""Counts of what the server refused, by reason."""

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum


class Reason(StrEnum):
    """Why a connection or a request was refused."""

    TOO_MANY_CONNECTIONS = "too_many_connections"
    SLOW_REQUEST = "slow_request"
    SLOW_RESPONSE = "slow_response"
    BAD_REQUEST = "bad_request"
    BAD_CERTIFICATE = "bad_certificate"
    UNAUTHORIZED = "unauthorized"
    TOO_MANY_REQUESTS = "too_many_requests"
    TOO_MANY_STREAMS = "too_many_streams"
    BAD_BODY = "bad_body"
    FORBIDDEN = "forbidden"
    QUEUE_FULL = "queue_full"
    TOO_LARGE = "too_large"
    UNAVAILABLE = "unavailable"
    UNSUPPORTED_BODY = "unsupported_body"


class Refusals:
    """Counts; only the server's own thread adds to them."""

    def __init__(self) -> None:
        self._counts: Counter[Reason] = Counter()

    def count(self, reason: Reason) -> None:
        """Count one more."""
        self._counts[reason] += 1

    def items(self) -> Iterable[tuple[str, int]]:
        """Return every reason with its count, 0 included."""
        return [(reason.value, self._counts[reason]) for reason in Reason]
