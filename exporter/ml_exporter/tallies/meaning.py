"""What the numbers in the store mean: each model's task, and its classes in the order of their codes."""

from collections.abc import Mapping

import msgspec

from ml_exporter.config import ModelSettings
from ml_exporter.tallies.series import SeriesRegistry

STATE = "meaning"


class ChangedMeaning(Exception):
    """The configuration would read what the store keeps of a model as something else."""


class Meaning(msgspec.Struct, frozen=True):
    """What the numbers of one model mean."""

    task: str
    classes: tuple[str, ...]

    @classmethod
    def of(cls, model: ModelSettings) -> "Meaning":
        """Return what the configuration says."""
        return cls(model.task, model.definition.stored_classes)

    def continues(self, before: "Meaning") -> bool:
        """Tell whether numbers that were written with another meaning can be read with this one."""
        return self.task == before.task and self.classes[: len(before.classes)] == before.classes

    @property
    def text(self) -> str:
        """Return it as a message shows it."""
        classes = f", classes {', '.join(map(repr, self.classes))}" if self.classes else ""
        return f"task {self.task}{classes}"


class Meanings:
    """Notes the meaning of every model that has a series, and refuses a configuration that would change one."""

    def __init__(self, models: Mapping[str, ModelSettings], registry: SeriesRegistry) -> None:
        self._configured = {name: Meaning.of(model) for name, model in models.items()}
        self._registry = registry
        self._stored: dict[str, Meaning] = {}
        self._series_seen = 0

    def changes(self) -> list[tuple[str, bytes | None]]:
        """Return name and bytes of what has to be stored since the last call."""
        new = {key.model for key in self._registry.keys[self._series_seen :]}
        self._series_seen = len(self._registry.keys)
        meant = self._stored | {name: self._configured[name] for name in new if name in self._configured}
        if meant == self._stored:
            return []
        self._stored = meant
        return [(STATE, msgspec.json.encode(dict(sorted(meant.items()))))]

    def restore(self, stored: bytes | None) -> None:
        """Take over what the ledger kept.

        Raises:
            ChangedMeaning: the configuration means something else.
        """
        self._stored = msgspec.json.decode(stored, type=dict[str, Meaning]) if stored else {}
        for name, before in self._stored.items():
            now = self._configured.get(name, before)
            if not now.continues(before):
                raise ChangedMeaning(
                    f"the store keeps the model {name} with the {before.text}; the configuration says {now.text}. Keep"
                    " the task, and the classes in their order (new ones go to the end), or give the model another name"
                )
