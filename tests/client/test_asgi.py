"""The middleware, within real applications of Starlette and FastAPI."""

import asyncio
from collections.abc import Callable
from typing import Any

import fastapi
import httpx
import pytest
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Mount, Route

from ml_exporter.client import Recorder, current
from ml_exporter.client.asgi import RecordPredictions
from ml_exporter.clock import ManualClock
from tests.client.far_end import FarEnd, all_sent

Record = Callable[..., Recorder]


@pytest.fixture(name="clock")
def _clock() -> ManualClock:
    return ManualClock(1_700_000_000.0)


@pytest.fixture(name="recorder")
def _recorder(record: Record, clock: ManualClock) -> Recorder:
    return record(clock=clock, monotonic=clock.now)


def _wrapped(handler: Any, recorder: Recorder, **options: Any) -> Starlette:
    """Return an application with a handler under three paths, two of which are of predictions."""
    routes = [
        Route("/predict", handler, methods=["GET", "POST"]),
        Route("/models/{name}/predict", handler, methods=["POST"]),
        Route("/healthy", handler),
    ]
    app = Starlette(routes=routes)
    app.add_middleware(RecordPredictions, recorder=recorder, paths=["/predict", "/models/*/predict"], **options)
    return app


async def _ask(app: Any, *requests: tuple[str, str], **options: Any) -> list[httpx.Response]:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        return [await client.request(method, path, **options) for method, path in requests]


def _asked(app: Any, *requests: tuple[str, str], **options: Any) -> list[httpx.Response]:
    return asyncio.run(_ask(app, *requests, **options))


def _recorded(end: FarEnd, recorder: Recorder) -> list[dict[str, Any]]:
    all_sent(recorder)
    return end.predictions


def test_the_handler_says_it_on_the_state_of_the_request(end: FarEnd, recorder: Recorder, clock: ManualClock) -> None:
    async def predict(request: Request) -> Response:
        clock.advance(0.25)
        seen = request.state.observation
        seen.score = 0.75
        seen.features = await request.json()
        assert current() is seen
        return JSONResponse({"id": seen.prediction_id})

    app = _wrapped(predict, recorder, model_version="v2")
    answers = _asked(app, ("POST", "/predict"), ("POST", "/models/a/predict"), json={"age": 31})
    first, second = _recorded(end, recorder)
    assert [answer.json()["id"] for answer in answers] == [first["prediction_id"], second["prediction_id"]]
    assert (first["score"], first["features"], first["latency_seconds"]) == (0.75, {"age": 31}, 0.25)
    assert first["model_version"] == "v2"


def test_the_response_is_read_where_a_function_says_how(end: FarEnd, recorder: Recorder) -> None:
    async def predict(_request: Request) -> Response:
        async def pieces() -> Any:
            yield b'{"probability": 0.'
            yield b'5, "customer": "c-1"}'

        return StreamingResponse(pieces(), media_type="application/json")

    def read(answer: Any) -> dict[str, Any]:
        return {"score": answer["probability"], "prediction_id": answer["customer"]}

    (answer,) = _asked(_wrapped(predict, recorder, read=read), ("POST", "/predict"))
    assert answer.json() == {"probability": 0.5, "customer": "c-1"}
    (event,) = _recorded(end, recorder)
    assert (event["score"], event["prediction_id"]) == (0.5, "c-1")


def test_other_paths_and_methods_are_no_predictions(end: FarEnd, recorder: Recorder) -> None:
    async def answer(request: Request) -> Response:
        assert not hasattr(request.state, "observation")
        return PlainTextResponse("well")

    answers = _asked(_wrapped(answer, recorder), ("GET", "/healthy"), ("OPTIONS", "/predict"), ("HEAD", "/predict"))
    assert answers[0].text == "well"
    recorder.prediction("only", score=0.5)
    assert [event["prediction_id"] for event in _recorded(end, recorder)] == ["only"]
    assert recorder.statistics.invalid == 0


@pytest.mark.parametrize(
    ("code", "status"), [(500, "error"), (503, "error"), (404, None), (422, None), (302, "success")]
)
def test_the_responses_status_is_the_predictions(
    end: FarEnd, recorder: Recorder, code: int, status: str | None
) -> None:
    async def predict(request: Request) -> Response:
        request.state.observation.prediction = 1
        return Response(status_code=code)

    _asked(_wrapped(predict, recorder), ("POST", "/predict"))
    recorder.prediction("other", score=0.5)
    statuses = [event.get("status", "success") for event in _recorded(end, recorder)]
    assert statuses == [*([status] if status else []), "success"]


def test_what_a_status_means_can_be_said_otherwise(end: FarEnd, recorder: Recorder) -> None:
    async def predict(request: Request) -> Response:
        if request.method == "GET":
            request.state.observation.status = "fallback"
        return Response(status_code=429)

    app = _wrapped(predict, recorder, status=lambda code: "throttled" if code == 429 else "success")
    _asked(app, ("POST", "/predict"), ("GET", "/predict"))
    assert [event["status"] for event in _recorded(end, recorder)] == ["throttled", "fallback"]


def test_a_handler_that_raises_is_recorded_and_answered_as_ever(end: FarEnd, recorder: Recorder) -> None:
    async def predict(_request: Request) -> Response:
        raise RuntimeError("the model is gone")

    (answer,) = _asked(_wrapped(predict, recorder), ("POST", "/predict"))
    assert answer.status_code == 500
    (event,) = _recorded(end, recorder)
    assert event["status"] == "error"


def test_tasks_after_the_response_do_not_count_into_its_latency(
    end: FarEnd, recorder: Recorder, clock: ManualClock
) -> None:
    def afterwards() -> None:
        clock.advance(100.0)
        raise RuntimeError("too late to matter")

    async def predict(request: Request) -> Response:
        clock.advance(0.5)
        request.state.observation.prediction = 1
        return JSONResponse({}, background=BackgroundTask(afterwards))

    _asked(_wrapped(predict, recorder), ("POST", "/predict"))
    (event,) = _recorded(end, recorder)
    assert event["latency_seconds"] == 0.5
    assert "status" not in event


@pytest.mark.parametrize("body", [b"no JSON", b'{"else": 1}', b'"text"'])
def test_a_response_that_cannot_be_read_is_told_and_answered_as_ever(
    recorder: Recorder, caplog: pytest.LogCaptureFixture, body: bytes
) -> None:
    async def predict(_request: Request) -> Response:
        return Response(body)

    app = _wrapped(predict, recorder, read=lambda answer: {"score": answer["probability"]})
    (answer,) = _asked(app, ("POST", "/predict"))
    assert answer.content == body
    assert recorder.statistics.recorded == 0
    assert "response not recorded" in caplog.text


def test_an_application_that_never_ends_its_response_has_failed(end: FarEnd, recorder: Recorder) -> None:
    async def silent(_scope: Any, _receive: Any, _send: Any) -> None:
        return

    async def nothing(*_message: Any) -> Any:
        return {}

    app = RecordPredictions(silent, recorder, paths=["*"])
    asyncio.run(app({"type": "http", "method": "POST", "path": "/x"}, nothing, nothing))  # type: ignore[arg-type]
    (event,) = _recorded(end, recorder)
    assert event["status"] == "error"


def test_it_works_in_an_application_that_is_mounted_and_within_fastapi(end: FarEnd, recorder: Recorder) -> None:
    api = fastapi.FastAPI()

    @api.post("/predict")
    def predict(request: fastapi.Request, age: int) -> dict[str, float]:
        """Answer in a thread, as handlers that are not async do."""
        seen = current()
        assert seen is request.state.observation
        assert seen is not None
        seen.score = 0.5
        seen.features = {"age": age}
        return {"probability": 0.5}

    api.add_middleware(RecordPredictions, recorder=recorder, paths=["*/predict"])
    app = Starlette(routes=[Mount("/v1", app=api)])
    good, bad = _asked(app, ("POST", "/v1/predict?age=31"), ("POST", "/v1/predict?age=old"))
    assert (good.status_code, bad.status_code) == (200, 422)
    (event,) = _recorded(end, recorder)
    assert event["features"] == {"age": 31}
