"""Every path and method; who is told what, and what nobody is told."""

import httpx
import pytest

from tests.server.serving import TEXT, serving, snapshot


def test_before_the_first_snapshot_it_is_healthy_but_not_ready() -> None:
    with serving(text=None) as running, httpx.Client(base_url=running.url) as client:
        statuses = {path: client.get(path).status_code for path in ("/-/healthy", "/-/ready", "/metrics", "/")}
        assert statuses == {"/-/healthy": 200, "/-/ready": 503, "/metrics": 503, "/": 200}
        running.holder.snapshot = snapshot()
        assert [client.get(path).status_code for path in ("/-/healthy", "/-/ready", "/metrics")] == [200, 200, 200]


def test_health_does_not_wait_for_collectors() -> None:
    def fails() -> list[object]:
        pytest.fail("asked for the families of a scrape")

    with serving(at_scrape=fails) as running:  # type: ignore[arg-type] # it never returns
        assert httpx.get(f"{running.url}/-/healthy").text == "ml_exporter is healthy.\n"
        assert httpx.get(f"{running.url}/-/ready").text == "ml_exporter is ready.\n"


@pytest.mark.parametrize("path", ["/metrics", "/-/healthy", "/-/ready"])
def test_head_has_the_headers_of_get_and_no_body(path: str) -> None:
    with serving() as running, httpx.Client(base_url=running.url, headers={"Accept-Encoding": "identity"}) as client:
        head, get = client.head(path), client.get(path)
    assert (head.status_code, head.content) == (200, b"")
    volatile = {"date"}
    assert {name: value for name, value in head.headers.items() if name not in volatile} == {
        name: value for name, value in get.headers.items() if name not in volatile
    }
    assert int(head.headers["content-length"]) == len(get.content) > 0


@pytest.mark.parametrize("path", ["/metric", "/metrics/", "//metrics", "/-/", "/../etc/passwd", "/%2e%2e/x"])
def test_an_unknown_path_is_not_found(path: str) -> None:
    with serving() as running:
        response = httpx.get(f"{running.url}{path}", follow_redirects=False)
    assert response.status_code == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"])
def test_another_method_is_not_allowed(method: str) -> None:
    with serving() as running:
        response = httpx.request(method, f"{running.url}/metrics", content=b"x")
    assert response.status_code == 405
    assert set(response.headers["allow"].split(", ")) == {"GET", "HEAD"}


@pytest.mark.parametrize("path", ["/metrics", "/", "/-/ready", "/nothing"])
def test_no_header_says_what_runs_here(path: str) -> None:
    with serving(text=None) as running:
        response = httpx.get(f"{running.url}{path}")
    assert "server" not in response.headers
    assert "uvicorn" not in str(response.headers).lower() + response.text.lower()


def test_two_requests_share_a_connection() -> None:
    with serving() as running, running.connect() as connection:
        for _ in range(2):
            connection.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
            answer = b""
            while TEXT not in answer:
                answer += connection.recv(65536)
            assert answer.startswith(b"HTTP/1.1 200 OK\r\n")


def test_an_upgrade_to_another_protocol_is_declined() -> None:
    headers = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Key": "x", "Sec-WebSocket-Version": "13"}
    with serving() as running:
        assert httpx.get(f"{running.url}/-/healthy", headers=headers).status_code == 200
