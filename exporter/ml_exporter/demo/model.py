"""The model that is watched: will this flight, now departing, land more than 15 minutes late?"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OrdinalEncoder

_NUMBERS = ["dep_delay", "scheduled_hour", "weekday", "distance"]
_CATEGORIES = ["carrier", "origin"]
INPUTS = [*_NUMBERS, *_CATEGORIES]


@dataclass(frozen=True)
class FlightModel:
    """A fitted classifier."""

    pipeline: Pipeline
    version: str

    def scores(self, flights: pl.DataFrame) -> NDArray[np.float64]:
        """Return the probability of being late of each flight, (flights,)."""
        return np.asarray(self.pipeline.predict_proba(flights.select(INPUTS))[:, 1], dtype=np.float64)


def train(flights: pl.DataFrame, seed: int = 0) -> FlightModel:
    """Fit the model on labelled flights."""
    encode = make_column_transformer(
        (OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1), _CATEGORIES),
        ("passthrough", _NUMBERS),
    )
    categorical = list(range(len(_CATEGORIES)))
    classifier = HistGradientBoostingClassifier(
        categorical_features=categorical, max_iter=60, learning_rate=0.15, random_state=seed
    )
    pipeline = make_pipeline(encode, classifier)
    pipeline.fit(flights.select(INPUTS), flights["late"].to_numpy())
    return FlightModel(pipeline, "2013-04")
