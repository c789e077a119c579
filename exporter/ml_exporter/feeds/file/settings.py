"""What a feed of files can be told."""

from typing import Literal

from pydantic import Field

from ml_exporter.feeds.formats import FormatSettings


class FileFeedSettings(FormatSettings):
    """Files in a folder."""

    kind: Literal["file"]
    """Files of JSON lines, CSV or Parquet, compressed or not."""

    path: str = Field(min_length=1)
    """A glob of files, relative to the configuration file: `feed/predictions-*.jsonl`."""

    links_into: list[str] = Field(default_factory=list)
    """Folders outside that of `path` that symbolic links may lead into: `[/var/log/pods]` for the logs of containers.
    A link that leads anywhere else is not followed."""
