"""What the store keeps of a feed: a position that is none of files is told to be so."""

from ml_exporter.feeds import FeedError
from ml_exporter.feeds.file.position import FilePosition, decode, encode

SEEDS = (encode([FilePosition("a.jsonl", 1, 2, 3, 4, "ff")]), b"[]", b"{}", b'[{"path": 1}]', b"\xff")


def take(data: bytes) -> None:
    """Read the bytes as a position."""
    try:
        positions = decode(data)
    except FeedError as error:
        told = str(error)
    else:
        told = ""
        assert decode(encode(positions)) == positions
    assert not told or "restore the store from a backup" in told
