"""What a feed of an object store can be told."""

from typing import Literal

from pydantic import Field

from ml_exporter.config.duration import Duration
from ml_exporter.feeds.objects.settings import StoreSettings


class ObjectStoreFeedSettings(StoreSettings):
    """Objects below a path."""

    kind: Literal["object_store"]
    """Objects of S3, Google Cloud Storage or Azure: JSON lines, CSV or Parquet, compressed or not."""

    pattern: str = Field(default="*", min_length=1)
    """Which objects, by their names below `url`: `predictions/*.jsonl.gz`. `*` stands for anything, `/` as well. Names
    with a part that begins with `_` or `.` are never read: they are those of unfinished and of auxiliary objects."""

    overlap: Duration = Duration.parse("1h")
    """How long an object may take to appear after the time that it is given, as a large one that is uploaded in parts
    takes: it is given the time at which the upload began."""
