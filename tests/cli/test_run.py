"""``ml-exporter run``: where it cannot begin it says why and what to do, in one line, and ends with 1."""

import json
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from ml_exporter.ledger import SegmentedLedger, SqliteLedger
from ml_exporter.ledger.segmented.database_file import FORMAT
from tests.cli.commands import VALID, run, written
from tests.stack.waiting import eventually

_DATABASE = Path("data") / "ledger.sqlite"
_MOVE_AWAY = "away and start anew"


def _refusal(folder: Path, text: str = VALID) -> str:
    """Run the exporter, and return the one line that it says as it ends with 1."""
    ended = run("run", written(folder, text), folder=folder)
    assert (ended.returncode, ended.stdout) == (1, "")
    (line,) = ended.stderr.splitlines()
    assert line.startswith("ml-exporter: ")
    return line


@contextmanager
def _running(folder: Path, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run the exporter while the context lasts, from when it has started on."""
    file, log = written(folder), folder / "log"
    with log.open("wb") as opened:
        command = [sys.executable, "-m", "ml_exporter", "run", str(file), *options]
        process = subprocess.Popen(command, stderr=opened)
    try:
        eventually(lambda: b"started" in log.read_bytes() or process.poll() is not None, "it has started")
        assert process.poll() is None, log.read_text(encoding="utf-8")
        yield process
    finally:
        process.kill()
        process.wait(timeout=30)


def _store(folder: Path) -> Path:
    """Make an empty store, and return its file."""
    SegmentedLedger(folder / "data").close()
    return folder / _DATABASE


def test_a_port_in_use(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        address = f"127.0.0.1:{other.getsockname()[1]}"
        said = _refusal(tmp_path, VALID.replace("127.0.0.1:0", address))
    assert f"{address} cannot be listened on (Address already in use)" in said
    assert "stop what uses the port, or set server.listen to another one" in said
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("path", ["/proc/none", "monitoring.yml/data"])
def test_a_store_that_cannot_be_written(tmp_path: Path, path: str) -> None:
    said = _refusal(tmp_path, VALID.replace("path: data", f"path: {path}"))
    assert f"the store {tmp_path / path} cannot be written" in said
    assert "make the folder writable for this user, or set store.path to one that is" in said


def test_a_second_exporter_on_the_same_store_names_the_first_which_goes_on(tmp_path: Path) -> None:
    with _running(tmp_path) as first:
        said = _refusal(tmp_path)
        assert f"the store {tmp_path / 'data'} is locked by another exporter (process {first.pid})" in said
        assert "stop that one, or give this one a store.path of its own" in said
        assert first.poll() is None
        first.send_signal(signal.SIGTERM)
        assert first.wait(timeout=30) == 0


def test_a_store_of_a_newer_version(tmp_path: Path) -> None:
    with closing(sqlite3.connect(_store(tmp_path))) as database:
        database.execute("PRAGMA user_version = 99")
    said = _refusal(tmp_path)
    assert f"was written by a newer version (format 99, this one reads {FORMAT})" in said
    assert "upgrade ml-exporter, or set store.path to a new folder" in said


def test_a_store_of_the_first_version(tmp_path: Path) -> None:
    SqliteLedger(tmp_path / "data").close()
    before = (tmp_path / _DATABASE).read_bytes()
    said = _refusal(tmp_path)
    assert f"the store {tmp_path / _DATABASE} has an older format (1, this one reads {FORMAT})" in said
    assert "set store.path to a new folder: feeds that can be read again are read from the beginning" in said
    assert (tmp_path / _DATABASE).read_bytes() == before


def test_a_store_that_is_cut_off(tmp_path: Path) -> None:
    content = _store(tmp_path).read_bytes()
    (tmp_path / _DATABASE).write_bytes(content[: len(content) // 2])
    said = _refusal(tmp_path)
    assert f"the store {tmp_path / _DATABASE} is damaged" in said
    assert _MOVE_AWAY in said


def test_a_store_that_is_no_database(tmp_path: Path) -> None:
    _store(tmp_path).write_bytes(b"no database " * 1000)
    said = _refusal(tmp_path)
    assert "is damaged (file is not a database)" in said
    assert _MOVE_AWAY in said


@pytest.mark.parametrize("name", ["series", "join"])
def test_a_store_whose_state_is_damaged(tmp_path: Path, name: str) -> None:
    _store(tmp_path)
    ledger = SegmentedLedger(tmp_path / "data")
    with ledger.transaction():
        ledger.write(name, b"{\0")
    ledger.close()
    said = _refusal(tmp_path)
    assert f"{tmp_path / 'data'}: the state in the store is damaged" in said
    assert _MOVE_AWAY in said


def test_a_file_of_another_program(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with closing(sqlite3.connect(tmp_path / _DATABASE)) as database:
        database.execute("CREATE TABLE theirs (content TEXT)")
        database.commit()
    said = _refusal(tmp_path)
    assert f"{tmp_path / _DATABASE} is a SQLite file of another program; set store.path to a folder of its own" in said
    with closing(sqlite3.connect(tmp_path / _DATABASE)) as database:
        assert [name for (name,) in database.execute("SELECT name FROM sqlite_master")] == ["theirs"]


def test_a_configuration_that_has_vanished(tmp_path: Path) -> None:
    ended = run("run", "monitoring.yml", folder=tmp_path)
    assert ended.returncode == 1
    assert ended.stderr == (
        "monitoring.yml: 1 problem\n"
        "  cannot be read (No such file or directory); name an existing, readable file\n"
    )  # fmt: skip


def test_a_configuration_with_errors_starts_nothing(tmp_path: Path) -> None:
    ended = run("run", written(tmp_path, VALID.replace("tick: 1s", "tick: 5 parsecs")), folder=tmp_path)
    assert ended.returncode == 1
    assert "tick: '5 parsecs' is no duration" in ended.stderr
    assert not (tmp_path / "data").exists()


def test_the_log_is_json_where_it_is_asked_for_and_says_where_it_listens(tmp_path: Path) -> None:
    with _running(tmp_path, "--log-format", "json") as process:
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 0
    events = [json.loads(line) for line in (tmp_path / "log").read_text(encoding="utf-8").splitlines()]
    assert [event["event"] for event in events] == ["started", "stopped"]
    assert "127.0.0.1:" in events[0]["addresses"]
    assert events[0]["store"] == str(tmp_path / "data")
