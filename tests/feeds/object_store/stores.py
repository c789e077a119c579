"""Stores on loopback, one for each cloud, and objects that are put into them.

S3 is moto. Google's store is moto as well, read by Google's client: its protocol of XML is that of S3, but for how a
reader says who it is. Azure's is Azurite, Microsoft's own.
"""

import json
import os
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import obstore
import pytest
from azure.core.exceptions import AzureError
from azure.storage.blob import BlobServiceClient
from moto.server import ThreadedMotoServer
from obstore.store import AzureStore, ObjectStore, S3Store

from ml_exporter.demo.processes import free_port
from tests.stack.waiting import eventually

BUCKET = "events"
AZURITE = shutil.which("azurite-blob")
_ACCOUNT = "devstoreaccount1"
ACCOUNT_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
"""Of the account that every Azurite has, as its documentation says."""

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "reader",
    "AWS_SECRET_ACCESS_KEY": "hidden",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AZURE_STORAGE_ACCOUNT_NAME": _ACCOUNT,
    "AZURE_STORAGE_ACCOUNT_KEY": ACCOUNT_KEY,
}


@dataclass(frozen=True)
class Bucket:
    """One bucket of a store that runs."""

    endpoint: str
    store: ObjectStore
    """Its client that writes."""

    url: str = f"s3://{BUCKET}"
    options: Mapping[str, str] = field(default_factory=dict)

    def put(self, name: str, content: bytes) -> None:
        """Write an object."""
        obstore.put(self.store, name, content)

    def delete(self, name: str) -> None:
        """Remove an object."""
        obstore.delete(self.store, name)

    def feed(self, path: str, events: str = "predictions", **options: Any) -> dict[str, Any]:
        """Return a feed of the objects below a path."""
        own = {"name": events, "kind": "object_store", "events": events, "url": f"{self.url}/{path}"}
        return own | {"endpoint": self.endpoint, "options": dict(self.options)} | options


@contextmanager
def bucket() -> Iterator[Bucket]:
    """Run S3 with an empty bucket while the context lasts."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        endpoint = f"http://{host}:{port}"
        _put(f"{endpoint}/{BUCKET}")
        store = S3Store(
            BUCKET,
            endpoint=endpoint,
            client_options={"allow_http": True},
            access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        )
        yield Bucket(endpoint, store)
    finally:
        server.stop()


def _put(url: str, content: bytes | None = None) -> None:
    request = urllib.request.Request(url, content, {"Content-Type": "application/json"}, method="PUT")  # noqa: S310
    urllib.request.urlopen(request).close()  # noqa: S310 - both are on loopback


@contextmanager
def google() -> Iterator[Bucket]:
    """Run Google's store with an empty bucket, which anybody may read, while the context lasts."""
    with bucket() as s3:
        may = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{BUCKET}/*"}
        _put(f"{s3.endpoint}/{BUCKET}?policy", json.dumps({"Version": "2012-10-17", "Statement": [may]}).encode())
        yield Bucket(s3.endpoint, s3.store, f"gs://{BUCKET}", {"google_skip_signature": "true"})


@contextmanager
def azure() -> Iterator[Bucket]:
    """Run Azure's store with an empty container while the context lasts."""
    port = free_port()
    command = [AZURITE or "azurite-blob", "--blobPort", str(port), "--inMemoryPersistence", "--skipApiVersionCheck"]
    environment = {**os.environ, "AZURITE_ACCOUNTS": f"{_ACCOUNT}:{ACCOUNT_KEY}"}
    endpoint = f"http://127.0.0.1:{port}/{_ACCOUNT}"
    with subprocess.Popen([*command, "--silent", "--disableTelemetry"], env=environment) as process:
        try:
            eventually(lambda: _makes_container(endpoint), "Azurite answers", seconds=30)
            store = AzureStore(
                BUCKET,
                endpoint=endpoint,
                account_name=_ACCOUNT,
                account_key=ACCOUNT_KEY,
                client_options={"allow_http": True},
            )
            yield Bucket(endpoint, store, f"az://{BUCKET}")
        finally:
            process.terminate()


def _makes_container(endpoint: str) -> bool:
    with BlobServiceClient(endpoint, credential=ACCOUNT_KEY, retry_total=0) as client:
        try:
            client.create_container(BUCKET)
        except AzureError:
            return False
    return True


STORES = {"s3": bucket, "gs": google, "az": azure}


@contextmanager
def running(scheme: str) -> Iterator[Bucket]:
    """Run one of the stores while the context lasts; skip the test where there is none of its kind."""
    if scheme == "az" and AZURITE is None:
        pytest.skip("there is no Azurite: scripts/fetch-azurite.sh says why")
    with STORES[scheme]() as store:
        yield store
