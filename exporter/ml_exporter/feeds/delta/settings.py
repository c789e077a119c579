"""What a feed of a Delta table can be told."""

from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from typing import Any, Literal

from ml_exporter.config.base import Wrong
from ml_exporter.feeds.objects.settings import StoreSettings


class DeltaFeedSettings(StoreSettings):
    """A Delta table."""

    kind: Literal["delta"]
    """A Delta table (Delta Lake), in a store of objects or in a folder. `url` is its folder, `format` is Parquet."""

    start: Literal["earliest", "latest"] = "earliest"
    """Where it begins that is not known yet: with all rows of the version that is there (`earliest`), or with what
    comes after it (`latest`)."""

    @classmethod
    def between(cls, values: Mapping[str, Any]) -> Iterator[Wrong]:
        """Find another format, and the library missing."""
        yield from super().between(values)
        if values.get("format") not in (None, "parquet"):
            yield ("format",), "is always Parquet in a Delta table; leave it out"
        if find_spec("deltalake") is None:
            yield ("kind",), 'needs the package deltalake: pip install "ml-exporter[delta]"'
