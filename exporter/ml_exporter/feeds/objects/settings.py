"""What a feed of objects, wherever they lie, can be told about their store."""

import re
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from pydantic import Field

from ml_exporter.config.base import Wrong
from ml_exporter.config.duration import Duration
from ml_exporter.config.shown import Expanded
from ml_exporter.feeds.formats import FormatSettings

SCHEMES = ("s3", "s3a", "gs", "az", "abfs", "abfss", "file")
_SECRET = re.compile(r"key|secret|token|password|credential|signature", re.IGNORECASE)
_NO_SECRET = {"skip_signature", "aws_skip_signature", "google_skip_signature", "azure_skip_signature"}


def _wrong_address(value: str) -> str | None:
    """Say what is wrong with the address of a store; what may be a secret is not repeated."""
    parts = urlsplit(value)
    if parts.scheme not in SCHEMES or not (parts.netloc or parts.scheme == "file"):
        return "is no address of a store; write s3://BUCKET/PATH/, gs://BUCKET/PATH/ or az://CONTAINER/PATH/"
    if "@" in parts.netloc and not parts.scheme.startswith("abfs"):
        return "has a user or password in it, where it could leak; give credentials by the environment"
    if parts.query or parts.fragment:
        return "has a query, where secrets could leak; write the address alone, and all else under `options`"
    return None


class StoreSettings(FormatSettings):
    """Where objects lie."""

    url: str = Field(min_length=1)
    """Where they lie: `s3://BUCKET/PATH/`, `gs://BUCKET/PATH/`, `az://CONTAINER/PATH/`, or a folder,
    `file:///PATH/`. Credentials come from the environment, or from the machine's own role."""

    endpoint: str | None = Field(default=None, pattern=r"^https?://[^@\s]+$")
    """The address of a store that is not the cloud's own, as MinIO: `http://minio:9000`."""

    region: str | None = None
    """S3: the region of the bucket. Default: `AWS_REGION` of the environment, or us-east-1."""

    options: dict[str, str] = Field(default_factory=dict)
    """Further options of the store, as [object_store](https://docs.rs/object_store) names them:
    `{aws_virtual_hosted_style_request: "true"}`. Secrets only as `${NAME}`."""

    every: Duration = Duration.parse("30s")
    """How often there is a look for what is new."""

    largest_object_bytes: int = Field(default=4 * 1024**3, ge=1)
    """A larger object is rejected: while it is read, a copy of it lies in the folder of temporary files."""

    @classmethod
    def between(cls, values: Mapping[str, Any]) -> Iterator[Wrong]:
        """Find an address that is none, secrets that stand in the file, and the library missing."""
        yield from super().between(values)
        if isinstance(url := values.get("url"), str) and (wrong := _wrong_address(url)) is not None:
            yield ("url",), wrong
        options = values.get("options")
        for name, value in options.items() if isinstance(options, dict) else ():
            hidden = _SECRET.search(str(name)) and str(name).lower() not in _NO_SECRET
            if hidden and not isinstance(value, Expanded):
                yield ("options", str(name)), "may be a secret and stands in the file; write ${NAME}"
        if find_spec("obstore") is None:
            yield ("kind",), 'needs the package obstore: pip install "ml-exporter[objects]"'
