"""From rows to the columns that decoding takes."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from ml_exporter.config import FeedSettings
from ml_exporter.feeds.decoding.flat import OBJECTS

_MAY_BE_JSON = (*OBJECTS, "items", "actual")


def columns_of(names: Sequence[str], rows: Sequence[Sequence[Any]], settings: FeedSettings) -> Mapping[str, list[Any]]:
    """Return rows as columns; objects and lists that the database keeps as text of JSON become what they are."""
    columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
    for name in {settings.fields.get(field, field) for field in _MAY_BE_JSON} & columns.keys():
        columns[name] = [_of_json(value) for value in columns[name]]
    return columns


def _of_json(value: Any) -> Any:
    """Read a text that is an object or a list; anything else stays, for decoding to judge."""
    if not isinstance(value, str) or not value.startswith(("{", "[")):
        return value
    try:
        return msgspec.json.decode(value)
    except msgspec.DecodeError:
        return value
