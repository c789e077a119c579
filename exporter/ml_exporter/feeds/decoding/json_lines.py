"""JSON lines: one object a line. All lines at once where they are sound, line by line where one is not."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from ml_exporter.feeds.decoding.problems import Problems

_NEWLINE = ord("\n")


class JsonLines:
    """Decodes lines into objects that have our field names; keys that are nobody's are ignored."""

    def __init__(self, ours: Sequence[str], theirs: Mapping[str, str]) -> None:
        """Prepare for one feed.

        Args:
            ours: the fields to take.
            theirs: our name to the key in the file, where it is another one.
        """
        fields = [(name, Any, msgspec.field(default=None, name=theirs.get(name, name))) for name in ours]
        self._decoder = msgspec.json.Decoder(msgspec.defstruct("Event", fields, gc=False))

    def decode(self, text: bytes) -> tuple[list[Any], list[int], Problems]:
        """Decode complete lines.

        Returns:
            The events, the line (from 0, blank ones not counted) of each, and what is wrong with the other lines.
        """
        try:
            events = self._decoder.decode_lines(text)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return self._decode_one_by_one(text)
        return events, list(range(len(events))), Problems()

    def _decode_one_by_one(self, text: bytes) -> tuple[list[Any], list[int], Problems]:
        events, numbers, problems = [], [], Problems()
        for number, line in enumerate(lines_of(text)):
            try:
                events.append(self._decoder.decode(line))
                numbers.append(number)
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
                problems.add(number, "malformed", f"is no JSON object ({error}); write one object a line")
        return events, numbers, problems


def lines_of(text: bytes) -> list[bytes]:
    """Return the lines that are not blank."""
    return [line for line in text.split(b"\n") if line.strip()]
