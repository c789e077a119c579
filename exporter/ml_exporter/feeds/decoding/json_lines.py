"""JSON lines: from lines, one object each, to raw columns."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import msgspec

from ml_exporter.feeds.decoding.problems import Problems

_UNREADABLE = (ValueError, OverflowError, RecursionError)
"""What decoders raise: errors of msgspec and of UTF-8 are ValueErrors."""


@dataclass(frozen=True)
class RawEvents:
    """Objects as columns, nothing checked yet."""

    columns: Mapping[str, Sequence[Any]]
    """Our field name to its values, ``None`` where an object lacks it."""

    lines: Sequence[int]
    """The line, from 0, that each row stands on."""

    problems: Problems
    """What is wrong with other lines, by line."""


class JsonLines:
    """Decodes the lines of one feed; keys that are nobody's are ignored."""

    def __init__(self, ours: Sequence[str], theirs: Mapping[str, str], piece: str = "line") -> None:
        """Prepare for one feed.

        Args:
            ours: the fields to take.
            theirs: our name to the key in the object, where it is another one. A key that is taken so is no longer
                a field of its own: with ``{score: prediction}`` there is no prediction.
            piece: what the source calls that which holds one object.
        """
        self._ours = ours
        self._piece = piece
        taken = set(theirs.values())
        keys = {name: theirs.get(name, name) for name in ours if name in theirs or name not in taken}
        fields = [(name, Any, msgspec.field(default=None, name=key)) for name, key in keys.items()]
        self._event = msgspec.defstruct("Event", fields, gc=False)
        decoder = msgspec.json.Decoder(self._event)
        self._decode, self._decode_lines = decoder.decode, decoder.decode_lines
        self._fields = frozenset(keys)

    def decode(self, lines: Sequence[bytes]) -> RawEvents:
        """Decode lines; blank ones are passed over."""
        try:
            events = self._decode_at_once(lines)
        except _UNREADABLE:
            return self._decode_one_by_one(lines)
        return RawEvents(self._columns(events), range(len(events)), Problems())

    def _decode_at_once(self, lines: Sequence[bytes]) -> list[Any]:
        """Decode lines that are all sound.

        What decodes many lines takes an object over two lines, and two objects on a line, for good. Where each line
        begins and ends with a brace the former cannot be, and then the latter shows in the number of objects.
        """
        text = b"\n".join(lines)
        if text.count(b"}\n{") == len(lines) - 1 and text.startswith(b"{") and text.endswith(b"}"):
            events = self._decode_lines(text)
            if len(events) == len(lines):
                return events
        return [self._decode(line) for line in lines]

    def _decode_one_by_one(self, lines: Sequence[bytes]) -> RawEvents:
        events, numbers, problems = [], [], Problems()
        for number, line in enumerate(lines):
            if not line.strip():
                continue
            try:
                events.append(self._decode_odd(line))
                numbers.append(number)
            except _UNREADABLE as error:
                detail = f"the {self._piece} is no JSON object ({error}); write one object a {self._piece}"
                problems.add(number, "malformed", detail)
        return RawEvents(self._columns(events), numbers, problems)

    def _decode_odd(self, line: bytes) -> Any:
        """Decode a line that may hold NaN or Infinity: many writers emit them though JSON has neither.

        In a field that nobody reads they do no harm; in one that is read, the field itself is judged.
        """
        try:
            return self._decode(line)
        except _UNREADABLE:
            if b"NaN" not in line and b"Infinity" not in line:
                raise
            value = json.loads(line)
            msgspec.json.encode(value)  # refuses texts that are no Unicode, which no store could keep
            return msgspec.convert(value, self._event)

    def _columns(self, events: list[Any]) -> dict[str, list[Any]]:
        return {
            name: list(map(attrgetter(name), events)) if name in self._fields else [None] * len(events)
            for name in self._ours
        }
