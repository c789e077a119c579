"""The section ``models[].features``: what a model is asked about, watched for drift and for the quality of its data."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator

from ml_exporter.config.base import Section

FeatureKind = Literal["numeric", "categorical"]

MOST_FEATURES = 500
"""That one model may watch."""

MOST_CATEGORIES = 1000
"""That one feature may tell apart."""


class FeatureSettings(Section):
    """One feature that is watched."""

    name: str = Field(min_length=1, max_length=128)
    """Its name in the events' `features`."""

    kind: FeatureKind | None = None
    """Whether its values are numbers or categories. Default: numeric if the first value that comes is a number, and
    categorical otherwise; decided once, and kept in the store. Of a categorical feature numbers are categories, too."""

    range: list[float] | None = Field(default=None, min_length=2, max_length=2)
    """Numeric: the smallest and the largest plausible value, `[0, 120]`; those beyond are counted."""

    max_categories: int = Field(default=100, ge=2, le=MOST_CATEGORIES)
    """Categorical: how many values are told apart, those that came first; the rest count as `__other__`."""

    @field_validator("range")
    @classmethod
    def _range_rises(cls, value: list[float] | None) -> list[float] | None:
        if value is not None and len(value) == 2 and value[0] >= value[1]:
            raise ValueError(f"goes from {value[0]:g} to {value[1]:g}; write the smaller one first")
        return value

    @classmethod
    def between(cls, values: Mapping[str, Any]) -> list[tuple[tuple[str | int, ...], str]]:
        """Find a range of categories."""
        if values.get("kind") == "categorical" and values.get("range") is not None:
            return [(("range",), "belongs to numbers, and the feature is categorical; remove it")]
        return []


def _feature(value: Any) -> Any:
    """Let ``amount`` stand for ``{name: amount}``."""
    return {"name": value} if isinstance(value, str) else value


Features = list[Annotated[FeatureSettings, BeforeValidator(_feature, json_schema_input_type=str | FeatureSettings)]]
