"""The recorder: what a service calls."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ml_exporter.client.channel import Channel
from ml_exporter.client.events import LabelEvent, PredictionEvent, Time, written_label, written_prediction
from ml_exporter.client.identifiers import Identifiers
from ml_exporter.client.lifetime import CLOSE_SECONDS
from ml_exporter.client.observation import Observation
from ml_exporter.client.observe import FromCall, FromResult, Observed, Parameters, Result, observing
from ml_exporter.client.settings import (
    SPOOL_VARIABLE,
    URL_VARIABLE,
    Connection,
    Limits,
    Settings,
    from_environment,
)
from ml_exporter.client.statistics import Statistics
from ml_exporter.clock import Clock, WallClock


class Recorder:
    """Records predictions and labels, and brings them to the exporter in the background.

    ``prediction`` and ``label`` take some microseconds, wait for nothing and raise nothing: what cannot be used is
    counted and told in the log. They may be called from any thread, within an event loop and after a fork. One recorder
    serves a whole process; it is closed at the process's end by itself.
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        model_name: str | None = None,
        model_version: str | None = None,
        spool: str | Path | None = None,
        token_file: str | Path | None = None,
        username: str | None = None,
        password_file: str | Path | None = None,
        ca_file: str | Path | None = None,
        certificate_file: str | Path | None = None,
        key_file: str | Path | None = None,
        timeout: float = 5.0,
        limits: Limits | None = None,
        fsync: bool = False,
        write_ahead: bool = False,
        clock: Clock | None = None,
        monotonic: Callable[[], float] = time.perf_counter,
        identifiers: Identifiers | None = None,
    ) -> None:
        """Begin. Nothing is opened and no thread begins before the first event.

        Args:
            url: the exporter's address; without it ``ML_EXPORTER_URL`` of the environment. Where neither is there, the
                recorder is off: it makes ids and does nothing else, as suits tests of the service.
            model_name: the model of predictions that name none.
            model_version: the version of predictions that name none.
            spool: a folder where events wait while the exporter is away; processes may share it. Without it
                ``ML_EXPORTER_SPOOL``; where neither is there, they wait in memory, and are lost with the process.
            token_file: a file with a bearer token; without it ``ML_EXPORTER_TOKEN``.
            username: a name for basic authentication.
            password_file: a file with its password; without it ``ML_EXPORTER_PASSWORD``.
            ca_file: authorities that the exporter's certificate may come from.
            certificate_file: the recorder's own certificate, where the exporter asks for one.
            key_file: its key.
            timeout: seconds that the exporter may be silent before a request is given up.
            limits: how much is kept, and how often it is sent.
            fsync: whether what is spooled must survive a power cut at once.
            write_ahead: whether each batch is spooled before it is sent: then a process that is killed loses no more
                than what came in since the last flush.
            clock: the time of events that name none.
            monotonic: times what is observed, in seconds.
            identifiers: makes ids of predictions that have none.

        Raises:
            ValueError: an address or a limit is none.
        """
        self.model_name = model_name
        self.model_version = model_version
        self.monotonic = monotonic
        self._clock = clock or WallClock()
        self._pickled = (
            url,
            ("model_name", model_name),
            ("model_version", model_version),
            ("spool", _path(spool)),
            ("token_file", _path(token_file)),
            ("username", username),
            ("password_file", _path(password_file)),
            ("ca_file", _path(ca_file)),
            ("certificate_file", _path(certificate_file)),
            ("key_file", _path(key_file)),
            ("timeout", timeout),
            ("limits", limits),
            ("fsync", fsync),
            ("write_ahead", write_ahead),
        )
        address = url or from_environment(URL_VARIABLE)
        settings = None
        if address is not None:
            connection = Connection(
                address,
                _path(token_file),
                username,
                _path(password_file),
                _path(ca_file),
                _path(certificate_file),
                _path(key_file),
                timeout,
            )
            folder = _path(spool or from_environment(SPOOL_VARIABLE))
            settings = Settings(connection, limits or Limits(), folder, fsync, write_ahead)
        self._channel = Channel(settings, self._clock.now, identifiers or Identifiers())
        if settings is None:
            self._channel.told.inform("the recorder is off: give it the exporter's address, or set %s", URL_VARIABLE)

    def prediction(
        self,
        prediction_id: str | int | None = None,
        *,
        prediction: Any = None,
        score: Any = None,
        scores: Mapping[Any, Any] | None = None,
        items: Any = None,
        lower: Any = None,
        upper: Any = None,
        segment: Mapping[str, Any] | None = None,
        features: Mapping[str, Any] | None = None,
        latency_seconds: float | None = None,
        trace_id: str | None = None,
        status: str = "success",
        timestamp: Time | None = None,
        model_name: str | None = None,
        model_version: str | None = None,
    ) -> str:
        """Record what a model said. The fields are those of docs/feeds.md; values of numpy will do.

        Args:
            prediction_id: what a label will name; without it one is made.
            prediction: the class, or the number.
            score: binary: the probability of the positive class.
            scores: multiclass: class and probability.
            items: ranking: the items, the best first.
            lower: regression: the lower bound of the interval.
            upper: its upper bound.
            segment: segment key and value.
            features: feature and value.
            latency_seconds: how long the request took.
            trace_id: the trace that it belongs to.
            status: ``success``, or how it failed.
            timestamp: when it was; now.
            model_name: the model, where it is not the recorder's.
            model_version: its version, likewise.

        Returns:
            The prediction's id, for its label.
        """
        now = self._clock.now()
        if prediction_id is None:
            prediction_id = self._channel.identifiers.make(now)
        buffer = self._channel.buffer
        if buffer is not None:
            try:
                line = written_prediction(
                    PredictionEvent(
                        prediction_id,
                        model_name or self.model_name,
                        now if timestamp is None else timestamp,
                        model_version or self.model_version,
                        prediction,
                        score,
                        scores,
                        items,
                        lower,
                        upper,
                        segment,
                        features,
                        latency_seconds,
                        trace_id,
                        status,
                    )
                )
                buffer.put("predictions", line)
            except Exception as error:  # noqa: BLE001 - monitoring must not break what it watches
                self.invalid("prediction", error)
        return prediction_id if prediction_id.__class__ is str else str(prediction_id)

    def label(
        self,
        prediction_id: str | int,
        actual: Any,
        *,
        value: Any = None,
        timestamp: Time | None = None,
        model_name: str | None = None,
    ) -> None:
        """Record what turned out to be true.

        Args:
            prediction_id: the prediction that it judges.
            actual: what is true; ranking: item and relevance, or the relevant items.
            value: the money at stake.
            timestamp: when it was known; now.
            model_name: the model, where predictions of others that have this id are not meant.
        """
        buffer = self._channel.buffer
        if buffer is None:
            return
        try:
            when = self._clock.now() if timestamp is None else timestamp
            line = written_label(LabelEvent(prediction_id, when, actual, model_name, value))
            buffer.put("labels", line)
        except Exception as error:  # noqa: BLE001 - monitoring must not break what it watches
            self.invalid("label", error)

    def new_id(self) -> str:
        """Return a new id for a prediction."""
        return self._channel.identifiers.make(self._clock.now())

    def observation(
        self,
        prediction_id: str | int | None = None,
        *,
        model_name: str | None = None,
        model_version: str | None = None,
        segment: Mapping[str, Any] | None = None,
        features: Mapping[str, Any] | None = None,
        trace_id: str | None = None,
    ) -> Observation:
        """Return a context that times what runs within it, and records what its fields say at its end.

        An exception passes through it unchanged and makes the status ``error``; being cancelled, ``cancelled``.

        Args:
            prediction_id: what a label will name; without it one is made.
            model_name: the model, where it is not the recorder's.
            model_version: its version, likewise.
            segment: segment key and value.
            features: feature and value.
            trace_id: the trace that it belongs to.
        """
        return Observation(
            self,
            prediction_id,
            model_name=model_name,
            model_version=model_version,
            segment=segment,
            features=features,
            trace_id=trace_id,
        )

    def observe(
        self,
        *,
        prediction: FromResult | None = None,
        score: FromResult | None = None,
        scores: FromResult | None = None,
        items: FromResult | None = None,
        lower: FromResult | None = None,
        upper: FromResult | None = None,
        prediction_id: FromCall | None = None,
        segment: FromCall | None = None,
        features: FromCall | None = None,
        trace_id: FromCall | None = None,
        model_name: str | None = None,
        model_version: str | None = None,
    ) -> Callable[[Callable[Parameters, Result]], Callable[Parameters, Result]]:
        """Return a decorator: every call of the function is timed and recorded. It may be ``async``.

        What the function returns or raises reaches its caller unchanged. Within it ``current()`` is the observation,
        which knows the id.

        Args:
            prediction: computes the class or the number from what the function returned; where nothing is computed from
                it, it is the prediction itself.
            score: computes the probability of the positive class from it.
            scores: computes class and probability.
            items: computes the items, the best first.
            lower: computes the lower bound of the interval.
            upper: computes its upper bound.
            prediction_id: computes the id from the call's arguments; without it one is made.
            segment: computes segment key and value from them.
            features: computes feature and value from them.
            trace_id: computes the trace.
            model_name: the model, where it is not the recorder's.
            model_version: its version, likewise.
        """
        results = {"prediction": prediction, "score": score, "scores": scores, "items": items}
        if not any(results.values()):
            results["prediction"] = _itself
        results |= {"lower": lower, "upper": upper}
        calls = {"prediction_id": prediction_id, "segment": segment, "features": features, "trace_id": trace_id}
        return observing(
            Observed(
                self,
                {"model_name": model_name, "model_version": model_version},
                {name: compute for name, compute in calls.items() if compute is not None},
                {name: compute for name, compute in results.items() if compute is not None},
            )
        )

    def invalid(self, what: str, error: Exception) -> None:
        """Count and tell something that could not be recorded.

        Args:
            what: what it was.
            error: why not.
        """
        self._channel.invalid(what, error)

    @property
    def closed(self) -> bool:
        """Tell whether it was closed."""
        return self._channel.closed

    @property
    def statistics(self) -> Statistics:
        """Return its counts so far."""
        return self._channel.statistics

    def flush(self, timeout: float = CLOSE_SECONDS) -> bool:
        """Wait until the exporter has everything that was recorded. In an event loop: ``await recorder.aflush()``.

        Args:
            timeout: seconds to wait at most.

        Returns:
            Whether it has; otherwise the rest waits in the spool or in memory, and is sent later.
        """
        return self._channel.flush(timeout)

    async def aflush(self, timeout: float = CLOSE_SECONDS) -> bool:
        """Do as ``flush`` does, without holding up the event loop."""
        return await _in_thread(lambda: self.flush(timeout))

    def close(self, timeout: float = CLOSE_SECONDS) -> None:
        """Send what can be sent, keep the rest in the spool, and end. Events that still come are counted as dropped.

        Args:
            timeout: seconds for sending.
        """
        self._channel.close(timeout)

    async def aclose(self, timeout: float = CLOSE_SECONDS) -> None:
        """Do as ``close`` does, without holding up the event loop."""
        await _in_thread(lambda: self.close(timeout))

    def __deepcopy__(self, _known: dict[int, Any]) -> Self:
        """Return itself: as a logger, it is the process's, whatever is copied that names it."""
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        """Return what a pickle holds: what it was told, without events, clock and secrets' content."""
        return _restored, self._pickled

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()


_unpickled: dict[tuple[Any, ...], Recorder] = {}


def _restored(url: str | None, *options: tuple[str, Any]) -> Recorder:
    """Return the recorder of a pickle: one a process, however many models name it."""
    recorder = _unpickled.get((url, *options))
    if recorder is None or recorder.closed:
        recorder = _unpickled[url, *options] = Recorder(url, **dict(options))
    return recorder


def _itself(result: Any) -> Any:
    return result


def _path(given: str | Path | None) -> Path | None:
    return None if given is None else Path(given)


async def _in_thread(work: Callable[[], Result]) -> Result:
    import asyncio  # noqa: PLC0415 - who calls this has it

    return await asyncio.to_thread(work)
