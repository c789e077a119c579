"""CloudEvents over HTTP: in headers (binary mode), as JSON (structured mode), or several at once (batch)."""

import base64
import binascii
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from ml_exporter.feeds.receiving import BadBody, Body, Rights, TooLarge, UnsupportedBody

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
_PREFIX = "ce-"

_JSON = msgspec.json.Decoder(dict[str, msgspec.Raw])
_BATCH = msgspec.json.Decoder(list[msgspec.Raw])
_UNREADABLE = (ValueError, RecursionError)


@dataclass(frozen=True)
class CloudEvent:
    """One event."""

    attributes: Mapping[str, str]
    """Its context, by names in lower case."""

    data: bytes


@dataclass(frozen=True)
class CloudEvents:
    """The events of a request; what is none is kept as it was written, with what is wrong with it."""

    events: Sequence[CloudEvent | tuple[bytes, str]]
    size: int
    rights: Rights

    @property
    def group(self) -> Hashable:
        """Events of those who may write the same are taken together."""
        return self.rights

    def __len__(self) -> int:
        return len(self.events)


def understand(body: Body, rights: Rights, most: int) -> CloudEvents:
    """Find the events of a body.

    Args:
        body: what was sent.
        rights: of its sender.
        most: events that it may have.

    Raises:
        UnsupportedBody: it is no CloudEvent.
        BadBody: it is no JSON.
        TooLarge: it has too many events.
    """
    if body.media_type == BATCH:
        try:
            written = _BATCH.decode(body.content)
        except _UNREADABLE as error:
            raise BadBody(f"the body is no batch of CloudEvents ({error}); send an array of objects") from None
        if len(written) > most:
            raise TooLarge(f"the body has more than {most} events; send fewer in one request")
        return CloudEvents([_structured(bytes(event)) for event in written], len(body.content), rights)
    if body.media_type == STRUCTURED:
        event = _structured(body.content)
        if isinstance(event, tuple):
            raise BadBody(f"the body is no CloudEvent: {event[1]}")
        return CloudEvents([event], len(body.content), rights)
    attributes = {name[len(_PREFIX) :]: value for name, value in body.headers.items() if name.startswith(_PREFIX)}
    if "type" not in attributes:
        raise UnsupportedBody(
            "the request is no CloudEvent; send its attributes as headers (ce-id, ce-type), or send"
            f" {STRUCTURED} or {BATCH}"
        )
    return CloudEvents([CloudEvent(attributes, body.content)], len(body.content), rights)


def _structured(written: bytes) -> CloudEvent | tuple[bytes, str]:
    try:
        members = _JSON.decode(written)
        attributes = {
            name: value
            for name, raw in members.items()
            if name not in ("data", "data_base64") and isinstance(value := msgspec.json.decode(raw), str)
        }
        return CloudEvent(attributes, _data(members))
    except _UNREADABLE as error:
        return written, f"it cannot be read ({error}); send a JSON object"


def _data(members: Mapping[str, Any]) -> bytes:
    if "data" in members:
        data = bytes(members["data"])
        # JSON within a text: what senders write whose data is no JSON to them
        return msgspec.json.decode(data, type=str).encode() if data.startswith(b'"') else data
    try:
        return base64.b64decode(msgspec.json.decode(members["data_base64"], type=str), validate=True)
    except KeyError:
        return b""
    except binascii.Error as error:
        raise ValueError(f"data_base64: {error}") from None
