"""From what pydantic finds to a sentence that names the value and the remedy."""

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from ml_exporter.config.location import Location
from ml_exporter.config.shown import shown

EXPLAINED = "explained"
"""The type of an error whose message is for a person already."""

_BEGUN = re.compile(r"(is|has|must|may|stands) ")
_INNER_PATH = re.compile(r"([\w.\[\]-]+): (.+)", re.DOTALL)
_STEP = re.compile(r"\[(\d+)\]|([^.\[\]]+)")
_SECRET_WORDS = ("url", "key", "token", "password", "secret")


def explain(detail: ErrorDetails, values: Mapping[str, Any] | None = None) -> tuple[Location, str]:
    """Return the place of an error, and a message for a person.

    A validator of ours raises ValueError with the end of a sentence that begins with the value (``is no duration;
    write ...``), or with a whole one; ``path: message`` speaks of something within the value.

    Args:
        detail: what pydantic found.
        values: what it looked at.
    """
    location, value, kind = detail["loc"], detail["input"], detail["type"]
    if kind == EXPLAINED:
        return location, detail["msg"]
    path, message = split(detail["msg"].removeprefix("Value error, "))
    if kind != "value_error":
        path, message = (), _what_is_wrong(detail)
    if not path and _BEGUN.match(message):
        message = f"{shown(value)} {message}"
    if location and location[-1] == "[key]":  # pydantic's way to speak of a mapping's key
        message = (
            f"the key {shown(value)} is read as {_kind(value)}; put quotes around it"
            if kind != "value_error"
            else message
        )
        return (*location[:-2], str(location[-2])), message
    return _of_a_union(location, values) or ((*location, *path), message)


def _of_a_union(location: Location, values: Mapping[str, Any] | None) -> tuple[Location, str] | None:
    """Explain errors of a value that may have several forms: pydantic tells one for each, below a name of its own."""
    node: Any = values
    for depth, step in enumerate(location):
        if isinstance(node, dict | list) and _within(node, step):
            node = cast("Any", node)[step]
        elif depth == 0 or isinstance(step, int) or (isinstance(node, dict) and depth == len(location) - 1):
            return None
        else:
            return location[:depth], f"{shown(node)} has none of the forms that it may have; see docs/configuration.md"
    return None


def _within(node: dict[Any, Any] | list[Any], step: str | int) -> bool:
    return step in node if isinstance(node, dict) else isinstance(step, int) and step < len(node)


def _what_is_wrong(detail: ErrorDetails) -> str:
    """Say what is wrong with a value, as the end of a sentence that begins with it."""
    value, kind = detail["input"], detail["type"]
    explained: dict[str, Callable[[], str]] = {
        "literal_error": lambda: f"is not allowed; choose from {detail['ctx']['expected']}",
        "model_type": lambda: _misplaced(value, "keys and values belong"),
        "dict_type": lambda: _misplaced(value, "keys and values belong"),
        "list_type": lambda: _no_list(value),
        "string_type": lambda: _no_text(value),
        "too_short": lambda: "is empty; give at least one",
        "string_too_short": lambda: "is empty; write a text",
        "bool_type": lambda: "is neither true nor false; write one of them",
        "bool_parsing": lambda: "is neither true nor false; write one of them",
        "finite_number": lambda: "is not finite; write a finite number",
    }
    if kind in explained:
        return explained[kind]()
    if kind.startswith(("int_", "float_")):
        return f"is no {'whole ' if kind.startswith('int_') else ''}number; write one"
    return _limit(detail["msg"])


def _limit(message: str) -> str:
    """Turn ``Input should be less than 1`` into what a value must be."""
    must_be = message.removeprefix("Input should be ")
    return f"is not allowed; it must be {must_be}" if must_be != message else f"is not allowed: {message}"


def _misplaced(value: object, what: str) -> str:
    remedy = "fill it in, or leave the key out" if value is None else "see docs/configuration.md for what there is"
    return f"stands where {what}; {remedy}"


def _no_list(value: object) -> str:
    if isinstance(value, str | int | float):
        return f"stands where a list belongs; write [{value}]"
    return _misplaced(value, "a list belongs")


def _no_text(value: object) -> str:
    if value is None or isinstance(value, list | dict):
        return _misplaced(value, "a text belongs")
    return f"is read as {_kind(value)} where a text belongs; put quotes around it"


def _kind(value: object) -> str:
    kinds = {bool: "a boolean", int: "a number", float: "a number", list: "a list", dict: "a mapping"}
    return kinds.get(type(value), "nothing")


def missing(field: FieldInfo) -> str:
    """Return the message for a key that is missing."""
    about = " ".join((field.description or "").split()).partition(". ")[0].rstrip(".")
    return f"is missing; add it: {about[:1].lower()}{about[1:]}" if about else "is missing; add it"


def unknown_key(key: str, known: Sequence[str]) -> str:
    """Return the message for a key that a section does not have.

    Args:
        key: as it was written.
        known: the keys of the section.
    """
    if f"{key}_file" in known and key.rpartition("_")[2] in _SECRET_WORDS:
        return f"is not taken inline, where it could leak; put it into a file and give `{key}_file: PATH`"
    return f"is no key that is known here; {closest(key, known)}"


def closest(name: str, known: Sequence[str]) -> str:
    """Return the remedy for a name that is none of the known ones: the one that was meant, or all of them."""
    likely = meant(name, known)
    if not known:
        return "there is none to choose from"
    return f"did you mean {likely!r}?" if likely else f"choose from {', '.join(dict.fromkeys(known))}"


def meant(name: str, known: Sequence[str]) -> str | None:
    """Return which of the known names was meant; None where none is close."""
    if f"{name}_file" in known:
        return f"{name}_file"
    return next(iter(difflib.get_close_matches(name, known, n=1)), None)


def split(message: str) -> tuple[Location, str]:
    """Split ``path: message`` where a message names a path of its own.

    >>> split("objectives.f1: is too high"), split("is empty")
    ((('objectives', 'f1'), 'is too high'), ((), 'is empty'))
    """
    inner = _INNER_PATH.fullmatch(message)
    if inner is None:
        return (), message
    steps = _STEP.findall(inner[1])
    return tuple(int(index) if index else key for index, key in steps), inner[2]
