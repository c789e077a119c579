"""What a feed of files can be told."""

from typing import Literal

from pydantic import Field

from ml_exporter.config import FeedSettings


class FileFeedSettings(FeedSettings):
    """Files of JSON lines."""

    kind: Literal["file"]
    """Files of JSON lines, one event a line."""

    path: str = Field(min_length=1)
    """A glob of files, relative to the configuration file: `feed/predictions-*.jsonl`."""

    links_into: list[str] = Field(default_factory=list)
    """Folders outside that of `path` that symbolic links may lead into: `[/var/log/pods]` for the logs of containers.
    A link that leads anywhere else is not followed."""
