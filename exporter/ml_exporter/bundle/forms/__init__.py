"""Forms: how the bundle is handed over. Each module defines one as the constant ``FORM``."""

import importlib
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ml_exporter.bundle.generated import GeneratedFile
from ml_exporter.config import Monitoring


class FormError(Exception):
    """The configuration wants what this form cannot say; the message tells the remedy."""


@dataclass(frozen=True)
class Source:
    """The configuration file that a bundle is made from."""

    name: str
    text: str
    """As it stands: a form may bring it along."""


@dataclass(frozen=True)
class Form:
    """One way to hand the bundle over."""

    name: str
    about: str
    """What it is for, as the end of a sentence."""

    convert: Callable[[Sequence[GeneratedFile], Monitoring, Source], Sequence[GeneratedFile]]
    """From the plain files (those that were asked for) to those of the form.

    Raises FormError: the form cannot say what the configuration wants.
    """


def forms() -> dict[str, Form]:
    """Collect the forms that the modules of this package define."""
    modules = [importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]
    found = [module.FORM for module in modules if hasattr(module, "FORM")]
    return {form.name: form for form in found}
