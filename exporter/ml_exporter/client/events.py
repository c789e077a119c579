"""Events as the exporter reads them (docs/feeds.md), written as JSON at the call.

Written at once, not later in the background: a mapping that the caller changes afterwards has been captured, what
cannot be written is known where it was said, and memory is counted in bytes.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

import msgspec

Kind = Literal["predictions", "labels"]
"""The two kinds of event, as the paths of the exporter name them."""

LARGEST = 1024 * 1024
"""Bytes: the exporter takes no larger event."""

Time = float | datetime
"""Seconds since the epoch, or a time with its offset from UTC."""


class PredictionEvent(msgspec.Struct, omit_defaults=True, gc=False):
    """A prediction; the fields are described in docs/feeds.md."""

    prediction_id: str | int
    model_name: str | None
    timestamp: Any
    model_version: str | None = None
    prediction: Any = None
    score: Any = None
    scores: Any = None
    items: Any = None
    lower: Any = None
    upper: Any = None
    segment: Any = None
    features: Any = None
    latency_seconds: Any = None
    trace_id: str | None = None
    status: str = "success"


class LabelEvent(msgspec.Struct, omit_defaults=True, gc=False):
    """A label."""

    prediction_id: str | int
    timestamp: Any
    actual: Any
    model_name: str | None = None
    value: Any = None


def written_prediction(event: PredictionEvent) -> bytes:
    """Return a prediction as a line, without its newline.

    Raises:
        ValueError, TypeError: it is none; the message says what is wrong and what to do.
    """
    if not event.model_name or not isinstance(event.model_name, str):
        raise ValueError(f"model_name is {event.model_name!r}; name the model, here or for the whole recorder")
    if event.segment is not None and event.segment.__class__ is not dict:
        event.segment = _plain_mapping(event.segment, "segment")
    if event.features is not None and event.features.__class__ is not dict:
        event.features = _plain_mapping(event.features, "features")
    if event.status == "success" and (
        event.prediction is None and event.score is None and event.scores is None and event.items is None
    ):
        raise ValueError(
            "there is no prediction; give prediction, score, scores or items, or a status other than success"
        )
    return _written(event)


def written_label(event: LabelEvent) -> bytes:
    """Return a label as a line, without its newline.

    Raises:
        ValueError, TypeError: it is none; the message says what is wrong and what to do.
    """
    if event.actual is None:
        raise ValueError("actual is None; a label says what turned out to be true")
    return _written(event)


def _written(event: PredictionEvent | LabelEvent) -> bytes:
    identifier = event.prediction_id
    if identifier.__class__ is not str:
        event.prediction_id = _plain_identifier(identifier)
    elif not identifier:
        raise ValueError("prediction_id is empty")
    if event.timestamp.__class__ is not float:
        event.timestamp = _plain_time(event.timestamp)
    line = _ENCODER.encode(event)
    if b"null" in line:
        _check_numbers(line)
    if len(line) > LARGEST:
        raise ValueError(f"the event has {len(line)} bytes; the exporter takes {LARGEST} at most")
    return line


def _plain_identifier(value: Any) -> str:
    plain = value.tolist() if hasattr(value, "tolist") else value
    if isinstance(plain, bool) or not isinstance(plain, str | int) or plain == "":
        if value.__class__.__name__ == "UUID":
            return str(value)
        raise TypeError(f"prediction_id is {value!r}; give a text or an integer")
    return str(plain)


def _plain_time(value: Any) -> float:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError(f"timestamp {value} has no offset from UTC; give it a tzinfo")
        return value.timestamp()
    plain = value.tolist() if hasattr(value, "tolist") else value
    if isinstance(plain, bool) or not isinstance(plain, int | float):
        raise TypeError(f"timestamp is {value!r}; give seconds since the epoch, or a datetime with an offset from UTC")
    return float(plain)


def _plain_mapping(value: Any, name: str) -> dict[Any, Any]:
    if isinstance(value, Mapping):
        return dict(value)
    if hasattr(value, "to_dict"):  # a row of pandas or polars
        return dict(value.to_dict())
    raise TypeError(f"{name} is a {type(value).__name__}; give a mapping of name and value")


def _plain_value(value: Any) -> Any:
    """Return what stands for a value that JSON does not know: scalars and arrays of numpy, and what resembles them."""
    for plain in (str, int, float):
        if isinstance(value, plain):
            return plain(value)
    if isinstance(value, datetime):  # pandas' time
        return value.isoformat()
    if hasattr(value, "tolist"):
        return value.tolist()
    if value.__class__.__name__ == "NAType":  # pandas' missing value
        return None
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"a {type(value).__name__} cannot be written as JSON; give a number, a text, a list or a mapping")


def _check_numbers(line: bytes) -> None:
    """Refuse what is written as null because it is no finite number; features may be missing.

    Raises:
        ValueError: a field is not finite.
    """
    fields = msgspec.json.decode(line)
    for name, value in fields.items():
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        if value is None or (name in {"scores", "items", "actual"} and None in inner):
            raise ValueError(f"{name} is not a finite number")


_ENCODER = msgspec.json.Encoder(enc_hook=_plain_value, decimal_format="number")
