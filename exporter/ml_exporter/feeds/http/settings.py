"""What a feed over HTTP can be told."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, Literal

from ml_exporter.config.feed import FIELDS
from ml_exporter.feeds.http.content import COLUMNS, JSON, JSON_LINES
from ml_exporter.feeds.receiving import BodyForm, ReceivingSettings

_PREDICTION = {"prediction_id": "tx-1", "model_name": "fraud", "timestamp": 1714564800, "score": 0.93}
_LABEL = {"prediction_id": "tx-1", "timestamp": 1716190200, "actual": 1}
_EXAMPLES: dict[str, dict[str, Any]] = {
    "predictions": _PREDICTION,
    "labels": _LABEL,
    "outcomes": {**_PREDICTION, "actual": 1, "label_timestamp": 1716190200},
}
_EVENT = "An event is an object, see docs/feeds.md; what cannot be used is rejected by itself."


class HttpFeedSettings(ReceivingSettings):
    """Events that are sent over HTTP, as JSON, and acknowledged once they are durable."""

    kind: Literal["http"]
    """Events that are sent to the exporter, by `POST /api/v1/predictions` and `/api/v1/labels`."""

    path: str | None = None
    """Where they are sent to. Default: `/api/v1/predictions`, `/api/v1/labels` or `/api/v1/outcomes`, by its events."""

    @classmethod
    def usual(cls) -> Iterator[tuple[str, str]]:
        """Return a path for each kind of event."""
        return ((events, events) for events in FIELDS)

    @classmethod
    def bodies(cls, events: str) -> Sequence[BodyForm]:
        """Return objects, lines and columns."""
        example = _EXAMPLES[events]
        columns = {"type": "object", "additionalProperties": {"type": "array"}}
        return (
            BodyForm(JSON, {"type": ["array", "object"], "description": _EVENT}, [example]),
            BodyForm(
                JSON_LINES[0], {"type": "string", "description": "One object a line."}, f"{json.dumps(example)}\n"
            ),
            BodyForm(
                COLUMNS,
                {**columns, "description": "One array a field, all of one length."},
                {field: [value] for field, value in example.items()},
            ),
        )
