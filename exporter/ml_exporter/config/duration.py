"""Durations as Prometheus reads them, since they are written into its rules: 15s, 5m, 24h, 7d, 1h30m."""

import re
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

_SECONDS = {"y": 31_536_000.0, "w": 604_800.0, "d": 86_400.0, "h": 3_600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_DIGITS = "[0-9]{1,9}"
_PART = re.compile(f"({_DIGITS})({'|'.join(sorted(_SECONDS, key=len, reverse=True))})")
_WHOLE = re.compile("".join(f"({_DIGITS}{unit})?" for unit in _SECONDS))
_LONGEST = 100 * _SECONDS["y"]
_REMEDY = "write a number and a unit out of ms, s, m, h, d, w, y: 15s, 5m, 24h, 7d, 1h30m"


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
            ValueError: the text is no duration, or it is zero, or longer than a century.
        """
        if isinstance(text, Duration):
            return text
        if not isinstance(text, str) or not text or not _WHOLE.fullmatch(text):
            raise ValueError(f"is no duration; {_REMEDY}")
        seconds = sum(int(number) * _SECONDS[unit] for number, unit in _PART.findall(text))
        if not 0 < seconds <= _LONGEST:
            raise ValueError(f"must be longer than zero and at most a century; {_REMEDY}")
        return cls(seconds, str(text))

    def __str__(self) -> str:
        return self.text

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(cls.parse, serialization=core_schema.to_string_ser_schema())

    @classmethod
    def __get_pydantic_json_schema__(cls, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {
            "type": "string",
            "minLength": 2,
            "pattern": f"^{_WHOLE.pattern}$",
            "examples": ["15s", "5m", "24h", "7d"],
        }
