"""What a feed that is sent events can be told, whatever they look like."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic import Field, field_validator

from ml_exporter.config import Duration, FeedSettings, Section
from ml_exporter.config.base import Wrong

PREFIX = "/api/v1/"
_PATH = re.compile(rf"{PREFIX}[A-Za-z0-9_.~-]+(/[A-Za-z0-9_.~-]+)*")
_MEBIBYTE = 1024 * 1024


class TokenSettings(Section):
    """One who may send."""

    file: str = Field(min_length=1)
    """The file that holds the token, relative to the configuration file: at least 16 characters. It is read again when
    it changes; a token whose file is gone lets nobody in."""

    models: list[str] = Field(default_factory=list)
    """The models whose events it may send. Default: all of the feed's."""


@dataclass(frozen=True)
class BodyForm:
    """What a body may look like, for the API's description."""

    media_type: str
    schema: Mapping[str, Any]
    """As JSON Schema."""

    example: Any


class ReceivingSettings(FeedSettings):
    """What is sent over HTTP, and acknowledged once it is durable."""

    path: str | None = None
    """Where it is sent to, below `/api/v1/`."""

    tokens: list[TokenSettings] = Field(default_factory=list)
    """Who may send, with `Authorization: Bearer TOKEN`, beside the users of the web configuration file. Default:
    whoever that file lets in."""

    max_request_bytes: int = Field(default=8 * _MEBIBYTE, ge=1024)
    """The length of a body, as it is sent and unpacked. Longer ones are refused (413)."""

    max_request_events: int = Field(default=50_000, ge=1)
    """How many events a request may hold. More are refused (413)."""

    max_queued_requests: int = Field(default=256, ge=1)
    """So many requests are read, or wait until they are durable; further ones are refused for now (429)."""

    max_queued_bytes: int = Field(default=64 * _MEBIBYTE, ge=1024)
    """So many bytes these may have together, unpacked; further ones are refused for now (429)."""

    answer_within: Duration = Duration.parse("20s")
    """A request that is not durable by then is told to come again (503)."""

    silent: ClassVar[bool] = False
    """Whether senders want an empty 200 for a success."""

    @classmethod
    def usual(cls) -> Iterator[tuple[str, str]]:
        """Return the usual paths of such feeds, below /api/v1, each with what its events are."""
        yield from ()

    @classmethod
    def bodies(cls, events: str) -> Sequence[BodyForm]:  # noqa: ARG003 - for kinds that override it
        """Return what bodies may look like.

        Args:
            events: what the feed's events are.
        """
        return ()

    @property
    def at(self) -> str:
        """The path."""
        return self.path or f"{PREFIX}{self.events}"

    @property
    def address(self) -> str | None:
        """The path belongs to one feed."""
        return self.at

    @field_validator("path")
    @classmethod
    def _path_is_below(cls, value: str | None) -> str | None:
        if value is not None and not _PATH.fullmatch(value):
            raise ValueError(f"{value!r} is no path below {PREFIX}; write one, as {PREFIX}fraud/predictions")
        return value

    @classmethod
    def between(cls, values: Mapping[str, Any]) -> Iterator[Wrong]:
        """Find a queue that is too short for a request, and tokens for models that the feed does not carry."""
        yield from super().between(values)
        most, queued = (
            values.get(key, cls.model_fields[key].default) for key in ("max_request_bytes", "max_queued_bytes")
        )
        if isinstance(most, int) and isinstance(queued, int) and queued < most:
            yield ("max_queued_bytes",), f"{queued} is less than max_request_bytes, {most}; raise it, or lower that"
        models, tokens = values.get("models"), values.get("tokens")
        if not isinstance(models, list) or not models or not isinstance(tokens, list):
            return
        for index, token in enumerate(tokens):
            named = token.get("models") if isinstance(token, dict) else None
            for place, name in enumerate(named if isinstance(named, list) else []):
                if isinstance(name, str) and name not in models:
                    remedy = "add it to the feed's `models`, or leave it out"
                    yield ("tokens", index, "models", place), f"{name!r} is no model that the feed carries; {remedy}"
