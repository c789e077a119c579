"""What a feed of tallies can be told."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from pydantic import Field

from ml_exporter.config import FeedSettings
from ml_exporter.config.base import Wrong


class TalliesFeedSettings(FeedSettings):
    """Files of tallies: events that were joined and added up elsewhere, as by Spark."""

    kind: Literal["tallies"]
    """Files of tallies: events that were joined and added up elsewhere, as by Spark."""

    events: Literal["outcomes"] = "outcomes"
    """Tallies are of predictions and labels together."""

    path: str = Field(min_length=1)
    """A glob of files, relative to the configuration file: `tallies/*.parquet`."""

    links_into: list[str] = Field(default_factory=list)
    """Folders outside that of `path` that symbolic links may lead into. A link that leads anywhere else is not
    followed."""

    @classmethod
    def between(cls, values: Mapping[str, Any]) -> Iterator[Wrong]:
        """Find options that belong to single events."""
        for option in ("fields", "defaults"):
            if values.get(option):
                yield (option,), "belongs to events, and tallies are sums of events; give it to the job that counts"
