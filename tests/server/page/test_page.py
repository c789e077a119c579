"""The page: what it shows of models, feeds and alerts, and that a hostile name stays a name."""

import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text

from ml_exporter.pipeline import FeedStatus
from ml_exporter.server.alertmanager import Alert, Answer, Status
from ml_exporter.server.page import status_page, waiting_page
from ml_exporter.snapshot import Snapshot
from tests.pipeline.in_process import InProcess, label, monitoring, prediction
from tests.server.page.fleets import degraded_engine, fleet
from tests.server.serving import serving

_HOSTILE = """"}{{ .x }}<script>alert('1')</script><img src=x onerror="alert(2)">&amp;"""


class _Page(HTMLParser):
    """The page's elements, and its words."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self._within = ""
        self.attributes: list[tuple[str, str | None]] = []
        self.words = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self._within = tag
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        if self._within not in ("script", "style"):
            self.words += f" {data} "


@pytest.fixture(name="engine")
def _engine(tmp_path: Path) -> Iterator[InProcess]:
    hostile = {"name": _HOSTILE, "task": "binary", "segments": ["s"], "objectives": {"accuracy": 0.9}}
    engine = InProcess(tmp_path, monitoring(hostile))
    yield engine
    engine.close()


@pytest.fixture(scope="module", name="degraded")
def _degraded(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return degraded_engine(tmp_path_factory.mktemp("degraded"))


def _hostile_events(engine: InProcess, count: int, actual: int) -> None:
    names = {"model_name": _HOSTILE, "model_version": _HOSTILE, "segment": {"s": _HOSTILE}}
    engine.predict(*(prediction(f"{_HOSTILE}{number}", **names) for number in range(count)))
    engine.label(*(label(f"{_HOSTILE}{number}", actual) for number in range(count)))


def _page(engine: InProcess, answer: Answer | None = None, **feeds: FeedStatus) -> _Page:
    return _Page(status_page(engine.snapshot(**feeds), answer, ()))


def test_before_the_first_snapshot_it_says_so_and_asks_again_by_itself() -> None:
    text = waiting_page()
    assert "Restoring its state" in _Page(text).words
    assert '<meta http-equiv="refresh" content="2">' in text


def test_without_events_it_says_what_will_come(engine: InProcess) -> None:
    words = _page(engine).words
    assert "No predictions yet" in words
    assert "Models appear here with their first event." in words


def test_a_model_that_meets_its_objective_is_healthy(engine: InProcess) -> None:
    _hostile_events(engine, 150, actual=1)
    words = _page(engine).words
    assert "The model is healthy" in words
    assert re.search(r" 1\.000 +0\.9\d\d to 1\.000 ", words)
    assert re.search(r"Accuracy, last 1h · objective at least +0\.9 ", words)
    assert re.search(r"Labelled, of the last 24h +100 % ", words)


def test_the_course_of_a_new_model_begins_with_its_first_value(engine: InProcess) -> None:
    _hostile_events(engine, 3, actual=1)
    engine.at += 7200
    engine.predict(prediction("later", model_name=_HOSTILE, timestamp=engine.at - 60))
    engine.label(label("later", timestamp=engine.at - 30))
    words = _page(engine).words
    assert re.search(r"2 h ago +\d\.\d+ to \d\.\d+ +now ", words)
    assert "24h ago" not in words


def test_the_worst_comes_first_with_what_is_wrong_about_it(engine: InProcess) -> None:
    _hostile_events(engine, 150, actual=1)
    engine.predict(*(prediction(f"w{number}", model_name=_HOSTILE, model_version="w") for number in range(150)))
    engine.label(*(label(f"w{number}", 0) for number in range(150)))
    page = _page(engine)
    assert "1 of 2 models is not right" in page.words
    assert "Accuracy is 0.000, below its objective of 0.9." in page.words
    states = [value for name, value in page.attributes if name == "data-state"]
    assert states[-2:] == ["breached", "healthy"]


def test_a_model_without_labels_is_not_known_to_be_healthy(engine: InProcess) -> None:
    engine.predict(prediction("p", model_name=_HOSTILE))
    words = _page(engine).words
    assert "Nothing is known to be wrong" in words
    assert "Nothing is known of the last 1h: no label has come yet." in words


def test_a_degraded_model_says_from_where_to_where_since_when_and_which_slice_explains_it(degraded: Snapshot) -> None:
    words = _Page(status_page(degraded, None, ())).words
    assert "The model is not right" in words
    assert re.search(r"Accuracy fell from 0\.9\d\d to 0\.\d\d\d at about", words)
    assert re.search(r"the alarm was raised \d+ (s|min) ago", words)
    assert re.search(r"It comes most from origin +JFK *: \d+ % bad before, 100 % now\.", words)
    assert "Accuracy over the last 24h: from " in "".join(
        value or "" for _, value in _Page(status_page(degraded, None, ())).attributes
    )


def test_a_metric_that_is_well_again_is_said_to_be_while_its_verdict_lasts(degraded: Snapshot) -> None:
    well = [replace(one, value=0.99) for one in degraded.observation.degradations]
    words = _Page(
        status_page(replace(degraded, observation=replace(degraded.observation, degradations=well)), None, ())
    ).words
    assert "it is 0.990 again, and the verdict stays until it has been so for a while." in words


def test_feeds_are_told_with_what_is_wrong_about_them(engine: InProcess) -> None:
    _hostile_events(engine, 3, actual=1)
    engine.process("predictions", b"{nonsense")
    words = _page(engine, predictions=FeedStatus(failing=True), labels=FeedStatus(behind=True)).words
    assert re.search(r" predictions +predictions +cannot be read +60 s ago ", words)
    assert re.search(r" labels +labels +catching up ", words)
    assert re.search(r" 1 +malformed 1 ", words)
    engine.at += 2 * 3600
    assert re.search(r" labels +labels +stalled +2 h ago ", _page(engine).words)


def test_the_exporter_tells_which_of_its_collectors_fail(engine: InProcess) -> None:
    page = _Page(status_page(engine.snapshot(), None, ["gpu", "disk"]))
    assert re.search(r"Collectors +failing: disk, gpu ", page.words)
    assert re.search(r"Collectors +all well ", _page(engine).words)


def test_alerts_are_told_with_their_links_and_no_other_address_becomes_one(tmp_path: Path) -> None:
    engine = InProcess(tmp_path, monitoring(alerting={"alertmanager": "http://localhost:9093"}))
    alert = Alert(
        labels={"alertname": "MLModelDegraded", "severity": "critical", "model_name": "fraud"},
        starts_at=datetime.fromtimestamp(engine.at - 600, UTC),
        annotations={
            "summary": f"fraud {_HOSTILE}",
            "runbook_url": "https://runbooks.example.org/x",
            "dashboard_url": "javascript:alert(1)",
        },
        status=Status("suppressed"),
    )
    page = _page(engine, Answer((alert,)))
    assert "Active alerts (1)" in page.words
    assert f"fraud {_HOSTILE}" in page.words
    assert "MLModelDegraded (silenced or inhibited), since" in page.words
    links = [value for name, value in page.attributes if name == "href"]
    assert "https://runbooks.example.org/x" in links
    assert not [link for link in links if link and "javascript" in link]
    assert " None. " in _page(engine, Answer()).words
    assert "Alertmanager is away" in _page(engine, Answer(problem="Alertmanager is away")).words
    assert "Alertmanager is being asked." in _page(engine).words
    engine.close()


def test_a_hostile_name_is_shown_as_it_is_and_makes_nothing(engine: InProcess) -> None:
    _hostile_events(engine, 3, actual=0)
    engine.process("predictions", b"{nonsense " + _HOSTILE.encode())
    page = _page(engine)
    assert page.words.count(_HOSTILE) == 2, "as a model and as a version"
    assert page.elements.count("script") == 1, "its own"
    assert "img" not in page.elements
    assert not [name for name, _ in page.attributes if name.startswith("on") or name == "src"]


def test_of_many_models_the_healthy_ones_take_little_room_and_can_be_sifted(tmp_path: Path) -> None:
    text = status_page(fleet(tmp_path, 30), None, ())
    assert text.count('<article class="card healthy small"') == 29
    assert text.count('<article class="card breached"') == 1
    assert text.index("model-29 <small>") < text.index("model-00 <small>")
    assert 'data-wanted="yes"' in text
    assert "Healthy 29</button>" in text


def test_the_page_runs_and_loads_nothing_but_its_own(engine: InProcess) -> None:
    with serving() as running:
        running.holder.snapshot = engine.snapshot()
        response = httpx.get(running.url)
    policy = dict(part.split(" ", 1) for part in response.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["connect-src"] == "'self'"
    for name, element in (("script-src", "script"), ("style-src", "style")):
        found = re.findall(f"<{element}>(.*?)</{element}>", response.text, re.DOTALL)
        assert policy[name].split() == [
            f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'" for text in found
        ]
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    page = _Page(response.text)
    assert not [
        value for name, value in page.attributes if name in ("src", "href") and (value or "").startswith(("//", "http"))
    ]
    assert not [name for name, _ in page.attributes if name == "style"], "the policy lets none in"


def test_hostile_names_reach_a_scrape_unharmed_in_both_formats(engine: InProcess) -> None:
    _hostile_events(engine, 3, actual=1)
    shown = engine.snapshot()
    for read, exposition in ((read_text, shown.text), (read_openmetrics, shown.openmetrics)):
        families = list(read(exposition.plain(b"").decode()))
        models = {sample.labels.get("model_name", _HOSTILE) for family in families for sample in family.samples}
        assert models == {_HOSTILE}
