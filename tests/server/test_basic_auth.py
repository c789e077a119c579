"""Basic auth: who is let in, what stays open, and that bcrypt is asked once only."""

import asyncio
import base64
from collections.abc import Callable
from pathlib import Path

import bcrypt
import httpx
import pytest

from ml_exporter.config import WebSettings
from ml_exporter.server import WebConfigFile
from ml_exporter.server.web import Web
from ml_exporter.server.web.passwords import Passwords
from tests.server.certificates import HASHED, PASSWORD, write
from tests.server.serving import serving

_ALICE = ("alice", PASSWORD)


def _web(**users: str) -> Callable[[], Web]:
    web = Web(WebSettings(basic_auth_users=users or {"alice": HASHED}), None)
    return lambda: web


@pytest.fixture(name="checks")
def _checks(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Every hash that bcrypt is asked about."""
    asked: list[bytes] = []
    check = bcrypt.checkpw

    def counted(password: bytes, hashed: bytes) -> bool:
        asked.append(hashed)
        return check(password, hashed)

    monkeypatch.setattr(bcrypt, "checkpw", counted)
    return asked


@pytest.mark.parametrize("path", ["/metrics", "/", "/nothing"])
def test_everything_needs_a_user_and_his_password(path: str) -> None:
    with serving(web=_web()) as running, httpx.Client(base_url=running.url) as client:
        stranger = client.get(path)
        assert (stranger.status_code, stranger.text) == (401, "Unauthorized\n")
        assert stranger.headers["www-authenticate"].startswith('Basic realm="ml_exporter"')
        assert client.get(path, auth=("alice", "wrong")).status_code == 401
        assert client.get(path, auth=("bob", PASSWORD)).status_code == 401
        assert running.refused("unauthorized") == 3
        assert client.head("/metrics", auth=_ALICE).status_code == 200


@pytest.mark.parametrize("path", ["/-/healthy", "/-/ready"])
def test_probes_need_none(path: str) -> None:
    with serving(web=_web()) as running:
        assert httpx.get(running.url + path).status_code == 200


@pytest.mark.parametrize("path", ["/-/healthy/../../metrics", "/%2d/ready/..", "/-/ready%2f..%2f..%2fmetrics"])
def test_no_path_leads_around_the_password(path: str) -> None:
    with serving(web=_web()) as running, running.connect() as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 401 ")


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Basic",
        "Basic !!!",
        "Basic " + base64.b64encode(b"alice").decode(),
        "Basic " + base64.b64encode(b"\xff\xfe:x").decode(),
        "Basic " + base64.b64encode(b"alice:secret\0of-alice").decode(),
        "Bearer " + base64.b64encode(f"alice:{PASSWORD}".encode()).decode(),
    ],
)
def test_a_header_that_holds_no_credentials_lets_nobody_in(header: str) -> None:
    with serving(web=_web()) as running:
        assert httpx.get(f"{running.url}/metrics", headers={"Authorization": header}).status_code == 401


def test_two_headers_let_nobody_in() -> None:
    right = "Basic " + base64.b64encode(f"alice:{PASSWORD}".encode()).decode()
    headers = [("Authorization", right), ("Authorization", "Basic eDp5")]
    with serving(web=_web()) as running:
        assert httpx.get(f"{running.url}/metrics", headers=headers).status_code == 401
        assert httpx.get(f"{running.url}/metrics", headers=headers[:1]).status_code == 200


def test_what_was_right_once_is_remembered(checks: list[bytes]) -> None:
    with serving(web=_web()) as running, httpx.Client(base_url=running.url, auth=_ALICE) as client:
        assert [client.get("/metrics").status_code for _ in range(5)] == [200] * 5
        assert len(checks) == 1
        assert [client.get("/metrics", auth=("alice", "wrong")).status_code for _ in range(2)] == [401] * 2
        assert len(checks) == 3, "what is wrong is not remembered: a guesser could fill the memory"


def test_a_password_that_is_changed_or_a_user_that_is_gone_is_forgotten(tmp_path: Path) -> None:
    bobs = bcrypt.hashpw(b"bobs", bcrypt.gensalt(4)).decode()
    file = write(tmp_path, basic_auth_users={"alice": HASHED})
    with serving(web=WebConfigFile(file).current) as running, httpx.Client(base_url=running.url) as client:
        assert client.get("/metrics", auth=_ALICE).status_code == 200
        write(tmp_path, basic_auth_users={"alice": bobs})
        assert client.get("/metrics", auth=_ALICE).status_code == 401
        assert client.get("/metrics", auth=("alice", "bobs")).status_code == 200
        write(tmp_path, basic_auth_users={"bob": bobs})
        assert client.get("/metrics", auth=("alice", "bobs")).status_code == 401
        assert client.get("/metrics", auth=("bob", "bobs")).status_code == 200


def test_an_unknown_user_costs_as_much_as_a_known_one(checks: list[bytes]) -> None:
    passwords = Passwords()
    users = {"alice": HASHED}
    assert not passwords.check(users, "nobody", b"x")
    (asked,) = checks
    assert asked.startswith(b"$2b$10$"), "the cost of the hashes that the documentation tells to make"


def test_the_hashes_of_other_tools_are_understood() -> None:
    salted = bcrypt.hashpw(b"x" * 72, bcrypt.gensalt(4)).decode()
    passwords = Passwords()
    for prefix in ("$2a$", "$2b$", "$2y$"):
        users = {"alice": prefix + salted[4:]}
        assert passwords.check(users, "alice", b"x" * 72)
        assert passwords.check(users, "alice", b"x" * 100), "as everywhere, what is beyond 72 bytes does not count"
        assert not passwords.check(users, "alice", b"x" * 71)


def test_a_hundred_credentials_are_remembered_and_no_more() -> None:
    passwords = Passwords()
    names = [f"user-{number}" for number in range(101)]
    users = dict.fromkeys(names, HASHED)
    for name in names:
        assert passwords.check(users, name, PASSWORD.encode())
    remembered = [passwords.remembers(users, name, PASSWORD.encode()) for name in names]
    assert remembered == [False] + [True] * 100


def test_one_request_does_not_wait_for_the_password_of_another(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(web=_web()) as running:
        assert httpx.get(f"{running.url}/metrics", auth=_ALICE).status_code == 200

        async def both() -> list[int]:
            async with httpx.AsyncClient(base_url=running.url, timeout=30) as client:
                answered = asyncio.Event()
                loop = asyncio.get_running_loop()
                check = bcrypt.checkpw

                def waits(password: bytes, hashed: bytes) -> bool:
                    asyncio.run_coroutine_threadsafe(answered.wait(), loop).result(30)
                    return check(password, hashed)

                monkeypatch.setattr(bcrypt, "checkpw", waits)
                guess = asyncio.create_task(client.get("/metrics", auth=("alice", "guess")))
                known = await client.get("/metrics", auth=_ALICE)
                answered.set()
                return [known.status_code, (await guess).status_code]

        assert asyncio.run(both()) == [200, 401]
