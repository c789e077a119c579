"""Middleware for ASGI applications (FastAPI, Starlette, ...): every request to chosen paths is a prediction."""

import fnmatch
import re
from collections.abc import Awaitable, Callable, Collection, Mapping, MutableMapping
from typing import Any

import msgspec

from ml_exporter.client.observation import ERROR, Observation
from ml_exporter.client.recorder import Recorder

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

STATE = "observation"
"""The handler finds the observation as ``request.state.observation``."""

_NO_PREDICTIONS = {"HEAD", "OPTIONS"}
_LARGEST_BODY = 1024 * 1024


def usual_status(code: int) -> str | None:
    """Return the status of a prediction by that of the response; ``None``: it is none.

    A request that the client got wrong (4xx) was never shown to the model, and would make its error rate the client's.
    """
    if code >= 500:
        return ERROR
    return None if code >= 400 else "success"


class RecordPredictions:
    """Times requests, and records what the handler, or ``read``, says of them.

    The handler fills in ``request.state.observation`` (``.score = ...``), or the response's JSON is read. The latency
    ends with the last byte of the response, not with tasks after it.
    """

    def __init__(
        self,
        app: Application,
        recorder: Recorder,
        *,
        paths: Collection[str],
        read: Callable[[Any], Mapping[str, Any]] | None = None,
        status: Callable[[int], str | None] = usual_status,
        model_name: str | None = None,
        model_version: str | None = None,
    ) -> None:
        """Wrap an application; as ``app.add_middleware(RecordPredictions, recorder=..., paths=[...])`` does.

        Args:
            app: the application.
            recorder: where predictions are recorded.
            paths: the paths whose requests are predictions; ``*`` stands for anything.
            read: computes fields of the prediction from the response's JSON, as ``{"score": ...}``.
            status: computes the prediction's status from the response's; ``None``: nothing is recorded. What the
                handler says stands above it.
            model_name: the model, where it is not the recorder's.
            model_version: its version, likewise.
        """
        self._app = app
        self._recorder = recorder
        self._path = re.compile("|".join(fnmatch.translate(path) for path in paths))
        self._read = read
        self._status = status
        self._model_name = model_name
        self._model_version = model_version

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http" or scope["method"] in _NO_PREDICTIONS or self._path.fullmatch(scope["path"]) is None:
            await self._app(scope, receive, send)
            return
        seen = self._recorder.observation(model_name=self._model_name, model_version=self._model_version)
        response = _Response(self, seen, send)
        scope.setdefault("state", {})[STATE] = seen
        with seen:
            await self._app(scope, receive, response.send)
            if not response.complete:
                seen.status = ERROR

    def status_of(self, code: int) -> str | None:
        """Return the status of a prediction by that of the response; what the user's function raises is told."""
        try:
            return self._status(code)
        except Exception as error:  # noqa: BLE001 - monitoring must not break what it watches
            self._recorder.invalid("status of a response", error)
            return usual_status(code)

    def fill(self, seen: Observation, body: bytes) -> None:
        """Fill in what the response says."""
        if self._read is None:
            return
        try:
            seen.fill(self._read(msgspec.json.decode(body)))
        except Exception as error:  # noqa: BLE001 - as above
            self._recorder.invalid("response", error)


class _Response:
    """Listens to one response."""

    def __init__(self, owner: RecordPredictions, seen: Observation, send: Send) -> None:
        self.seen = seen
        self.complete = False
        self._owner = owner
        self._send = send
        self._code = 0
        self._body = bytearray()

    async def send(self, message: Message) -> None:
        """Pass a message on."""
        await self._send(message)
        if message["type"] == "http.response.start":
            self._code = message["status"]
        elif message["type"] == "http.response.body":
            if len(self._body) < _LARGEST_BODY:
                self._body += message.get("body", b"")
            if not message.get("more_body", False):
                self.complete = True
                self._ended()

    def _ended(self) -> None:
        self.seen.stop()
        status = self._owner.status_of(self._code)
        if status == "success":
            self._owner.fill(self.seen, bytes(self._body))
        if self.seen.status is None:
            self.seen.status = status
        if self.seen.status is None:
            self.seen.leave_out()
        else:
            self.seen.record()
