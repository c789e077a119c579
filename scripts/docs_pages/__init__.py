"""The pages of docs/ that are made from the code.

Each module of this package that makes a page defines ``NAME``, the file's name, and ``make``, which returns its text.
"""

import importlib
import pkgutil

from docs_pages import contents

_ORIGIN = "<!-- Made by `make docs` from the code; a change by hand is lost. -->\n\n"


def generated_pages() -> dict[str, str]:
    """Return name and text of every page that is made from the code, the page of contents last."""
    modules = [importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]
    made = {module.NAME: _ORIGIN + module.make() for module in modules if hasattr(module, "make")}
    return {**made, contents.NAME: _ORIGIN + contents.contents(made)}
