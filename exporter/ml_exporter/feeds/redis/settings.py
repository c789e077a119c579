"""What a feed of Redis streams can be told."""

from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field

from ml_exporter.config import FeedSettings
from ml_exporter.config.base import Wrong
from ml_exporter.config.shown import Expanded


class RedisFeedSettings(FeedSettings):
    """Entries of Redis streams."""

    kind: Literal["redis"]
    """Entries of streams of Redis or Valkey, one event each."""

    url: str = Field(min_length=1, repr=False)
    """Where it is: `redis://HOST:6379/0`, or `rediss://` for TLS. A password stands in `password_file`, or the whole as
    `${NAME}`."""

    username: str | None = None
    """The user (ACL), where it is not the default one."""

    password_file: str | None = None
    """A file with the password, relative to the configuration file; read whenever the exporter connects."""

    ca_file: str | None = None
    """With `rediss://`: the authorities to trust (PEM). Default: those that the system trusts."""

    stream: Annotated[str, Field(min_length=1)] | None = None
    """The key of the stream. Either this or `streams`."""

    streams: Annotated[list[Annotated[str, Field(min_length=1)]], Field(min_length=1)] | None = None
    """Several streams with events of the same kind."""

    format: Literal["fields", "json"] = "fields"
    """What an entry holds: `fields`, the fields of the event, each as a text; `json`, one JSON object in the field
    `data`, or as `json_field` says."""

    json_field: str = Field(default="data", min_length=1)
    """With `format: json`: the field that holds the object."""

    timestamp: Literal["event", "entry"] = "event"
    """With `entry`, an event without a time of its own has that of its entry's id."""

    start: Literal["earliest", "latest"] = "earliest"
    """Where a stream begins that the store knows nothing of."""

    out_of_range: Literal["earliest", "stop"] = "earliest"
    """What to do where entries were trimmed before they were read: go on with the `earliest` that is there, or
    `stop`."""

    @property
    def all_streams(self) -> tuple[str, ...]:
        """Return the keys of the streams."""
        return (self.stream,) if self.stream is not None else tuple(self.streams or ())

    @classmethod
    def between(cls, values: Mapping[str, Any]) -> Iterator[Wrong]:
        """Find an address that is none, a password that stands in the file, and the library missing."""
        yield from super().between(values)
        given = [key for key in ("stream", "streams") if values.get(key)]
        if len(given) != 1:
            yield (), f"has {' and '.join(given) or 'neither'} of stream and streams; give exactly one of them"
        url = values.get("url")
        if isinstance(url, str) and (wrong := _wrong_address(url)) is not None:
            yield ("url",), wrong
        if find_spec("redis") is None:
            yield ("kind",), 'needs the package redis: pip install "ml-exporter[redis]"'


def _wrong_address(url: str) -> str | None:
    parts = urlsplit(url)
    if parts.scheme not in ("redis", "rediss", "unix"):
        return "is no address of Redis; write redis://HOST:6379/0, rediss:// for TLS, or unix:///PATH"
    if (parts.password or "password=" in parts.query) and not isinstance(url, Expanded):
        return "has a password in it, where it could leak; give `password_file`, or the whole as ${NAME}"
    return None
