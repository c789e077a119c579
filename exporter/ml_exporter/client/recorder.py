"""The recorder: what a service calls."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from ml_exporter.client import lifetime
from ml_exporter.client.events import LabelEvent, PredictionEvent, Time, written_label, written_prediction
from ml_exporter.client.identifiers import Identifiers
from ml_exporter.client.settings import (
    SPOOL_VARIABLE,
    URL_VARIABLE,
    Connection,
    Limits,
    Settings,
    from_environment,
)
from ml_exporter.client.statistics import Statistics
from ml_exporter.client.told import Told
from ml_exporter.clock import Clock, WallClock

if TYPE_CHECKING:
    from ml_exporter.client.machinery import Machinery

_CLOSE_SECONDS = 5.0

Result = TypeVar("Result")


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
            identifiers: makes ids of predictions that have none.

        Raises:
            ValueError: an address or a limit is none.
        """
        self.model_name = model_name
        self.model_version = model_version
        self._clock = clock or WallClock()
        self._identifiers = identifiers or Identifiers()
        self._told = Told(self._clock.now)
        self._invalid = 0
        address = url or from_environment(URL_VARIABLE)
        self._settings: Settings | None = None
        self._machinery: Machinery | None = None
        if address is None:
            self._told.inform("the recorder is off: give it the exporter's address, or set %s", URL_VARIABLE)
            return
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
        self._settings = Settings(connection, limits or Limits(), folder, fsync, write_ahead)
        self._machinery = _machinery(self._settings, self._told)
        lifetime.began(self)

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
            prediction_id = self._identifiers.make(now)
        machinery = self._machinery
        if machinery is not None:
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
                machinery.buffer.put("predictions", line)
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
        machinery = self._machinery
        if machinery is None:
            return
        try:
            when = self._clock.now() if timestamp is None else timestamp
            line = written_label(LabelEvent(prediction_id, when, actual, model_name, value))
            machinery.buffer.put("labels", line)
        except Exception as error:  # noqa: BLE001 - monitoring must not break what it watches
            self.invalid("label", error)

    def invalid(self, what: str, error: Exception) -> None:
        """Count and tell something that could not be recorded.

        Args:
            what: what it was.
            error: why not.
        """
        self._invalid += 1
        self._told.warn(f"invalid {what}", "%s not recorded: %s: %s", what, type(error).__name__, error)

    @property
    def statistics(self) -> Statistics:
        """Return its counts so far."""
        if self._machinery is None:
            return Statistics(0, self._invalid, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, None)
        buffer, delivery = self._machinery.buffer, self._machinery.delivery
        return Statistics(
            recorded=buffer.recorded,
            invalid=self._invalid,
            accepted=delivery.accepted,
            duplicate=delivery.duplicate,
            rejected=delivery.rejected,
            dropped=buffer.dropped + delivery.lost_on_disk,
            adopted=delivery.adopted,
            pending=buffer.events,
            spooled=delivery.spooled,
            spooled_bytes=delivery.spooled_bytes,
            requests=delivery.requests,
            failed_requests=delivery.failed_requests,
            last_error=delivery.last_error,
        )

    def flush(self, timeout: float = _CLOSE_SECONDS) -> bool:
        """Wait until the exporter has everything that was recorded. In an event loop: ``await recorder.aflush()``.

        Args:
            timeout: seconds to wait at most.

        Returns:
            Whether it has; otherwise the rest waits in the spool or in memory, and is sent later.
        """
        return self._machinery is None or self._machinery.worker.flush(timeout)

    async def aflush(self, timeout: float = _CLOSE_SECONDS) -> bool:
        """Do as ``flush`` does, without holding up the event loop."""
        return await _in_thread(lambda: self.flush(timeout))

    def close(self, timeout: float = _CLOSE_SECONDS) -> None:
        """Send what can be sent, keep the rest in the spool, and end. Events that still come are counted as dropped.

        Args:
            timeout: seconds for sending.
        """
        lifetime.ended(self)
        if self._machinery is not None and self._settings is not None:
            self._machinery.buffer.close()
            self._machinery.worker.close(timeout, self._settings.connection.timeout)

    async def aclose(self, timeout: float = _CLOSE_SECONDS) -> None:
        """Do as ``close`` does, without holding up the event loop."""
        await _in_thread(lambda: self.close(timeout))

    def begin_anew(self) -> None:
        """Begin without events in a process that was forked off: those that wait are its parent's."""
        if self._machinery is not None and self._settings is not None:
            self._machinery.abandon()
            self._identifiers = Identifiers()
            self._told = Told(self._clock.now)
            self._invalid = 0
            self._machinery = _machinery(self._settings, self._told)

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


def _path(given: str | Path | None) -> Path | None:
    return None if given is None else Path(given)


def _machinery(settings: Settings, told: Told) -> "Machinery":
    from ml_exporter.client.machinery import Machinery  # noqa: PLC0415 - a client of HTTP is not imported before it is needed

    return Machinery(settings, told)


async def _in_thread(work: Callable[[], Result]) -> Result:
    import asyncio  # noqa: PLC0415 - who calls this has it

    return await asyncio.to_thread(work)
