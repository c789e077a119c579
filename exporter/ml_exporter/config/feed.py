"""The section ``feeds``: where events come from. Each kind of feed adds its own options to these."""

from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from ml_exporter.config.base import Section
from ml_exporter.config.duration import Duration

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
    "segment",
    "features",
    "latency_seconds",
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

    name: str = Field(min_length=1, pattern=r"^[A-Za-z0-9_.-]+$")
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

    @field_validator("fields")
    @classmethod
    def _theirs_are_distinct(cls, value: dict[str, str]) -> dict[str, str]:
        if len(set(value.values())) != len(value):
            raise ValueError("takes two of our fields from one column; give each a column of its own")
        return value

    @model_validator(mode="after")
    def _fields_are_known(self) -> Self:
        known = FIELDS[self.events]
        unknown = sorted(set(self.fields) - set(known))
        if unknown:
            raise ValueError(
                f"fields: {', '.join(map(repr, unknown))} is no field of {self.events};"
                f" the left side is our name, one of {', '.join(known)}"
            )
        return self
