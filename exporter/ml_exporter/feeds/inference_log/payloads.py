"""What stands in the bodies of inferences, as columns: of the open inference protocol (v2), of V1, and of Seldon.

Formats: https://github.com/kserve/open-inference-protocol, KServe's V1 protocol (``instances``, ``predictions``), and
Seldon's own (``data`` with ``names`` and ``ndarray`` or ``tensor``).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

WIDEST = 1000
"""Columns. What has more is an image or a text, of which no column means anything by itself."""


class BadPayload(Exception):
    """A body cannot be read; the message says why and what to do."""


@dataclass(frozen=True)
class Payload:
    """The rows of a body."""

    rows: int
    columns: Mapping[str, Sequence[Any]]
    named: Mapping[str, str] = field(default_factory=dict)
    """Id, model_name and model_version, where the body has them."""


def payload(body: bytes, *, answer: bool, names: Sequence[str] = ()) -> Payload:
    """Read a body.

    Args:
        body: JSON.
        answer: whether it is a response, or a request.
        names: of columns that have no names of their own.

    Raises:
        BadPayload: it is none of these formats.
    """
    try:
        content = msgspec.json.decode(body)
    except (ValueError, RecursionError) as error:
        raise BadPayload(f"the body of the inference is no JSON ({error}); only JSON is read") from None
    if not isinstance(content, dict):
        raise BadPayload(
            "the body of the inference is no JSON object; open inference protocol v2, V1 and Seldon are read"
        )
    tensors, rows = ("outputs", "predictions") if answer else ("inputs", "instances")
    named = {key: content[key] for key in ("id", "model_name", "model_version") if isinstance(content.get(key), str)}
    if isinstance(content.get(tensors), list):
        return _named(_of_tensors(content[tensors], names), named)
    if isinstance(content.get(rows), list):
        return _of_rows(content[rows], rows, names)
    if isinstance(content.get("data"), dict):
        return _of_seldon(content["data"], names)
    raise BadPayload(f"the body of the inference has neither {tensors!r} (v2), {rows!r} (V1) nor 'data' (Seldon)")


def _named(found: Payload, named: Mapping[str, str]) -> Payload:
    return Payload(found.rows, found.columns, named)


def _of_rows(rows: Sequence[Any], prefix: str, names: Sequence[str]) -> Payload:
    """Read rows that are objects, lists or single values."""
    kinds = set(map(type, rows))
    if kinds == {dict}:
        keys = dict.fromkeys(key for row in rows for key in row)
        return Payload(len(rows), {key: [row.get(key) for row in rows] for key in keys})
    if kinds == {list}:
        widths = set(map(len, rows))
        if len(widths) > 1:
            raise BadPayload(f"the rows of {prefix!r} have different lengths; send as many values in each")
        return Payload(len(rows), _split(list(zip(*rows, strict=True)), prefix, names))
    if kinds & {dict, list}:
        raise BadPayload(f"the rows of {prefix!r} are of different kinds; send objects, or lists, or single values")
    return Payload(len(rows), _split([rows], prefix, names))


def _of_tensors(tensors: Sequence[Any], names: Sequence[str]) -> Payload:
    columns: dict[str, Sequence[Any]] = {}
    counts: dict[str, int] = {}
    alone = names if len(tensors) == 1 else ()
    for tensor in tensors:
        if not isinstance(tensor, dict) or not isinstance(tensor.get("name"), str):
            raise BadPayload("a tensor has no name; send name, shape, datatype and data of each")
        name, shape, data = tensor["name"], tensor.get("shape"), tensor.get("data")
        if not isinstance(data, list):
            raise BadPayload(f"the tensor {name!r} has no data; binary tensors are not read, send JSON")
        if not isinstance(shape, list) or not all(type(size) is int and size >= 0 for size in shape):
            raise BadPayload(f"the tensor {name!r} has no shape; send a list of sizes")
        counts[name] = shape[0] if shape else 1
        columns.update(_cut(_flat(data), counts[name], math.prod(shape[1:]), name, alone))
    if len(set(counts.values())) > 1:
        told = ", ".join(f"{name}: {count}" for name, count in counts.items())
        raise BadPayload(f"the tensors have different numbers of rows ({told}); the first size is that of the batch")
    return Payload(next(iter(counts.values()), 0), columns)


def _of_seldon(data: Mapping[str, Any], names: Sequence[str]) -> Payload:
    given = data.get("names")
    own = [name for name in given if isinstance(name, str)] if isinstance(given, list) else []
    if isinstance(data.get("ndarray"), list):
        rows = data["ndarray"]
        return _of_rows(rows, "ndarray", own or names)
    tensor = data.get("tensor")
    if isinstance(tensor, dict) and isinstance(tensor.get("values"), list) and isinstance(tensor.get("shape"), list):
        whole = {"name": "tensor", "shape": tensor["shape"], "data": tensor["values"]}
        return _of_tensors([whole], own or names)
    raise BadPayload("the data of the inference are neither 'ndarray' nor 'tensor'; others of Seldon's are not read")


def _flat(data: list[Any]) -> list[Any]:
    """Return the values of a tensor, that may be written nested, in row-major order."""
    while data and all(type(part) is list for part in data):
        data = [value for part in data for value in part]
    return data


def _cut(values: list[Any], rows: int, width: int, name: str, names: Sequence[str]) -> Mapping[str, Sequence[Any]]:
    if len(values) != rows * width:
        raise BadPayload(f"the tensor {name!r} has {len(values)} values, and its shape says {rows * width}")
    if width > WIDEST:
        return {}
    return _split([values[column::width] for column in range(width)], name, names)


def _split(columns: Sequence[Sequence[Any]], prefix: str, names: Sequence[str]) -> Mapping[str, Sequence[Any]]:
    """Name columns: as they are called, or by what holds them, with their number where they are several."""
    if len(columns) > WIDEST:
        return {}
    if len(names) == len(columns):
        return dict(zip(names, columns, strict=True))
    if len(columns) == 1:
        return {prefix: columns[0]}
    return {f"{prefix}.{number}": column for number, column in enumerate(columns)}
