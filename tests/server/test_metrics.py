"""/metrics: both formats, plain and compressed, with what is only known at the scrape."""

import subprocess
from collections.abc import Iterable
from pathlib import Path

import httpx
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text

from ml_exporter import collectors
from ml_exporter.catalogue import collectors as collector_families
from ml_exporter.catalogue import gpu, host, http, process
from ml_exporter.clock import WallClock
from ml_exporter.collectors import CollectorContext, Collectors
from ml_exporter.server import Refusals, samples_at_scrape, without_file
from ml_exporter.snapshot import Samples
from tests.server.serving import TEXT, serving
from tests.stack.servers import promtool

_OPENMETRICS = {"Accept": "application/openmetrics-text;version=1.0.0"}


def _cpus() -> Iterable[Samples]:
    return [Samples(host.CPUS, [((), 2.0)])]


@pytest.mark.parametrize("encoding", ["identity", "gzip", "zstd"])
def test_the_text_format_is_the_snapshot_and_what_is_known_at_the_scrape(encoding: str) -> None:
    with serving(at_scrape=_cpus) as running:
        response = httpx.get(f"{running.url}/metrics", headers={"Accept-Encoding": encoding})
    assert response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert response.headers.get("content-encoding", "identity") == encoding
    assert response.headers["vary"] == "Accept, Accept-Encoding"
    assert response.content.startswith(TEXT)
    assert [family.name for family in read_text(response.text)] == ["ml_x", "ml_host_cpus"]


@pytest.mark.parametrize("encoding", ["identity", "gzip", "zstd"])
def test_openmetrics_is_sent_when_asked_for(encoding: str) -> None:
    with serving(at_scrape=_cpus) as running:
        response = httpx.get(f"{running.url}/metrics", headers={"Accept-Encoding": encoding, **_OPENMETRICS})
    assert response.headers["content-type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8"
    assert response.headers.get("content-encoding", "identity") == encoding
    families = list(read_openmetrics(response.text))
    assert [(family.name, family.samples[0].name) for family in families] == [
        ("ml_x", "ml_x_total"),
        ("ml_host_cpus", "ml_host_cpus"),
    ]
    assert response.text.endswith("# EOF\n")


@pytest.mark.parametrize("headers", [{}, _OPENMETRICS], ids=["text", "openmetrics"])
def test_the_families_of_a_scrape_come_fresh_each_time(headers: dict[str, str]) -> None:
    counted = iter(range(1, 3))
    with serving(at_scrape=lambda: [Samples(host.CPUS, [((), float(next(counted)))])]) as running:
        shown = [httpx.get(f"{running.url}/metrics", headers=headers).text for _ in range(2)]
    assert ["ml_host_cpus 1.0" in shown[0], "ml_host_cpus 2.0" in shown[1]] == [True, True]


def test_the_machine_and_the_server_itself_are_shown_and_promtool_finds_nothing_to_say(tmp_path: Path) -> None:
    refusals = Refusals()
    kinds = collectors.kinds()
    machine = Collectors.of(
        kinds,
        {name: kind.settings() for name, kind in kinds.items()},
        CollectorContext(tmp_path, ()),
        WallClock(),
        patience=30.0,
    )
    with serving(at_scrape=lambda: samples_at_scrape(machine, refusals, without_file)) as running:
        text = httpx.get(f"{running.url}/metrics").text
    names = [family.name for family in read_text(text)]
    assert len(names) == len(set(names)), "each family stands in one place"
    assert {"ml_x", "ml_exporter_http_refused", "ml_host_cpus", "ml_exporter_collector_success"} <= set(names)
    checked = subprocess.run([promtool(), "check", "metrics"], input=text, text=True, capture_output=True, check=False)
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


def test_every_reason_to_refuse_is_shown_from_the_beginning() -> None:
    kept = samples_at_scrape(Collectors({}, 0.0), Refusals(), without_file)
    assert {labels[0]: value for labels, value in next(iter(kept)).values} == {
        "too_many_connections": 0,
        "slow_request": 0,
        "slow_response": 0,
        "bad_request": 0,
        "bad_certificate": 0,
        "unauthorized": 0,
        "too_many_requests": 0,
        "too_many_streams": 0,
        "bad_body": 0,
        "forbidden": 0,
        "queue_full": 0,
        "too_large": 0,
        "unavailable": 0,
        "unsupported_body": 0,
    }


def test_promtool_finds_nothing_to_say_about_any_family_of_a_scrape() -> None:
    modules = (gpu, host, http, process, collector_families)
    shown = [
        Samples(family, [(tuple("x" for _ in family.labels), 1.0)]) for module in modules for family in module.FAMILIES
    ]
    with serving(at_scrape=lambda: shown) as running:
        text = httpx.get(f"{running.url}/metrics").text
    assert text.count("# TYPE") == len(shown) + 1
    checked = subprocess.run([promtool(), "check", "metrics"], input=text, text=True, capture_output=True, check=False)
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")
