"""A prediction that is being made: timed, filled in as it becomes known, recorded when it is over."""

import contextvars
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from ml_exporter.client.recorder import Recorder

ERROR, CANCELLED = "error", "cancelled"
"""Statuses: an exception ended it; it was given up from outside, as where a client goes away."""

_current: "contextvars.ContextVar[Observation | None]" = contextvars.ContextVar("ml_exporter_observation", default=None)


def current() -> "Observation | None":
    """Return the observation within which the caller runs, the innermost one; ``None``: there is none."""
    return _current.get()


class Observation:
    """Use it as a context: ``with recorder.observation() as seen: seen.score = ...``, in ``async`` code as well.

    What stands in its fields at its end is recorded. An exception passes through it unchanged; it makes the status.
    """

    __slots__ = (
        "_began",
        "_over",
        "_recorder",
        "_token",
        "features",
        "items",
        "latency_seconds",
        "lower",
        "model_name",
        "model_version",
        "prediction",
        "prediction_id",
        "score",
        "scores",
        "segment",
        "status",
        "trace_id",
        "upper",
    )

    def __init__(
        self,
        recorder: "Recorder",
        prediction_id: str | int | None = None,
        *,
        model_name: str | None = None,
        model_version: str | None = None,
        segment: Mapping[str, Any] | None = None,
        features: Mapping[str, Any] | None = None,
        trace_id: str | None = None,
    ) -> None:
        """Begin to time.

        Args:
            recorder: where it is recorded.
            prediction_id: what a label will name; without it one is made.
            model_name: the model, where it is not the recorder's.
            model_version: its version, likewise.
            segment: segment key and value.
            features: feature and value.
            trace_id: the trace that it belongs to.
        """
        self._recorder = recorder
        self._over = False
        self._token: contextvars.Token[Observation | None] | None = None
        self.prediction_id = recorder.new_id() if prediction_id is None else prediction_id
        self.model_name = model_name
        self.model_version = model_version
        self.segment = segment
        self.features = features
        self.trace_id = trace_id
        self.prediction: Any = None
        self.score: Any = None
        self.scores: Mapping[Any, Any] | None = None
        self.items: Any = None
        self.lower: Any = None
        self.upper: Any = None
        self.status: str | None = None
        """How it went; ``None``: as whether an exception ended it says."""

        self.latency_seconds: float | None = None
        """How long it took; set by ``stop``."""

        self._began = recorder.monotonic()

    def stop(self) -> None:
        """End to time, for the first time that it is called."""
        if self.latency_seconds is None:
            self.latency_seconds = self._recorder.monotonic() - self._began

    def fill(self, fields: Mapping[str, Any]) -> None:
        """Take fields over from a mapping of their names.

        Raises:
            AttributeError: an observation has no such field.
        """
        for name, value in fields.items():
            setattr(self, name, value)

    def leave_out(self) -> None:
        """Record nothing: it was no prediction."""
        self._over = True

    def record(self) -> None:
        """Record it as it stands, for the first time that this is called; its end does it otherwise."""
        self.stop()
        if self._over:
            return
        self._over = True
        self._recorder.prediction(
            self.prediction_id,
            prediction=self.prediction,
            score=self.score,
            scores=self.scores,
            items=self.items,
            lower=self.lower,
            upper=self.upper,
            segment=self.segment,
            features=self.features,
            latency_seconds=self.latency_seconds,
            trace_id=self.trace_id,
            status=self.status or "success",
            model_name=self.model_name,
            model_version=self.model_version,
        )

    def __enter__(self) -> Self:
        self._token = _current.set(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()
        if self._token is not None:
            _current.reset(self._token)
        if self.status is None and error is not None:
            self.status = ERROR if isinstance(error, Exception) else CANCELLED
        self.record()
