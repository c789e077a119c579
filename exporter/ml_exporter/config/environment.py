"""``${NAME}`` in the texts of the configuration: replaced by the variables of the environment."""

import re
from collections.abc import Mapping
from typing import Any

from ml_exporter.config.location import Location
from ml_exporter.config.shown import Expanded

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def expand(values: Any, environment: Mapping[str, str]) -> tuple[Any, list[tuple[Location, str]]]:
    """Replace ``${NAME}`` in every text.

    Args:
        values: what the file says.
        environment: name to value.

    Returns:
        The values, and what is wrong: where, and a message. A text with something wrong is left as it is.
    """
    wrong: list[tuple[Location, str]] = []

    def walk(node: Any, location: Location) -> Any:
        if isinstance(node, dict):
            return {key: walk(child, (*location, str(key))) for key, child in node.items()}
        if isinstance(node, list):
            return [walk(child, (*location, index)) for index, child in enumerate(node)]
        if isinstance(node, str) and "${" in node:
            found = _wrong(node, environment)
            wrong.extend((location, message) for message in found)
            return node if found else Expanded(_VARIABLE.sub(lambda match: environment[match[1]], node), node)
        return node

    return walk(values, ()), wrong


def _wrong(text: str, environment: Mapping[str, str]) -> list[str]:
    names = dict.fromkeys(_VARIABLE.findall(text))
    messages = [
        f"the environment variable {name} is not set; set it, or write the value" for name in names - environment.keys()
    ]
    if "${" in _VARIABLE.sub("", text):
        messages.append(f"{text!r} has a ${{ that begins no variable; write ${{NAME}}, without defaults or blanks")
    return messages
