"""The section ``collectors``: what is read from the machine. Each collector adds its own options to these."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, SerializeAsAny, ValidationError, ValidationInfo
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

from ml_exporter.config.base import Section
from ml_exporter.config.duration import Duration


def _compiles(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"is no regular expression ({error}); write for example ^(lo|veth.+)$") from None
    return value


RegularExpression = Annotated[str, AfterValidator(_compiles)]
"""A regular expression that is searched for: anchor it with ^ and $ to match as a whole."""


class CollectorSettings(Section):
    """One collector: it reads something of the machine at each scrape, in a thread of its own."""

    enabled: bool = True
    """Whether it collects at all."""

    timeout: Duration = Duration.parse("5s")
    """A collection that takes longer has failed: its metrics disappear until one succeeds again."""

    max_age: Duration = Duration.parse("1m")
    """How old the metrics may be that are shown while a slow collection is on its way."""


def _settings_of_each_kind(value: Any, info: ValidationInfo) -> Any:
    """Validate each collector with its own settings, which the caller of ``load`` brings along.

    A collector that is not mentioned has its defaults.
    """
    kinds: dict[str, type[CollectorSettings]] = (info.context or {}).get("collectors", {})
    if not isinstance(value, dict):
        return value
    unknown = sorted(str(name) for name in set(value) - set(kinds))
    if unknown:
        raise ValueError(f"{unknown[0]}: is no collector; choose from {', '.join(sorted(kinds))}")
    settings: dict[str, CollectorSettings] = {}
    problems: list[InitErrorDetails] = []
    for name, kind in sorted(kinds.items()):
        try:
            settings[name] = kind.model_validate(value.get(name, {}), context=info.context)
        except ValidationError as error:
            problems += [_below(name, detail) for detail in error.errors(include_url=False)]
    if problems:
        raise ValidationError.from_exception_data("collectors", problems)
    return settings


def _below(name: str, detail: ErrorDetails) -> InitErrorDetails:
    """Put the collector's name in front of an error's location."""
    error: PydanticCustomError | str = detail["type"]
    if detail["type"] == "value_error":
        error = PydanticCustomError("value_error", "{problem}", {"problem": detail["msg"]})
    return InitErrorDetails(type=error, loc=(name, *detail["loc"]), input=detail["input"], ctx=detail.get("ctx", {}))


Collectors = Annotated[dict[str, SerializeAsAny[CollectorSettings]], BeforeValidator(_settings_of_each_kind)]
"""Every collector's name to its settings."""


def every_collector() -> Any:
    """Return the field of the whole section: it is validated where nothing is given, to fill the defaults in."""
    return Field(default_factory=dict, validate_default=True)
