"""Addresses: several at once, port 0, IPv6, and what is told where one cannot be had."""

import socket

import httpx
import pytest

from ml_exporter.server import AddressError
from ml_exporter.server.listening import ConnectionLimit, bind_all
from tests.server.serving import serving


def _any_number() -> ConnectionLimit:
    return ConnectionLimit(1000, lambda: None)


def _refusal(*addresses: str) -> str:
    with pytest.raises(AddressError) as refused:
        bind_all(addresses, _any_number())
    return str(refused.value)


def test_it_listens_on_several_addresses_with_a_port_of_its_own_for_each() -> None:
    with serving(listen=["127.0.0.1:0", "127.0.0.2:0", "[::1]:0"]) as running:
        urls = running.server.urls
        assert [url.rpartition(":")[0] for url in urls] == ["http://127.0.0.1", "http://127.0.0.2", "http://[::1]"]
        assert [httpx.get(f"{url}/-/healthy").status_code for url in urls] == [200, 200, 200]


def test_all_addresses_of_both_families_can_share_a_port() -> None:
    with serving(listen=["0.0.0.0:0"]) as first:
        port = first.port
    with serving(listen=[f"0.0.0.0:{port}", f"[::]:{port}"]) as running:
        assert running.server.addresses == [f"0.0.0.0:{port}", f"[::]:{port}"]
        for host in ("127.0.0.1", "[::1]"):
            assert httpx.get(f"http://{host}:{port}/-/healthy").status_code == 200


def test_a_name_is_listened_on_at_all_of_its_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = (socket.SOCK_STREAM, 6, "")
    both = [(socket.AF_INET6, *stream, ("::1", 0, 0, 0)), (socket.AF_INET, *stream, ("127.0.0.1", 0))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: both)
    with serving(listen=["localhost:0"]) as running:
        monkeypatch.undo()
        assert [httpx.get(f"{url}/-/healthy").status_code for url in running.server.urls] == [200, 200]


def test_a_port_in_use_is_told_with_what_to_do_and_nothing_stays_bound() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other, socket.create_server(("127.0.0.1", 0)) as unused:
        taken, free = (bound.getsockname()[1] for bound in (other, unused))
        unused.close()
        told = _refusal(f"127.0.0.1:{free}", f"127.0.0.1:{taken}")
    assert told == (
        f"127.0.0.1:{taken} cannot be listened on (Address already in use); stop what uses the port, or set"
        " server.listen to another one"
    )
    with socket.create_server(("127.0.0.1", free)):
        pass


def test_an_address_of_another_machine_is_told() -> None:
    assert "198.51.100.7:0 cannot be listened on (Cannot assign requested address)" in _refusal("198.51.100.7:0")


def test_a_name_that_means_no_address_is_told() -> None:
    told = _refusal("no-such-host.invalid:0")
    assert told.startswith("no-such-host.invalid:0: 'no-such-host.invalid' is no address of this machine (")
    assert told.endswith("set server.listen to one, or to 0.0.0.0 for all")


def test_a_port_for_root_only_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", refused)
    assert _refusal("127.0.0.1:80") == (
        "127.0.0.1:80 cannot be listened on (Permission denied); ports below 1024 are for root only: set server.listen"
        " to a higher one"
    )
