"""The page: what it shows of models and feeds, and that a hostile name stays a name."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text

from ml_exporter.config import ServerSettings
from ml_exporter.server import HttpServer, Refusals, SnapshotHolder, make_app, without_file
from ml_exporter.server.landing import landing_page
from tests.pipeline.in_process import InProcess, label, monitoring, prediction

_HOSTILE = """"}{{ .x }}<script>alert('1')</script><img src=x onerror="alert(2)">&amp;"""


class _Page(HTMLParser):
    """The page's elements, and its words."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.words += f" {data} "


@pytest.fixture(name="engine")
def _engine(tmp_path: Path) -> Iterator[InProcess]:
    hostile = {"name": _HOSTILE, "task": "binary", "segments": ["s"], "objectives": {"accuracy": 0.9}}
    engine = InProcess(tmp_path, monitoring(hostile))
    yield engine
    engine.close()


def _hostile_events(engine: InProcess, count: int, actual: int) -> None:
    names = {"model_name": _HOSTILE, "model_version": _HOSTILE, "segment": {"s": _HOSTILE}}
    engine.predict(*(prediction(f"{_HOSTILE}{number}", **names) for number in range(count)))
    engine.label(*(label(f"{_HOSTILE}{number}", actual) for number in range(count)))


def test_before_the_first_snapshot_it_says_so() -> None:
    page = _Page(landing_page(None))
    assert "Restoring its state; the first metrics come in a moment." in page.words


def test_without_events_it_says_what_will_come(engine: InProcess) -> None:
    page = _Page(landing_page(engine.snapshot()))
    assert "No predictions yet: the models appear here with their first event." in page.words


def test_it_shows_the_quality_of_each_model_with_its_interval_and_what_is_judged(engine: InProcess) -> None:
    _hostile_events(engine, 150, actual=1)
    met = _Page(landing_page(engine.snapshot())).words
    assert re.search(r" Accuracy 1\S* \(0\.9\S* to 1\S*\)  150  0  met ", met)
    engine.predict(*(prediction(f"w{number}", model_name=_HOSTILE, model_version="w") for number in range(150)))
    engine.label(*(label(f"w{number}", 0) for number in range(150)))
    assert " breached: accuracy " in _Page(landing_page(engine.snapshot())).words


def test_a_hostile_name_is_shown_as_it_is_and_makes_nothing(engine: InProcess) -> None:
    _hostile_events(engine, 3, actual=0)
    engine.process("predictions", b"{nonsense " + _HOSTILE.encode())
    page = _Page(landing_page(engine.snapshot()))
    assert page.words.count(_HOSTILE) == 2, "as a model and as a version"
    assert not {"script", "img"} & set(page.elements)
    assert not [name for name, _ in page.attributes if name.startswith("on") or name == "src"]


def test_the_page_may_run_nothing_and_load_nothing(engine: InProcess) -> None:
    app = make_app(SnapshotHolder(engine.snapshot()), lambda: ())
    server = HttpServer(app, ServerSettings(listen=["127.0.0.1:0"]), without_file, Refusals())
    server.start()
    try:
        response = httpx.get(server.urls[0])
    finally:
        server.stop()
    policy = response.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline';")
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert not [name for name, value in _Page(response.text).attributes if "//" in (value or "")]


def test_hostile_names_reach_a_scrape_unharmed_in_both_formats(engine: InProcess) -> None:
    _hostile_events(engine, 3, actual=1)
    shown = engine.snapshot()
    for read, exposition in ((read_text, shown.text), (read_openmetrics, shown.openmetrics)):
        families = list(read(exposition.plain(b"").decode()))
        models = {sample.labels.get("model_name", _HOSTILE) for family in families for sample in family.samples}
        assert models == {_HOSTILE}
