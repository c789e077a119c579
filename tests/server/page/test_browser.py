"""The page in a real browser: readable, accessible, harmless, and fresh without being loaded anew."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from ml_exporter.snapshot import Snapshot
from tests.server.api.snapshots import with_breaches
from tests.server.page.browser import chromium, opened, running_browser
from tests.server.page.fleets import degraded_engine, fleet
from tests.server.serving import Serving, serving

_HOSTILE = """"}{{ .x }}<script>alert('1')</script><img src=x onerror="alert(2)">&amp;"""

_PATH = chromium()
pytestmark = pytest.mark.skipif(_PATH is None, reason="there is no Chromium: scripts/fetch-browser.sh says why")


@pytest.fixture(scope="module", name="browser")
def _browser() -> Iterator[Browser]:
    assert _PATH is not None
    with running_browser(_PATH) as browser:
        yield browser


@pytest.fixture(scope="module", name="degraded")
def _degraded(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return degraded_engine(tmp_path_factory.mktemp("degraded"))


@pytest.fixture(scope="module", name="many")
def _many(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return fleet(tmp_path_factory.mktemp("many"), 20)


@pytest.fixture(name="running")
def _running() -> Iterator[Serving]:
    with serving() as running:
        yield running


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1400, 390])
def test_it_is_readable_for_everybody_on_a_screen_and_on_a_phone(
    browser: Browser, running: Serving, degraded: Snapshot, width: int, dark: bool
) -> None:
    running.holder.snapshot = degraded
    with opened(browser, running.url, width=width, dark=dark) as shown:
        assert shown.page.evaluate("document.documentElement.scrollWidth") == width, "nothing sticks out"
        found = Axe().run(shown.page)
        assert found.violations_count == 0, found.generate_report()
        assert shown.complaints == []


def test_a_stranger_reads_first_which_model_is_not_right_and_why(
    browser: Browser, running: Serving, degraded: Snapshot
) -> None:
    running.holder.snapshot = degraded
    with opened(browser, running.url, width=390) as shown:
        verdict = shown.page.locator("#verdict")
        expect(verdict.locator("h1")).to_have_text("The model is not right")
        expect(verdict).to_contain_text("flight_delay Accuracy fell from 0.933 to ")
        box = verdict.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] < 500, "without scrolling"


def test_it_asks_for_nothing_from_elsewhere(browser: Browser, running: Serving, degraded: Snapshot) -> None:
    running.holder.snapshot = degraded
    with opened(browser, running.url) as shown:
        shown.page.wait_for_load_state("load")
        assert [url for url in shown.asked if not url.startswith((running.url, "data:"))] == []


def test_a_hostile_name_runs_nothing(browser: Browser, running: Serving, tmp_path: Path) -> None:
    running.holder.snapshot = degraded_engine(tmp_path, _HOSTILE)
    with opened(browser, running.url) as shown:
        expect(shown.page.locator("h3")).to_contain_text(_HOSTILE)
        running.holder.snapshot = replace(running.holder.snapshot, at=running.holder.snapshot.at + 1)
        expect(shown.page.locator("#clock")).to_have_attribute("data-at", repr(running.holder.snapshot.at))
        assert shown.complaints == []
        assert shown.page.locator("img").count() == 0


def test_a_tick_changes_what_has_changed_and_leaves_the_rest_alone(
    browser: Browser, running: Serving, many: Snapshot
) -> None:
    running.holder.snapshot = many
    with opened(browser, running.url) as shown:
        page = shown.page
        expect(page.locator("h1")).to_have_text("1 of 20 models is not right")
        page.evaluate("for (const card of document.querySelectorAll('.card')) card.marked = true; window.same = true")
        page.locator(".card.breached a").focus()
        worse = [
            replace(one, breached=one.breached or one.series.model == "model-03") for one in many.observation.verdicts
        ]
        running.holder.snapshot = replace(many, at=many.at + 15, observation=replace(many.observation, verdicts=worse))
        expect(page.locator("h1")).to_have_text("2 of 20 models are not right")
        expect(page.locator(".card.breached")).to_have_count(2)
        assert page.evaluate("window.same"), "without being loaded anew"
        kept = page.evaluate("[...document.querySelectorAll('.card')].filter((card) => card.marked).length")
        assert kept == 18, "all but the one that is worse, and the one whose newest label has grown older"
        assert page.evaluate("document.activeElement.closest('.card').dataset.key") == "model-19 v1"
        assert shown.complaints == []


def test_many_models_can_be_sifted_by_name_and_by_state(browser: Browser, running: Serving, many: Snapshot) -> None:
    running.holder.snapshot = many
    with opened(browser, running.url) as shown:
        page = shown.page
        cards = page.locator(".card:visible")
        expect(cards).to_have_count(20)
        page.get_by_label("Model or version").fill("MODEL-1")
        expect(cards).to_have_count(10)
        page.get_by_role("button", name="Misses its objective 1").click()
        expect(cards).to_have_count(1)
        expect(page.locator("#found")).to_have_text("1 shown")
        running.holder.snapshot = replace(many, at=many.at + 15)
        expect(page.locator("#clock")).to_have_attribute("data-at", repr(many.at + 15))
        expect(cards).to_have_count(1)
        page.get_by_label("Model or version").fill("")
        page.get_by_role("button", name="All 20").click()
        expect(cards).to_have_count(20)


def test_few_models_need_no_sieve(browser: Browser, running: Serving, degraded: Snapshot) -> None:
    running.holder.snapshot = degraded
    with opened(browser, running.url) as shown:
        expect(shown.page.locator("#filter")).to_be_hidden()


def test_an_exporter_that_is_gone_is_said_to_be(browser: Browser, degraded: Snapshot) -> None:
    with serving() as running:
        running.holder.snapshot = degraded
        with opened(browser, running.url) as shown:
            expect(shown.page.locator("#lost")).to_be_hidden()
            running.holder.end()
            running.server.stop()
            expect(shown.page.locator("#lost")).to_have_text(
                "The exporter does not answer; this is what was known last."
            )
            expect(shown.page.locator("h1")).to_have_text("The model is not right")


def test_who_wants_calm_has_it(browser: Browser, running: Serving, many: Snapshot) -> None:
    for calm, moving in ((True, 0), (False, 1)):
        running.holder.snapshot = many
        with opened(browser, running.url, calm=calm) as shown:
            running.holder.snapshot = with_breaches(replace(many, at=many.at + 1), 0)
            expect(shown.page.locator(".card.fresh")).to_have_count(1)
            assert shown.page.evaluate("document.getAnimations().length") == moving
