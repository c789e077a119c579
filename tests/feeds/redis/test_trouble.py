"""Servers that refuse, vanish and come back: each failure says what to do, and nothing is lost."""

from pathlib import Path

import pytest

from ml_exporter.feeds import FeedError
from ml_exporter.feeds.redis import FEED
from tests.feeds.object_store.source import Source
from tests.feeds.redis.server import Server, server
from tests.feeds.redis.test_reading import fill, numbers, source


def told(reader: Source) -> str:
    with pytest.raises(FeedError) as raised:
        reader.step()
    reader.close()
    return str(raised.value)


def test_a_server_that_is_not_there_is_told_and_read_once_it_is(tmp_path: Path) -> None:
    running = Server(tmp_path)
    reader = source(running, "s")
    assert "no Redis answers" in told(reader)
    running.start()
    try:
        fill(running, "s", 0, 3)
        assert reader.all() == numbers(0, 3)
        reader.close()
    finally:
        running.stop()


def test_a_server_that_dies_while_it_is_read_is_told(tmp_path: Path) -> None:
    with server(tmp_path, "--appendonly", "yes", "--appendfsync", "always") as running:
        fill(running, "s", 0, 5)
        reader = source(running, "s")
        reader.all()
        running.stop()
        assert "start it, or correct `url`" in told(reader)
        running.start()
        fill(running, "s", 5, 5)
        assert reader.all() == numbers(0, 10)
        reader.close()


def test_a_key_that_holds_no_stream_is_told(running: Server) -> None:
    running.client.set("text", "x")
    assert "the key holds no stream; correct `stream`" in told(source(running, "text"))


def test_a_password_is_read_from_its_file(tmp_path: Path) -> None:
    with server(tmp_path, "--requirepass", "pass:word") as running:
        assert "correct `username` and `password_file`" in told(source(running, "s"))
        secret = tmp_path / "password"
        secret.write_text("pass:word\n", encoding="utf-8")
        reader = source(running, "s", password_file=str(secret))
        assert reader.all() == []
        reader.close()
        secret.write_text("wrong\n", encoding="utf-8")
        assert "correct `username` and `password_file`" in told(source(running, "s", password_file=str(secret)))


def test_a_password_file_that_is_missing_is_told(running: Server) -> None:
    assert "cannot be read; write it there" in told(source(running, "s", password_file="no-such-file"))  # noqa: S106 - a name


def test_a_position_of_another_kind_is_told(running: Server) -> None:
    reader = source(running, "s")
    reader.position = b"[]"
    with pytest.raises(FeedError, match="none of Redis"):
        reader.step()
    assert FEED.where is not None
    assert FEED.where(b"{}") == "no entry yet"
