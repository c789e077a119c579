"""What the join has seen: counters and newest times. Stored with every batch, so that a restart goes on counting."""

import msgspec
import numpy as np
from numpy.typing import NDArray

STATE = "join"


class FeedCounters(msgspec.Struct):
    """Counters of one feed since the store was made."""

    events: int = 0
    duplicates: int = 0
    truncations: int = 0
    lost: int = 0
    left: int | None = None
    """Events behind the last batch in the source; ``None``: nobody knows."""

    last_event: float = 0.0
    rejected: dict[str, int] = msgspec.field(default_factory=dict)

    def reject(self, reason: str, count: int = 1) -> None:
        """Count events that could not be used."""
        self.rejected[reason] = self.rejected.get(reason, 0) + count


class VersionState(msgspec.Struct):
    """The join's state of one version of a model. Times in seconds since the epoch; 0: none yet."""

    pending: int = 0
    assumed: int = 0
    """Predictions judged by silence since the store was made."""

    last_prediction: float = 0.0
    last_label: float = 0.0


class JoinState(msgspec.Struct):
    """Everything that the join counts beside the tallies."""

    feeds: dict[str, FeedCounters] = msgspec.field(default_factory=dict)
    versions: dict[int, VersionState] = msgspec.field(default_factory=dict)
    newest: dict[str, float] = msgspec.field(default_factory=dict)
    """Model to the time of its newest event."""

    models: list[str] = msgspec.field(default_factory=list)
    """Names of the models by their code in the ledger: never renumbered."""

    label_conflicts: int = 0
    label_corrections: int = 0
    expired_predictions: int = 0
    late_outcomes: int = 0
    held_since: float = 0.0
    """Since when a feed with a backlog holds buckets open, seconds since the epoch; 0: none does."""

    closed_until: float = 0.0
    """Buckets that start before this time are closed."""

    def feed(self, name: str) -> FeedCounters:
        """Return the counters of a feed, from zero where it is new."""
        return self.feeds.setdefault(name, FeedCounters())

    def version(self, code: int) -> VersionState:
        """Return the state of a version, by the code of its overall series."""
        return self.versions.setdefault(code, VersionState())

    def model_code(self, name: str) -> int:
        """Return the code of a model in the ledger."""
        if name not in self.models:
            self.models.append(name)
        return self.models.index(name)

    def saw(self, model: str, time: float) -> None:
        """Note an event of a model."""
        self.newest[model] = max(self.newest.get(model, 0.0), time)

    @classmethod
    def restored(cls, stored: bytes | None) -> "JoinState":
        """Read what ``to_bytes`` wrote."""
        return msgspec.json.decode(stored, type=cls) if stored else cls()

    def to_bytes(self) -> bytes:
        """Return the state, for the ledger."""
        return msgspec.json.encode(self)


def newest_by(codes: NDArray[np.int32], times: NDArray[np.float64]) -> dict[int, float]:
    """Return the newest time of each code, codes below 0 left out."""
    newest = np.full(int(codes.max(initial=-1)) + 1, -np.inf)
    known = codes >= 0
    np.maximum.at(newest, codes[known], times[known])
    present = np.flatnonzero(newest > -np.inf)
    return dict(zip(present.tolist(), newest[present].tolist(), strict=True))
