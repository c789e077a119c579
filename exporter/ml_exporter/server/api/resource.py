"""What a resource of the API is, and what it answers from."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from ml_exporter.feeds import Inboxes
from ml_exporter.server.alertmanager import Alertmanager
from ml_exporter.server.computing import Busy, Computing
from ml_exporter.server.newest import SnapshotHolder
from ml_exporter.server.sending import send
from ml_exporter.snapshot import Snapshot

JSON = "application/json"
NOT_KEPT = {"Cache-Control": "no-store"}
"""Says that an answer is of now, and of no use later."""


class Refusal(Exception):
    """A request that gets no answer; the message says why and what to do."""

    status = 400


class ParameterError(Refusal):
    """A query parameter cannot be used; the message says which and what to write."""


class NotFound(Refusal):
    """What is asked for is not there; the message says what is."""

    status = 404


class Unavailable(Refusal):
    """There is no answer for now; the message says why."""

    status = 503


@dataclass(frozen=True)
class Parameter:
    """A query parameter."""

    about: str
    """What it does."""

    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})
    """What may be written, as JSON Schema."""

    required: bool = False


def _nothing() -> None:
    """Count nothing."""


@dataclass
class Sources:
    """What resources answer from."""

    newest: SnapshotHolder
    computing: Computing = field(default_factory=Computing)
    alertmanager: Alertmanager = field(default_factory=Alertmanager)
    refused: Callable[[], None] = _nothing
    """Counts a client that may not listen to the stream."""

    inboxes: Inboxes = field(default_factory=Inboxes)
    """Where events may be sent to."""

    listening: int = 0
    """How many clients listen to it."""

    def snapshot(self) -> Snapshot:
        """Return the newest snapshot.

        Raises:
            Unavailable: there is none yet.
        """
        if self.newest.snapshot is None:
            raise Unavailable("ml_exporter is not ready yet; ask again in a moment")
        return self.newest.snapshot


Handle = Callable[[Sources, Request, Mapping[str, str]], Awaitable[Response]]
"""From a request and its parameters, of which each is known and the required ones are given, to the response.

Raises:
    Refusal: there is none.
"""


@dataclass(frozen=True)
class Resource:
    """One thing that can be asked for by GET."""

    path: str
    """Below /api/v1."""

    about: str
    """What it answers, in a sentence or two, for the documentation."""

    parameters: Mapping[str, Parameter]
    answers: type
    """What an answer holds."""

    handle: Handle
    failures: Mapping[int, str] = field(default_factory=dict)
    """Status to what it says, beyond 400 and 503."""

    media_type: str = JSON


def computed(path: str, answer: Callable[[Snapshot, Mapping[str, str]], object]) -> Handle:
    """Return what answers from the newest snapshot: in a thread, and once a tick for the same parameters.

    Args:
        path: the resource's own.
        answer: from snapshot and parameters to what is written as JSON; what is not known (NaN, infinite) is null.
    """

    async def handle(sources: Sources, request: Request, given: Mapping[str, str]) -> Response:
        snapshot = sources.snapshot()
        question = (path, *sorted(given.items()))
        try:
            ready = await sources.computing.once(
                question, snapshot, lambda: msgspec.json.encode(answer(snapshot, given))
            )
        except Busy:
            raise Unavailable("too many answers are being computed; ask again in a moment") from None
        return send(request, ready, JSON, headers=NOT_KEPT)

    return handle
