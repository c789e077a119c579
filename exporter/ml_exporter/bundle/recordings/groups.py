"""Recording rules that dashboards and alerts share: each module defines a topic of them as ``SHARED``."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ml_exporter.config import Monitoring


@dataclass(frozen=True)
class RecordingRule:
    """One rule."""

    record: str
    """The name of what it records: ``level:metric:operations``."""

    expression: str
    labels: Mapping[str, str] = field(default_factory=dict)
    """Labels that the rule adds."""

    def written(self) -> dict[str, Any]:
        """Return it as a rule file has it."""
        rule: dict[str, Any] = {"record": self.record, "expr": self.expression}
        return {**rule, "labels": dict(self.labels)} if self.labels else rule


@dataclass(frozen=True)
class RecordingGroup:
    """A topic: one rule file, one group."""

    topic: str
    """The file is ``recordings-TOPIC.yml``, the group ``ml-exporter-recordings-TOPIC``."""

    about: str
    """What the file is, for its first lines."""

    meaning: Mapping[str, str]
    """Name of each recording to what it says, for the documentation; words in capitals stand for what varies."""

    labels: frozenset[str]
    """Labels of what is recorded, but those of a target."""

    rules: Callable[[Monitoring], Sequence[RecordingRule]]
    """In the order in which they are evaluated."""

    interval: str | None = None
    """How often they are evaluated, where that is not as often as all others."""

    @property
    def group(self) -> str:
        """Return the name of the group."""
        return f"ml-exporter-recordings-{self.topic}"

    @property
    def file(self) -> str:
        """Return the name of the file."""
        return f"recordings-{self.topic}.yml"

    def content(self, rules: Sequence[RecordingRule]) -> dict[str, Any]:
        """Return the content of the file."""
        interval = {"interval": self.interval} if self.interval else {}
        return {"groups": [{"name": self.group, **interval, "rules": [rule.written() for rule in rules]}]}
