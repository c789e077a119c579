"""The section ``collectors``: what is read from the machine. Each collector adds its own options to these."""

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, SerializeAsAny, ValidationInfo

from ml_exporter.config.base import Section, Wrong, attempt, refusal
from ml_exporter.config.duration import Duration
from ml_exporter.config.explaining import unknown_key


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
    kinds: Mapping[str, type[CollectorSettings]] = (info.context or {}).get("collectors", {})
    if not isinstance(value, dict):
        return value
    wrong: list[Wrong] = [((str(name),), unknown_key(str(name), list(kinds))) for name in value if name not in kinds]
    settings: dict[str, CollectorSettings | None] = {}
    for name, kind in sorted(kinds.items()):
        settings[name], found = attempt(kind, value.get(name, {}), info.context, (name,))
        wrong += found
    if wrong:
        raise refusal("collectors", wrong)
    return settings


Collectors = Annotated[dict[str, SerializeAsAny[CollectorSettings]], BeforeValidator(_settings_of_each_kind)]
"""Every collector's name to its settings."""


def every_collector() -> Any:
    """Return the field of the whole section: it is validated where nothing is given, to fill the defaults in."""
    return Field(default_factory=dict, validate_default=True)
