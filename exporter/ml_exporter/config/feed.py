"""The section ``feeds``: where events come from. Each kind of feed adds its own options to these."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from ml_exporter.config.base import Section, Wrong
from ml_exporter.config.duration import Duration
from ml_exporter.config.explaining import closest
from ml_exporter.config.names import Name

PREDICTION_FIELDS = (
    "prediction_id",
    "model_name",
    "model_version",
    "timestamp",
    "prediction",
    "score",
    "scores",
    "lower",
    "upper",
    "items",
    "segment",
    "features",
    "latency_seconds",
    "trace_id",
    "status",
)
LABEL_FIELDS = ("prediction_id", "actual", "timestamp", "model_name", "value")
OUTCOME_FIELDS = (*PREDICTION_FIELDS, "actual", "label_timestamp", "value")
FIELDS = {"predictions": PREDICTION_FIELDS, "labels": LABEL_FIELDS, "outcomes": OUTCOME_FIELDS}
"""The fields that events may have, by what the feed's events are."""


class FeedDefaults(Section):
    """What an event of the feed means where it does not say so itself."""

    model_name: str | None = None
    """The model of events that name none."""

    model_version: str | None = None
    """The version of predictions that name none (otherwise `unversioned`)."""


class FeedSettings(Section):
    """One source of events."""

    name: Name
    """The feed's name: it labels its metrics and names its dead-letter file."""

    kind: str
    """The kind of source."""

    events: Literal["predictions", "labels", "outcomes"]
    """What its events are: `predictions`, `labels` (what turned out to be true), or `outcomes`: rows that hold both,
    joined already."""

    fields: dict[str, str] = {}
    """Our name to theirs, for columns that are named otherwise in the source."""

    defaults: FeedDefaults = FeedDefaults()
    """What stands in for a model_name or model_version that an event lacks."""

    models: list[str] = []
    """The models that it carries. Default: all of them."""

    stalled_after: Duration = Duration.parse("1h")
    """Without a newer event for this long, the feed counts as stalled and the alert for it fires."""

    @property
    def address(self) -> str | None:
        """What no other feed may have too, as a path that it is sent events on; ``None``: nothing."""
        return None

    @classmethod
    def between(cls, values: Mapping[str, Any]) -> Iterator[Wrong]:
        """Find fields that the feed's events do not have, and columns that are taken for two of them."""
        fields, events = values.get("fields"), values.get("events")
        if not isinstance(fields, dict):
            return
        kind = events if isinstance(events, str) and events in FIELDS else "outcomes"
        known = FIELDS[kind]
        columns: dict[Any, str] = {}
        for ours, theirs in fields.items():
            if ours not in known:
                remedy = f"the left side is our name, the right side yours; {closest(str(ours), known)}"
                yield ("fields", str(ours)), f"is no field of {kind}; {remedy}"
            if isinstance(theirs, str) and theirs in columns:
                remedy = "give each of our fields a column of its own"
                yield ("fields", str(ours)), f"{theirs!r} is taken for {columns[theirs]} already; {remedy}"
            if isinstance(theirs, str):
                columns.setdefault(theirs, str(ours))
