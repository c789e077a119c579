"""Durations as Prometheus writes them: 15s, 5m, 24h, 7d, 1h30m."""

import re
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_PART = re.compile(r"(\d+)(ms|[smhdw])")
_WHOLE = re.compile(r"(\d+(ms|[smhdw]))+")
_REMEDY = "write a number and a unit out of ms, s, m, h, d, w: 15s, 5m, 24h, 7d, 1h30m"


@dataclass(frozen=True, order=True)
class Duration:
    """A span of time that remembers how the user wrote it, since that text becomes the ``window`` label."""

    seconds: float
    text: str

    @classmethod
    def parse(cls, text: object) -> "Duration":
        """Read a duration.

        Args:
            text: for example ``24h`` or ``1h30m``; a ``Duration`` is returned as it is.

        Raises:
            ValueError: the text is no duration, or it is zero.
        """
        if isinstance(text, Duration):
            return text
        if not isinstance(text, str) or not _WHOLE.fullmatch(text):
            raise ValueError(f"is not a duration; {_REMEDY}")
        seconds = sum(int(number) * _SECONDS[unit] for number, unit in _PART.findall(text))
        if seconds <= 0:
            raise ValueError(f"must be longer than zero; {_REMEDY}")
        return cls(seconds, text)

    def __str__(self) -> str:
        return self.text

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(cls.parse, serialization=core_schema.to_string_ser_schema())

    @classmethod
    def __get_pydantic_json_schema__(cls, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "pattern": f"^{_WHOLE.pattern}$", "examples": ["15s", "5m", "24h", "7d"]}
