"""Receivers: the places that Alertmanager notifies. Each module defines one as the constant ``RECEIVER``.

The messages of a kind are Go templates that stand beside its module, in ``KIND.tmpl``; it may use those of
``common.tmpl``, which are plain text.
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

    templates: tuple[str, ...] = ()
    """The names of the template files that its messages need, without their ending."""


def read_template(name: str) -> str:
    """Return the content of a template file."""
    return resources.files(__name__).joinpath(f"{name}.tmpl").read_text(encoding="utf-8")


def template(name: str) -> str:
    """Return the Go template that prints the one of that name.

    >>> template("title")
    '{{ template "ml_exporter.title" . }}'
    """
    return f'{{{{ template "ml_exporter.{name}" . }}}}'


SecretPath = Callable[[str], str]
"""From the path of a secret as the user wrote it to the path as alertmanager.yml has to name it."""


def receiver_kinds() -> dict[str, ReceiverKind]:
    """Collect the kinds of receiver that the modules of this package define."""
    modules = [importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]
    found = [module.RECEIVER for module in modules if hasattr(module, "RECEIVER")]
    return {kind.kind: kind for kind in found}
