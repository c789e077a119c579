"""What a compressed file holds: the same bytes however they are asked for, and however the file grows."""

import gzip
import os
import random
import tempfile
import tracemalloc
import zlib
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from ml_exporter.feeds.compression import Content, compressions, content_of

COMPRESS = {"gzip": gzip.compress, "Zstandard": zstandard.ZstdCompressor().compress, "nothing": bytes}


class Grown:
    """A file that grows while its content is read."""

    def __init__(self, path: Path, data: bytes = b"") -> None:
        self.path = path
        self.path.write_bytes(data)
        self.content: Content | None = None

    def append(self, data: bytes) -> None:
        with self.path.open("ab") as file:
            file.write(data)

    def read(self, offset: int, most: int) -> tuple[bytes, bool]:
        descriptor = os.open(self.path, os.O_RDONLY)
        try:
            size = os.fstat(descriptor).st_size
            self.content = self.content or content_of(os.pread(descriptor, 100, 0))
            return self.content.read(descriptor, size, offset, most)
        finally:
            os.close(descriptor)

    def taken(self, offset: int) -> int:
        assert self.content is not None
        return self.content.taken(offset)


def test_every_compression_is_tested_here() -> None:
    assert {compression.name for compression in compressions()} == COMPRESS.keys() - {"nothing"}


@pytest.mark.parametrize("name", COMPRESS)
@hypothesis_settings(deadline=None, max_examples=60)
@given(pieces=st.lists(st.binary(min_size=1, max_size=300), min_size=1, max_size=5), seed=st.integers(0, 2**32))
def test_a_content_is_the_same_however_it_is_cut_and_asked_for(name: str, pieces: list[bytes], seed: int) -> None:
    """Several members, appended in any cuts; read on, and now and then again from before."""
    chance = random.Random(seed)
    pieces = [b"text", *pieces]  # what is not compressed must not look so
    whole = b"".join(pieces)
    compressed = b"".join(COMPRESS[name](piece) for piece in pieces)
    with tempfile.TemporaryDirectory() as folder:
        first = chance.randint(min(4, len(compressed)), len(compressed))
        file = Grown(Path(folder) / "a", compressed[:first])
        rest, offset = compressed[first:], 0
        while rest or offset < len(whole):
            cut = chance.randint(0, len(rest))
            file.append(rest[:cut])
            rest = rest[cut:]
            if chance.random() < 0.2:
                offset = chance.randint(0, offset)
            most = chance.randint(1, 200)
            got, at_end = file.read(offset, most)
            assert whole[offset:].startswith(got)
            assert len(got) == most or at_end
            offset += len(got)
        assert file.read(len(whole), 10) == (b"", True)
        assert file.taken(len(whole)) == len(compressed)
        assert file.taken(len(whole) - 1) < len(compressed)


@pytest.mark.parametrize("name", ["gzip", "Zstandard"])
def test_what_a_writer_has_flushed_can_be_read_before_it_has_finished(tmp_path: Path, name: str) -> None:
    writer = zlib.compressobj(wbits=31) if name == "gzip" else zstandard.ZstdCompressor().compressobj()
    flush = zlib.Z_SYNC_FLUSH if name == "gzip" else zstandard.COMPRESSOBJ_FLUSH_BLOCK
    file = Grown(tmp_path / "a")
    file.append(writer.compress(b"one\n") + writer.flush(flush))
    assert file.read(0, 100) == (b"one\n", True)
    file.append(writer.compress(b"two\n") + writer.flush(flush))
    assert file.read(4, 100) == (b"two\n", True)
    file.append(writer.flush())
    assert file.read(8, 100) == (b"", True)


@pytest.mark.parametrize("name", ["gzip", "Zstandard"])
def test_every_byte_is_read_from_the_file_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    content = os.urandom(3_000_000)
    file = Grown(tmp_path / "a", COMPRESS[name](content))
    read = 0
    real = os.pread

    def counting(descriptor: int, size: int, offset: int) -> bytes:
        nonlocal read
        data = real(descriptor, size, offset)
        read += len(data)
        return data

    monkeypatch.setattr(os, "pread", counting)
    got = b"".join(file.read(offset, 10_000)[0] for offset in range(0, len(content), 10_000))
    assert got == content
    assert read <= file.path.stat().st_size + 100


@pytest.mark.parametrize("name", ["gzip", "Zstandard"])
def test_a_small_file_that_stands_for_very_much_takes_little_memory(tmp_path: Path, name: str) -> None:
    """A gigabyte of zeros in less than two megabytes: three megabytes of it are read at a time."""
    million = bytes(1 << 20)
    compressed = COMPRESS[name](million) * 512
    file = Grown(tmp_path / "a", compressed)
    file.read(0, 100)
    tracemalloc.start()
    for offset in range(0, 100 << 20, 3 << 20):
        data, at_end = file.read(offset, 3 << 20)
        assert (len(data), at_end) == (3 << 20, False)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20 << 20


@pytest.mark.parametrize("name", ["gzip", "Zstandard"])
def test_what_stands_before_a_damaged_piece_is_read_and_the_place_is_named(tmp_path: Path, name: str) -> None:
    sound, damaged = COMPRESS[name](b"sound\n"), bytearray(COMPRESS[name](b"damaged\n" * 100))
    damaged[10 if name == "gzip" else 4] = 0xFF  # no block, no header of a frame begins so
    file = Grown(tmp_path / "a", sound)
    assert file.read(0, 100) == (b"sound\n", True)
    file.append(bytes(damaged))
    assert file.read(0, 100) == (b"sound\n", False)
    assert file.content is not None
    told = f"is damaged: its {name} cannot be decompressed behind byte {len(sound)} ("
    assert file.content.damage is not None
    assert file.content.damage.startswith(told)


def test_zeros_behind_a_member_are_padding(tmp_path: Path) -> None:
    file = Grown(tmp_path / "a", gzip.compress(b"a") + bytes(700))
    assert file.read(0, 10) == (b"a", True)
    file.append(bytes(100) + gzip.compress(b"b") + bytes(50))
    assert file.read(0, 10) == (b"ab", True)
    assert file.taken(2) == file.path.stat().st_size


def test_a_file_that_shrinks_to_less_is_no_endless_loop(tmp_path: Path) -> None:
    file = Grown(tmp_path / "a", gzip.compress(b"abc"))
    assert file.read(7, 10) == (b"", True)
