"""The context and the decorator: they time a call, record how it went, and change nothing about it."""

import asyncio
import contextvars
import traceback
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from ml_exporter.client import Recorder, current
from ml_exporter.clock import ManualClock
from tests.client.far_end import FarEnd, all_sent

Record = Callable[..., Recorder]


class Wrong(Exception):
    """The caller's own."""


@pytest.fixture(name="clock")
def _clock() -> ManualClock:
    return ManualClock(1_700_000_000.0)


@pytest.fixture(name="recorder")
def _recorder(record: Record, clock: ManualClock) -> Recorder:
    return record(clock=clock, monotonic=clock.now)


def _only(end: FarEnd, recorder: Recorder) -> dict[str, Any]:
    all_sent(recorder)
    (event,) = end.predictions
    return event


def test_a_context_records_what_stands_in_it_at_its_end(end: FarEnd, recorder: Recorder, clock: ManualClock) -> None:
    with recorder.observation("p-1", segment={"country": "DE"}, model_name="fraud") as seen:
        clock.advance(0.25)
        seen.score = 0.9
        seen.features = {"amount": 10}
    assert _only(end, recorder) == {
        "prediction_id": "p-1",
        "model_name": "fraud",
        "timestamp": 1_700_000_000.25,
        "score": 0.9,
        "segment": {"country": "DE"},
        "features": {"amount": 10},
        "latency_seconds": 0.25,
    }


@pytest.mark.parametrize(
    ("raised", "status"),
    [(Wrong("no"), "error"), (asyncio.CancelledError(), "cancelled"), (SystemExit(1), "cancelled")],
)
def test_an_exception_is_the_status_and_reaches_the_caller_unchanged(
    end: FarEnd, recorder: Recorder, clock: ManualClock, raised: BaseException, status: str
) -> None:
    def fail() -> None:
        with recorder.observation():
            clock.advance(0.5)
            raise raised

    with pytest.raises(type(raised)) as caught:
        fail()
    assert caught.value is raised
    assert raised.__context__ is None
    event = _only(end, recorder)
    assert (event["status"], event["latency_seconds"]) == (status, 0.5)


def test_a_status_of_ones_own_stands(end: FarEnd, recorder: Recorder) -> None:
    with recorder.observation() as seen:
        seen.status = "fallback"
    assert _only(end, recorder)["status"] == "fallback"


def test_an_id_can_be_handed_out_before_the_end(end: FarEnd, recorder: Recorder) -> None:
    with recorder.observation() as seen:
        handed_out = seen.prediction_id
        seen.prediction = 1
    assert _only(end, recorder)["prediction_id"] == handed_out


def test_a_function_is_observed_and_what_it_returns_is_its_own(
    end: FarEnd, recorder: Recorder, clock: ManualClock
) -> None:
    @recorder.observe(
        score=lambda result: result["probability"],
        features=lambda customer, **_others: customer,
        segment=lambda _customer, country: {"country": country},
        prediction_id=lambda customer, **_others: customer["id"],
        model_version="v7",
    )
    def predict(customer: dict[str, Any], country: str) -> dict[str, float]:
        """Says it."""
        clock.advance(0.125)
        customer.update(age=None, country=country)
        return {"probability": 0.75}

    assert predict({"id": "c-1", "age": 31}, country="FR") == {"probability": 0.75}
    assert (predict.__name__, predict.__doc__) == ("predict", "Says it.")
    event = _only(end, recorder)
    assert event["features"] == {"id": "c-1", "age": 31}, "as it was at the call"
    assert event["prediction_id"] == "c-1"
    assert event["segment"] == {"country": "FR"}
    assert (event["score"], event["latency_seconds"], event["model_version"]) == (0.75, 0.125, "v7")


def test_without_more_the_result_is_the_prediction(end: FarEnd, recorder: Recorder) -> None:
    @recorder.observe()
    def predict(value: int) -> int:
        return value * 2

    assert predict(21) == 42
    assert _only(end, recorder)["prediction"] == 42


def test_an_async_function_is_timed_until_it_has_ended(end: FarEnd, recorder: Recorder, clock: ManualClock) -> None:
    @recorder.observe(score=lambda result: result)
    async def predict() -> float:
        clock.advance(0.25)
        await asyncio.sleep(0)
        clock.advance(0.25)
        return 0.5

    assert asyncio.iscoroutinefunction(predict)
    assert asyncio.run(predict()) == 0.5
    assert _only(end, recorder)["latency_seconds"] == 0.5


def test_an_async_function_that_is_cancelled_is_recorded_as_that(end: FarEnd, recorder: Recorder) -> None:
    @recorder.observe()
    async def predict() -> int:
        await asyncio.Event().wait()
        return 1

    async def cancelled() -> None:
        task = asyncio.create_task(predict())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())
    assert _only(end, recorder)["status"] == "cancelled"


@pytest.mark.parametrize("is_async", [False, True])
def test_what_a_function_raises_is_its_own_down_to_the_traceback(
    end: FarEnd, recorder: Recorder, *, is_async: bool
) -> None:
    raised = Wrong("no")

    @recorder.observe()
    def predict() -> int:
        raise raised

    @recorder.observe()
    async def predict_later() -> int:
        raise raised

    with pytest.raises(Wrong) as caught:
        asyncio.run(predict_later()) if is_async else predict()
    assert caught.value is raised
    assert raised.__context__ is raised.__cause__ is None
    assert traceback.extract_tb(raised.__traceback__)[-1].name in {"predict", "predict_later"}
    assert _only(end, recorder)["status"] == "error"


def test_what_the_computing_of_fields_raises_is_told_and_no_more(
    end: FarEnd, recorder: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    @recorder.observe(score=lambda result: result["nothing"], features=lambda: 1 / 0)
    def predict() -> dict[str, float]:
        return {}

    assert predict() == {}
    recorder.prediction("p-1", score=0.5)
    assert list(_only(end, recorder)) == ["prediction_id", "model_name", "timestamp", "score"]
    assert "score of a result not recorded: KeyError" in caplog.text
    assert "features of a call not recorded: ZeroDivisionError" in caplog.text


def test_a_generator_is_refused_with_the_remedy(recorder: Recorder) -> None:
    def tokens() -> Iterator[int]:
        yield 1

    async def later() -> AsyncIterator[int]:
        yield 1

    for function in (tokens, later):
        with pytest.raises(TypeError, match=r"use recorder.observation\(\) within it"):
            recorder.observe()(function)


def test_what_runs_within_knows_its_observation_and_no_other(end: FarEnd, recorder: Recorder) -> None:
    seen_ids: list[Any] = []

    def deep_within(score: float) -> None:
        here = current()
        assert here is not None
        here.score = score
        seen_ids.append(here.prediction_id)

    @recorder.observe(score=lambda result: result)
    def inner() -> float:
        deep_within(0.125)
        return 0.25

    with recorder.observation():
        deep_within(0.5)
        inner()
        deep_within(0.75)
    assert current() is None
    all_sent(recorder)
    assert [event["prediction_id"] for event in end.predictions] == [seen_ids[1], seen_ids[0]]
    assert [event["score"] for event in end.predictions] == [0.25, 0.75]
    assert seen_ids[0] == seen_ids[2]


def test_tasks_and_threads_each_have_their_own_observation(end: FarEnd, recorder: Recorder) -> None:
    @recorder.observe(score=lambda result: result)
    async def predict(number: int) -> float:
        await asyncio.sleep(0)
        here = current()
        assert here is not None
        here.segment = {"number": number}
        return number / 100

    async def all_at_once() -> None:
        await asyncio.gather(*(predict(number) for number in range(50)))

    asyncio.run(all_at_once())
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: contextvars.Context().run(asyncio.run, predict(number)), range(50, 100)))
    all_sent(recorder)
    assert sorted((event["segment"]["number"], event["score"]) for event in end.predictions) == [
        (number, number / 100) for number in range(100)
    ]


def test_in_an_event_loop_flush_and_close_are_awaited(record: Record, end: FarEnd) -> None:
    async def serve() -> None:
        async with record() as recorder:
            recorder.prediction(score=0.5)
            assert await recorder.aflush(20.0)
            assert len(end.predictions) == 1
            recorder.prediction(score=0.5)
        assert recorder.closed

    asyncio.run(serve())
    assert len(end.predictions) == 2
