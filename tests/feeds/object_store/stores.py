"""S3 on loopback, and objects that are put into it."""

import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import obstore
from moto.server import ThreadedMotoServer
from obstore.store import S3Store

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "reader", "AWS_SECRET_ACCESS_KEY": "hidden", "AWS_EC2_METADATA_DISABLED": "true"}
BUCKET = "events"


class Bucket:
    """One bucket of a store that runs."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self.store = S3Store(
            BUCKET,
            endpoint=endpoint,
            client_options={"allow_http": True},
            access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        )

    def put(self, name: str, content: bytes) -> None:
        """Write an object."""
        obstore.put(self.store, name, content)

    def delete(self, name: str) -> None:
        """Remove an object."""
        obstore.delete(self.store, name)

    def feed(self, path: str, events: str = "predictions", **options: Any) -> dict[str, Any]:
        """Return a feed of the objects below a path."""
        own = {"name": events, "kind": "object_store", "events": events, "url": f"s3://{BUCKET}/{path}"}
        return own | {"endpoint": self.endpoint} | options


@contextmanager
def bucket() -> Iterator[Bucket]:
    """Run a store with an empty bucket while the context lasts."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        running = Bucket(f"http://{host}:{port}")
        _make_bucket(running.endpoint)
        yield running
    finally:
        server.stop()


def _make_bucket(endpoint: str) -> None:
    urllib.request.urlopen(urllib.request.Request(f"{endpoint}/{BUCKET}", method="PUT")).close()  # noqa: S310 - on loopback
