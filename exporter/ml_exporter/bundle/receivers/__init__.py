"""Receivers: the places that Alertmanager notifies. Each module defines one as the constant ``RECEIVER``.

The messages of a kind are Go templates that stand beside its module, in ``KIND.tmpl``.
"""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from typing import Any

from ml_exporter.config import Section


@dataclass(frozen=True)
class ReceiverKind:
    """A kind of receiver."""

    kind: str
    settings: type[Section]
    configuration: Callable[[Any, "SecretPath"], dict[str, Any]]
    """From its settings to Alertmanager's keys, such as ``slack_configs``."""

    def template(self) -> str:
        """Return the templates of its messages."""
        return resources.files(__name__).joinpath(f"{self.kind}.tmpl").read_text(encoding="utf-8")


SecretPath = Callable[[str], str]
"""From the path of a secret as the user wrote it to the path as alertmanager.yml has to name it."""


def receiver_kinds() -> dict[str, ReceiverKind]:
    """Collect the kinds of receiver that the modules of this package define."""
    modules = [importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]
    found = [module.RECEIVER for module in modules if hasattr(module, "RECEIVER")]
    return {kind.kind: kind for kind in found}
