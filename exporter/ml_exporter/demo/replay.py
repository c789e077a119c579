"""The replay: which flights have departed and landed by now, on a clock that runs faster than life."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

Score = Callable[[pl.DataFrame], NDArray[np.float64]]


@dataclass(frozen=True)
class Tempo:
    """Maps the time of the flights onto wall time."""

    flights_begin: float
    """Seconds: the first departure, as its clock shows it."""

    wall_begin: float
    """Seconds since the epoch."""

    factor: float
    """How many times faster than life."""

    def wall(self, flight_time: float) -> float:
        """Return when something that happened at a flight's time happens in the demo."""
        return self.wall_begin + (flight_time - self.flights_begin) / self.factor

    def flight(self, wall_time: float) -> float:
        """Return the flights' time that a wall time stands for."""
        return self.flights_begin + (wall_time - self.wall_begin) * self.factor


def corrupt(flights: pl.DataFrame) -> pl.DataFrame:
    """Break one input, as a change upstream would: the departure delay arrives in seconds instead of minutes."""
    return flights.with_columns(pl.col("dep_delay") * 60)


class Replay:
    """Hands out predictions and labels as their time comes."""

    def __init__(self, flights: pl.DataFrame, score: Score, tempo: Tempo, version: str) -> None:
        """Prepare a replay.

        Args:
            flights: by departure, as ``load_flights`` gives them.
            score: the model.
            tempo: the clock.
            version: the model's version.
        """
        self._flights = flights
        self._score = score
        self._tempo = tempo
        self._version = version
        self._departed = flights["departed"].dt.epoch("s").to_numpy().astype(np.float64)
        self._landings = flights.filter(pl.col("late").is_not_null()).sort("landed")
        self._landed = self._landings["landed"].dt.epoch("s").to_numpy().astype(np.float64)
        self.predictions = 0
        self.labels = 0

    @property
    def finished(self) -> bool:
        """Whether every flight has departed and landed."""
        return self.predictions == len(self._departed) and self.labels == len(self._landed)

    def departures(self, now: float, timer: Callable[[], float], *, corrupted: bool) -> list[dict[str, Any]]:
        """Predict the flights that have departed since the last call.

        Args:
            now: wall time, seconds since the epoch.
            timer: measures the latency of the model, seconds.
            corrupted: whether an input is broken.
        """
        until = max(self.predictions, int(np.searchsorted(self._departed, self._tempo.flight(now), side="right")))
        leaving = self._flights[self.predictions : until]
        times = self._departed[self.predictions : until]
        self.predictions = until
        if not len(leaving):
            return []
        started = timer()
        scores = self._score(corrupt(leaving) if corrupted else leaving)
        latency = timer() - started
        return [
            {
                "flight": flight,
                "departed": round(self._tempo.wall(time), 3),
                "model_name": "flight_delay",
                "model_version": self._version,
                "score": round(float(score), 6),
                "segment": {"origin": origin},
                "latency_seconds": round(latency, 6),
            }
            for flight, time, score, origin in zip(leaving["flight"], times, scores, leaving["origin"], strict=True)
        ]

    def landings(self, now: float) -> list[dict[str, Any]]:
        """Tell the truth about the flights that have landed since the last call."""
        until = max(self.labels, int(np.searchsorted(self._landed, self._tempo.flight(now), side="right")))
        arrived = self._landings[self.labels : until]
        times = self._landed[self.labels : until]
        self.labels = until
        return [
            {"flight": flight, "late": late, "landed": _rfc_3339(self._tempo.wall(time))}
            for flight, late, time in zip(arrived["flight"], arrived["late"], times, strict=True)
        ]


def _rfc_3339(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
