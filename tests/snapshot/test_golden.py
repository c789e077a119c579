"""The committed /metrics: what a snapshot shows, and what it may show by the catalogue."""

import math
import re
import subprocess
from collections.abc import Iterator

import pytest
from prometheus_client import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics_families
from prometheus_client.parser import text_string_to_metric_families

from ml_exporter import catalogue
from ml_exporter.catalogue import Family, collectors, configuration, gpu, host, http, process
from ml_exporter.snapshot import Snapshot
from tests.scraped import Scraped
from tests.snapshot.golden import GOLDEN, lived, without_the_machine
from tests.stack.servers import promtool

AT_SCRAPE = [family for module in (collectors, configuration, gpu, host, http, process) for family in module.FAMILIES]
"""What is no part of a snapshot, but read from the machine when Prometheus asks."""

REMEDY = "if it is meant: python -m tests.snapshot.golden && git diff tests/golden/metrics.txt"

ELSEWHERE = {
    "ml_objective_crossing_timestamp_seconds": "needs days of steady decline",
    "ml_anomaly_score": "needs days to be learnt",
    "ml_exporter_feed_lag_events": "needs a source that tells what it still holds, as Kafka does",
}
"""Families that two days of this fleet do not bring, each with the reason."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return lived(tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="module")
def golden() -> bytes:
    return GOLDEN.read_bytes()


def families(text: bytes) -> dict[str, Metric]:
    """Return the families of a text by their names, counters with ``_total``."""
    return {
        metric.name + ("_total" if metric.type == "counter" else ""): metric
        for metric in text_string_to_metric_families(text.decode())
    }


def test_the_fleet_shows_what_is_committed(made: Snapshot, golden: bytes) -> None:
    shown = without_the_machine(made.text.text)
    comments = [[line for line in text.splitlines() if line.startswith(b"#")] for text in (shown, golden)]
    assert comments[0] == comments[1], REMEDY
    now, before = Scraped(shown), Scraped(golden)
    assert now.keys() == before.keys(), REMEDY
    assert dict(now) == pytest.approx(dict(before), rel=1e-6, abs=1e-9), REMEDY


def test_promtool_finds_nothing_wrong(golden: bytes) -> None:
    checked = subprocess.run([promtool(), "check", "metrics"], input=golden, capture_output=True, check=False)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")


def test_every_family_is_the_catalogues_with_its_type_help_and_labels(golden: bytes) -> None:
    for name, shown in families(golden).items():
        known = catalogue.family(name)
        assert (shown.type, shown.documentation) == (known.type, known.help), name
        for sample in shown.samples:
            assert set(sample.labels) - {"le"} == set(known.labels), sample


def test_every_family_of_the_catalogue_is_shown_or_has_a_reason_why_not(golden: bytes) -> None:
    missing = {family.name for family in catalogue.families()} - families(golden).keys()
    assert missing == {family.name for family in AT_SCRAPE} | ELSEWHERE.keys()


def test_families_stand_in_the_order_of_their_names_and_samples_of_a_family_together(golden: bytes) -> None:
    names = re.findall(r"(?m)^# TYPE (\S+)", golden.decode())
    assert names == sorted(set(names))
    seen = [line.split(b"{")[0].split(b" ")[0] for line in golden.splitlines() if not line.startswith(b"#")]
    owners = [re.sub(r"_(bucket|sum|count)$", "", name.decode()) for name in seen]
    changes = [owner for place, owner in enumerate(owners) if place == 0 or owner != owners[place - 1]]
    assert len(changes) == len(set(changes))


def test_nothing_is_nan_or_infinite_and_ratios_are_shares(golden: bytes) -> None:
    for (name, labels), value in Scraped(golden).items():
        assert math.isfinite(value), (name, labels)
        if name.endswith("_ratio") and not any(word in name for word in ("change", "revenue")):
            assert 0 <= value <= 1, (name, labels)


def test_values_lie_within_their_bounds(golden: bytes) -> None:
    metrics = Scraped(golden)
    bounded = [metric for metric in catalogue.metrics() if metric.interval is not None]
    compared = 0
    for family, lower, upper in {families for metric in bounded for families in bound_families(metric)}:
        for (_, labels), value in metrics.all(lower.name).items():
            compared += 1
            assert value <= metrics[(family.name, labels)] <= metrics[(upper.name, labels)], (family.name, labels)
    assert compared > 50


def bound_families(metric: catalogue.Metric) -> Iterator[tuple[Family, Family, Family]]:
    """Yield the families of a metric's value, lower and upper bound, and those of its slices."""
    found = metric.families()
    for first in range(0, len(found), 3):
        value, lower, upper = found[first : first + 3]
        yield value, lower, upper


def test_a_histograms_buckets_rise_to_its_count(golden: bytes) -> None:
    metrics, edges = Scraped(golden), {}
    for (name, labels), value in metrics.items():
        if name.endswith("_bucket"):
            rest = frozenset(label for label in labels if label[0] != "le")
            edges.setdefault((name.removesuffix("_bucket"), rest), {})[float(dict(labels)["le"])] = value
    assert edges
    for (name, labels), counts in edges.items():
        in_order = [counts[edge] for edge in sorted(counts)]
        assert in_order == sorted(in_order)
        assert in_order[-1] == metrics[(f"{name}_count", labels)]


def test_openmetrics_says_the_same(made: Snapshot) -> None:
    parsed = openmetrics_families(made.openmetrics.plain(b"").decode())
    said = {(sample.name, frozenset(sample.labels.items())): sample.value for one in parsed for sample in one.samples}
    assert said == dict(Scraped(made.text.text))
