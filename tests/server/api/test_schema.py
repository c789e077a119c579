"""The API keeps its own description: whatever a client makes of it, in the process and over HTTP."""

from collections.abc import Iterator

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import positive_data_acceptance

from ml_exporter.config.feed import FIELDS
from ml_exporter.feeds.http.content import COLUMNS
from ml_exporter.server import SnapshotHolder, make_app
from ml_exporter.server.api.openapi import document
from tests.server.api.snapshots import snapshot_of
from tests.server.exporter import configure, exporter
from tests.stack.waiting import eventually

_ENDLESS = "/stream"
"""Never answers whole: it has tests of its own."""

_NAMES = {
    "model_name": ("fraud", "prices"),
    "model_version": ("v1",),
    "segment_key": ("country",),
    "segment_value": ("DE",),
}
"""Parameters that name something, and names that there are."""

_TRIES = settings(
    max_examples=20,
    deadline=None,  # a slow machine is no fault of the API
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)

_ASKED = [
    pytest.param(path, mode, id=f"{mode.value} requests for {path}")
    for path, methods in document()["paths"].items()
    for mode in GenerationMode
    # where there are no parameters there is nothing to do wrong
    if path != _ENDLESS and "get" in methods and (mode is GenerationMode.POSITIVE or methods["get"]["parameters"])
]
_SENT = [
    pytest.param(path, mode, id=f"{mode.value} bodies for {path}")
    for path, methods in document()["paths"].items()
    for mode in GenerationMode
    if "post" in methods
]
_FEEDS = [
    *({"name": name, "kind": "file", "path": f"{name}*.jsonl", "events": name} for name in ("predictions", "labels")),
    *({"name": f"sent-{name}", "kind": "http", "events": name} for name in FIELDS),
    {"name": "logged", "kind": "inference_log"},
]


@pytest.fixture(scope="module", name="in_process")
def _in_process(tmp_path_factory: pytest.TempPathFactory) -> BaseSchema:
    models = (
        {"name": "fraud", "task": "binary", "segments": ["country"], "objectives": {"accuracy": 0.9}},
        {"name": "prices", "task": "regression"},
    )
    snapshot = snapshot_of(tmp_path_factory.mktemp("store"), *models)
    app = make_app(SnapshotHolder(snapshot), lambda: ())
    return schemathesis.openapi.from_asgi("/api/v1/openapi.json", app)


@pytest.fixture(scope="module", name="over_http")
def _over_http(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BaseSchema]:
    with exporter(configure(tmp_path_factory.mktemp("exporter"), feeds=_FEEDS)) as running:
        url = running.url
        eventually(lambda: httpx.get(f"{url}/-/ready").status_code == 200, "it is ready")
        yield schemathesis.openapi.from_url(f"{url}/api/v1/openapi.json")
        assert running.end() == 0
        assert "level=error" not in running.log


def _try(described: BaseSchema, path: str, mode: GenerationMode) -> None:
    """Ask in many ways, and compare each answer with the description: status, media type, content."""
    operation = described[path]["GET"]
    named = _NAMES.keys() & {parameter["name"] for parameter in document()["paths"][path]["get"]["parameters"]}

    @_TRIES
    @given(
        case=operation.as_strategy(generation_mode=mode),
        known=st.fixed_dictionaries({}, optional={name: st.sampled_from(_NAMES[name]) for name in sorted(named)}),
    )
    def answers_are_as_described(case: Case, known: dict[str, str]) -> None:
        case.call_and_validate()
        if mode is GenerationMode.POSITIVE:
            # what is drawn names hardly ever a model that there is
            case.query = {name: value for name, value in (case.query or {}).items() if name not in _NAMES} | known
            case.call_and_validate()

    answers_are_as_described()


@pytest.mark.parametrize(("path", "mode"), _ASKED)
def test_every_answer_of_the_application_is_as_described(
    in_process: BaseSchema, path: str, mode: GenerationMode
) -> None:
    _try(in_process, path, mode)


@pytest.mark.parametrize(("path", "mode"), _ASKED)
def test_every_answer_of_a_running_exporter_is_as_described(
    over_http: BaseSchema, path: str, mode: GenerationMode
) -> None:
    _try(over_http, path, mode)


@pytest.mark.parametrize(("path", "mode"), _SENT)
def test_whatever_is_sent_to_a_running_exporter_is_answered_as_described(
    over_http: BaseSchema, path: str, mode: GenerationMode
) -> None:
    @_TRIES
    @given(case=over_http[path]["POST"].as_strategy(generation_mode=mode))
    def answers_are_as_described(case: Case) -> None:
        # JSON Schema cannot say that arrays are of one length: such a body is refused though it fits
        columns = case.media_type == COLUMNS
        case.call_and_validate(excluded_checks=[positive_data_acceptance] if columns else None)

    answers_are_as_described()
