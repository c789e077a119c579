"""What a store is made of, in one small record that every transaction writes."""

import msgspec


class SegmentFact(msgspec.Struct, array_like=True):
    """A segment file."""

    file: str
    checksum: int
    """Of its header."""


class LaneFacts(msgspec.Struct):
    """One table of the ledger."""

    next: int = 0
    """The sequence number of the next row."""

    flushed: int = 0
    """Rows before this sequence number are in segments, or forgotten; the others are in batches."""

    segments: list[SegmentFact] = msgspec.field(default_factory=list)
    """In the order of their rows."""


class Facts(msgspec.Struct):
    """The record."""

    lanes: dict[str, LaneFacts] = msgspec.field(default_factory=dict)
    next_change: int = 0
    first_change: int = 0
    """Changes of flags from this number to before ``next_change`` are kept."""

    state: int = 0
    """The checksums of what is kept by name, in one: that none is missing."""

    models: dict[int, int] = msgspec.field(default_factory=dict)
    """Overall series to the model that it belongs to."""

    pending_series: bytes = b""
    """Overall series with predictions that wait for a label: int32."""

    pending_counts: bytes = b""
    """How many of each: int64."""

    unmatched: int = 0
    """Labels that have met no prediction."""

    labels_forgotten_before: float | None = None
    assumptions: list[tuple[str, float]] = msgspec.field(default_factory=list)
    """What silence has meant so far: actual, and seconds after the prediction."""

    @classmethod
    def from_bytes(cls, content: bytes) -> "Facts":
        """Read what ``to_bytes`` wrote."""
        return msgspec.msgpack.decode(content, type=cls)

    def to_bytes(self) -> bytes:
        """Return the record, for the database."""
        return msgspec.msgpack.encode(self)
