"""How the exporter is reached: proofs of identity, TLS, addresses with a path, answers that are odd."""

import base64
import contextlib
import socket
import ssl
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ml_exporter.client import Recorder
from ml_exporter.client.settings import Connection
from ml_exporter.client.transport import Transport, Unreachable
from tests.client.far_end import FarEnd, all_sent, far_end
from tests.server.certificates import Authority

Record = Callable[..., Recorder]


def _authorization(end: FarEnd) -> str | None:
    return end.requests[-1].headers.get("Authorization")


def test_a_token_is_read_from_its_file_each_time(record: Record, end: FarEnd, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("first\n")
    recorder = record(token_file=file)
    recorder.prediction(score=0.5)
    all_sent(recorder)
    assert _authorization(end) == "Bearer first"
    file.write_text("second")
    recorder.prediction(score=0.5)
    all_sent(recorder)
    assert _authorization(end) == "Bearer second"


def test_a_token_may_come_from_the_environment(record: Record, end: FarEnd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ML_EXPORTER_TOKEN", "of-the-environment")
    recorder = record()
    recorder.prediction(score=0.5)
    all_sent(recorder)
    assert _authorization(end) == "Bearer of-the-environment"


@pytest.mark.parametrize("from_file", [True, False])
def test_a_password_is_shown_with_its_name(
    record: Record, end: FarEnd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, from_file: bool
) -> None:
    if from_file:
        (tmp_path / "password").write_text("söcret\n", encoding="utf-8")
    else:
        monkeypatch.setenv("ML_EXPORTER_PASSWORD", "söcret")
    recorder = record(username="alice", password_file=tmp_path / "password" if from_file else None)
    recorder.prediction(score=0.5)
    all_sent(recorder)
    shown = (_authorization(end) or "").removeprefix("Basic ")
    assert base64.b64decode(shown).decode() == "alice:söcret"


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_secret_that_cannot_be_read_keeps_events_until_it_can(
    record: Record, end: FarEnd, tmp_path: Path, content: bytes | None
) -> None:
    file = tmp_path / "token"
    if content is not None:
        file.write_bytes(content)
    recorder = record(token_file=file)
    recorder.prediction("p-1", score=0.5)
    assert not recorder.flush(0.1)
    assert recorder.statistics.pending == 1
    assert recorder.statistics.last_error is not None
    file.write_text("good")
    all_sent(recorder)
    assert list(end.taken["predictions"]) == ["p-1"]


def test_an_address_may_have_a_path(record: Record, end: FarEnd) -> None:
    recorder = record(f"{end.url}/monitoring/")
    recorder.prediction(score=0.5)
    all_sent(recorder)
    assert end.requests[0].path == "/monitoring/api/v1/predictions"


def test_a_host_that_is_not_there_is_told(record: Record) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        recorder = record(f"http://127.0.0.1:{unused.getsockname()[1]}")
        recorder.prediction(score=0.5)
        assert not recorder.flush(0.05)
        assert "ConnectionRefusedError" in (recorder.statistics.last_error or "")


def test_over_tls_both_sides_show_certificates(tmp_path: Path) -> None:
    certificate, key = Authority(tmp_path).issue_for("recorder")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    context.load_verify_locations(tmp_path / "ca.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    with far_end(context) as end, contextlib.ExitStack() as stack:

        def transport(**options: Any) -> Transport:
            made = Transport(Connection(end.url, **options))
            stack.callback(made.close)
            return made

        known = {"ca_file": tmp_path / "ca.pem"}
        own = {"certificate_file": certificate, "key_file": key}
        assert transport(**known, **own).post("predictions", [b'{"prediction_id": "1"}']).status == 202
        with pytest.raises(Unreachable, match="CERTIFICATE_VERIFY_FAILED"):
            transport(**own).post("predictions", [b"{}"])
        with pytest.raises(Unreachable):
            transport(**known).post("predictions", [b"{}"])
        with pytest.raises(Unreachable, match="FileNotFoundError"):
            transport(ca_file=tmp_path / "gone.pem").post("predictions", [b"{}"])


@pytest.mark.parametrize("answer", [b"SSH-2.0-OpenSSH_9.2\r\n", b""])
def test_what_speaks_no_http_is_no_exporter(answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        transport = Transport(Connection(f"http://127.0.0.1:{listening.getsockname()[1]}"))
        with pytest.raises(Unreachable):
            transport.post("predictions", [b"{}"])
        thread.join()


def test_an_answer_that_comes_before_all_was_read_is_heard() -> None:
    """A server may refuse a request by its head, and close: its answer counts, not that it stopped reading."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                received = b""
                while b"\r\n\r\n" not in received:
                    received += connection.recv(1024)
                connection.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(65536):
                    pass

        thread = threading.Thread(target=serve)
        thread.start()
        transport = Transport(Connection(f"http://127.0.0.1:{listening.getsockname()[1]}"))
        assert transport.post("predictions", [b"x" * 1_000_000]).status == 413
        transport.close()
        thread.join()
