"""From a body to events: an array of objects, lines of objects, or columns."""

import io
import json
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from ml_exporter.feeds.receiving import BadBody, Body, Rights, TooLarge, UnsupportedBody

JSON = "application/json"
JSON_LINES = ("application/x-ndjson", "application/jsonl", "application/x-jsonlines")
COLUMNS = "application/vnd.ml-exporter.columns+json"

_PARTS_AN_EVENT = 40
"""An event has hardly more commas. Each could else begin an event of its own, that costs more memory than bytes."""

_UNREADABLE = (ValueError, RecursionError)
"""What decoders raise: errors of msgspec and of UTF-8 are ValueErrors."""

_RAW = msgspec.json.Decoder(list[msgspec.Raw])
_COLUMNS = msgspec.json.Decoder(dict[str, list[Any]])


@dataclass(frozen=True)
class Lines:
    """Events as JSON objects."""

    lines: Sequence[bytes]
    size: int
    rights: Rights

    @property
    def group(self) -> Hashable:
        """Events of those who may write the same are decoded as one."""
        return self.rights

    def __len__(self) -> int:
        return len(self.lines)


@dataclass(frozen=True)
class Columns:
    """Events as columns of equal length."""

    columns: Mapping[str, Sequence[Any]]
    rows: int
    size: int
    rights: Rights

    @property
    def group(self) -> Hashable:
        """Columns of the same names stand one below the other, from those who may write the same."""
        return self.rights, tuple(self.columns)

    def __len__(self) -> int:
        return self.rows


def understand(body: Body, rights: Rights, most: int) -> Lines | Columns:
    """Find the events of a body.

    Args:
        body: what was sent.
        rights: of its sender.
        most: events that it may have.

    Raises:
        UnsupportedBody: its media type is none of these.
        BadBody: it is no JSON, or no events.
        TooLarge: it has too many.
    """
    if body.media_type in JSON_LINES:
        return _lines(body.content, rights, most)
    if body.media_type == COLUMNS:
        return _columns(body.content, rights, most)
    if body.media_type == JSON:
        return _array(body.content, rights, most)
    raise UnsupportedBody(
        f"Content-Type {body.media_type!r} is not read here; send {JSON} (an array of objects, or one),"
        f" {JSON_LINES[0]} (one object a line) or {COLUMNS} (an object of arrays)"
    )


def _lines(content: bytes, rights: Rights, most: int) -> Lines:
    if content.count(b"\n") > 2 * most:  # blank lines are borne, but not without end
        raise _too_many(most)
    lines = [line for line in io.BytesIO(content) if not line.isspace()]
    if len(lines) > most:
        raise _too_many(most)
    return Lines([line.rstrip(b"\r\n") for line in lines], len(content), rights)


def _array(content: bytes, rights: Rights, most: int) -> Lines:
    stripped = content.strip(b" \t\r\n")
    if stripped.startswith(b"{"):
        return Lines([stripped], len(content), rights)
    if not stripped.startswith(b"["):
        raise BadBody("the body is neither an array of objects nor an object; send events as JSON")
    if content.count(b",") > _PARTS_AN_EVENT * most:
        raise _too_many(most)
    try:
        lines = _elements(stripped)
    except _UNREADABLE as error:
        raise BadBody(f"the body is no JSON ({error}); send an array of objects") from None
    if len(lines) > most:
        raise _too_many(most)
    return Lines(lines, len(content), rights)


def _elements(array: bytes) -> list[bytes]:
    """Return the elements of an array, each as it was written; NaN is borne in them, as in lines."""
    try:
        return [bytes(element) for element in _RAW.decode(array)]
    except msgspec.DecodeError:
        if b"NaN" not in array and b"Infinity" not in array:
            raise
        return [json.dumps(element).encode() for element in json.loads(array)]


def _columns(content: bytes, rights: Rights, most: int) -> Columns:
    try:
        columns = _COLUMNS.decode(content)
    except _UNREADABLE as error:
        raise BadBody(f"the body is no JSON object of arrays ({error}); send one array for each field") from None
    lengths = {name: len(values) for name, values in columns.items()}
    rows = next(iter(lengths.values()), 0)
    odd = next((name for name, length in lengths.items() if length != rows), None)
    if odd is not None:
        first = next(iter(lengths))
        raise BadBody(
            f"{odd!r} has {lengths[odd]} values and {first!r} has {rows}; send as many of each, null for none"
        )
    if rows > most:
        raise _too_many(most)
    return Columns(columns, rows, len(content), rights)


def _too_many(most: int) -> TooLarge:
    return TooLarge(f"the body has more than {most} events; send fewer in one request")
