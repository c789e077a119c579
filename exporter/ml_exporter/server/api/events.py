"""Sending events, as the API's description has it: what a feed takes, and what it answers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from ml_exporter import feeds
from ml_exporter.feeds.receiving import PREFIX, ReceivingSettings
from ml_exporter.server.api.resource import JSON

FAILURES = {
    400: "The body as a whole cannot be read; the message says why and what to send.",
    401: "The request has no token of this feed, and no password.",
    403: "A web page sent it.",
    413: "The body has too many bytes or events (`max_request_bytes`, `max_request_events`).",
    415: "The body's media type, or the way in which it is packed, is none that is read here.",
    429: "Too much waits to be durable; `Retry-After` says when to send it again.",
    503: "The events are not durable: the exporter starts or stops, or its store fails. `Retry-After` says when to send"
    " them again; none will count twice.",
}
"""Status to what it says."""

_ABOUT = (
    "Sends {events} to the feed. The answer comes once they are durable. What got no answer can be sent again as it is:"
    " what is known counts once. An event that cannot be used is rejected by itself. The body may be packed"
    " (`Content-Encoding: gzip` or `zstd`)."
)


class RejectedEvent(msgspec.Struct):
    """An event that cannot be used. It is written to the dead-letter file."""

    index: int
    """Which of the request's events, from 0."""

    reason: str
    """As in ml_exporter_feed_rejected_total."""

    detail: str
    """What is wrong, and what to do."""


class Acknowledgement(msgspec.Struct):
    """What became of the events of a request. They are durable."""

    accepted: int
    duplicate: int
    """Known already, and ignored."""

    rejected: int
    rejections: list[RejectedEvent]
    """The first hundred of them."""


@dataclass(frozen=True)
class EventPath:
    """A path that events are sent to."""

    path: str
    settings: type[ReceivingSettings]
    events: str


def paths_of(inboxes: Mapping[str, ReceivingSettings]) -> tuple[EventPath, ...]:
    """Return the paths that feeds have."""
    return tuple(EventPath(path, type(settings), settings.events) for path, settings in sorted(inboxes.items()))


def usual_paths() -> tuple[EventPath, ...]:
    """Return the paths that feeds have where nothing else is said."""
    return tuple(
        EventPath(f"{PREFIX}{name}", kind.settings, events)
        for kind in feeds.kinds().values()
        if issubclass(kind.settings, ReceivingSettings)
        for name, events in kind.settings.usual()
    )


def operations(paths: Iterable[EventPath], schemas: Mapping[type, Any], failure: type) -> dict[str, Any]:
    """Return the description of each path, as OpenAPI has it.

    Args:
        paths: to describe.
        schemas: of the types of answers.
        failure: the type of the answer that there is none.
    """
    return {f"/{path.path.removeprefix(PREFIX)}": {"post": _operation(path, schemas, failure)} for path in paths}


def _operation(path: EventPath, schemas: Mapping[type, Any], failure: type) -> dict[str, Any]:
    return {
        "operationId": f"send {path.path.removeprefix(PREFIX)}",
        "summary": f"Send {path.events}",
        "description": _ABOUT.format(events=path.events),
        "parameters": [],
        "requestBody": {
            "required": True,
            "content": {
                body.media_type: {"schema": body.schema, "example": body.example}
                for body in path.settings.bodies(path.events)
            },
        },
        "responses": {
            **(
                {"200": {"description": "The events are kept. The answer is empty, as loggers and brokers want it."}}
                if path.settings.silent
                else {
                    "202": {
                        "description": "The events are kept.",
                        "content": {JSON: {"schema": schemas[Acknowledgement]}},
                    }
                }
            ),
            **{
                str(status): {"description": about, "content": {JSON: {"schema": schemas[failure]}}}
                for status, about in FAILURES.items()
            },
        },
    }
