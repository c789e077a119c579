"""The exposition as it is sent: plain and compressed, with more at its end."""

import gzip
import zlib
from collections.abc import Iterable

import pytest
import zstandard
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ml_exporter.snapshot import Exposition, expositions
from ml_exporter.snapshot.render import OPENMETRICS_END, Written


@given(text=st.binary(max_size=3000), further=st.binary(max_size=300), end=st.sampled_from([b"", OPENMETRICS_END]))
def test_compressed_and_plain_are_the_same_and_one_member(text: bytes, further: bytes, end: bytes) -> None:
    exposition = Exposition.of(text, end)
    plain = exposition.plain(further)
    assert plain == text + further + end
    reader = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    assert reader.decompress(exposition.gzipped(further)) == plain
    assert reader.eof
    assert reader.unused_data == b"", "several members: clients that read the first only would miss the rest"


@given(text=st.binary(max_size=3000), further=st.binary(max_size=300), end=st.sampled_from([b"", OPENMETRICS_END]))
@example(text=b"a 1\n" * 1000, further=b"x" * 300_000, end=b"")
@example(text=b"x", further=b"y" * 131_072, end=b"")
def test_zstandard_and_plain_are_the_same_and_one_frame(text: bytes, further: bytes, end: bytes) -> None:
    exposition = Exposition.of(text, end)
    for _ in range(2):  # what was compressed for the first scrape is there for the second
        reader = zstandard.ZstdDecompressor().decompressobj()
        assert reader.decompress(exposition.zstandard(further)) == exposition.plain(further)
        assert reader.eof
        assert reader.unused_data == b""


@pytest.mark.parametrize("further", [b"", b"a 1\n"])
def test_compressing_pays(further: bytes) -> None:
    text = b"".join(b'ml_x{model="m%d"} %d\n' % (number % 10, number) for number in range(5000))
    exposition = Exposition.of(text)
    assert gzip.decompress(exposition.gzipped(further)) == text + further
    assert len(exposition.gzipped(further)) < len(text) / 4
    assert len(exposition.zstandard(further)) < len(text) / 4


@settings(deadline=None)
@given(st.lists(st.tuples(st.binary(max_size=30), st.binary(max_size=30) | st.none())), st.binary(max_size=30))
def test_what_both_formats_share_is_compressed_once_and_each_is_whole(
    drawn: list[tuple[bytes, bytes | None]], further: bytes
) -> None:
    parts = [Written(text, text if other is None else other) for text, other in drawn]
    text, openmetrics = expositions(parts)
    assert (
        gzip.decompress(text.gzipped(further)) == text.plain(further) == _whole(part.text for part in parts) + further
    )
    assert gzip.decompress(openmetrics.gzipped(further)) == openmetrics.plain(further)
    assert openmetrics.plain(further) == _whole(part.openmetrics for part in parts) + further + OPENMETRICS_END
    shared = {id(piece) for piece in text.pieces} & {id(piece) for piece in openmetrics.pieces}
    assert bool(shared) == any(part.alike for part in parts)


def _whole(parts: Iterable[bytes]) -> bytes:
    return b"".join(parts)
