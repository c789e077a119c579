"""Minutes of a model's life as Prometheus would have scraped them: the real engine, ticked by hand, as blocks."""

import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from ml_exporter.bundle.promql import JOB, selector
from ml_exporter.config import FeedSettings, Monitoring
from tests.pipeline.in_process import InProcess
from tests.stack.servers import promtool

SCRAPED_EVERY = 15
_SCRAPES = 24
_LEARNT = 100
"""Hours before, from which the baseline is learnt."""

_EACH = 50
"""Predictions between two scrapes."""

_TARGET = {"job": JOB, "instance": "localhost:9877"}


def write_blocks(monitoring: Monitoring, folder: Path, end: int) -> None:
    """Write the history into a folder for Prometheus' data.

    Args:
        monitoring: with the model ``fraud_detection``, which is sliced by country.
        folder: the folder; made if missing.
        end: the last scrape, seconds since the epoch.
    """
    text = folder.parent / "history.txt"
    text.parent.mkdir(parents=True, exist_ok=True)
    text.write_text("\n".join([*_samples(monitoring, folder.parent / "store", end), "# EOF\n"]), encoding="utf-8")
    subprocess.run(
        [promtool(), "tsdb", "create-blocks-from", "openmetrics", str(text), str(folder)],
        check=True,
        capture_output=True,
    )


def _samples(monitoring: Monitoring, store: Path, end: int) -> Iterator[str]:
    exporter, random = InProcess(store, monitoring), np.random.default_rng(1)
    exporter.at = end
    for hour in range(_LEARNT):
        _take(exporter, *_events(random, f"before-{hour}", end - 3600 * (hour + 2)))
    for scrape in range(_SCRAPES):
        at = exporter.at = end - (_SCRAPES - 1 - scrape) * SCRAPED_EVERY
        _take(exporter, *_events(random, str(scrape), at))
        yield f"{selector('up', **_TARGET)} 1 {at}"
        for (name, labels), value in exporter.tick().items():
            yield f"{selector(name, **dict(labels), **_TARGET)} {value!r} {at}"
    exporter.close()


def _take(exporter: InProcess, made: list[dict[str, object]], told: list[dict[str, object]]) -> None:
    for feed in exporter.monitoring.feeds:
        events = made if feed.events == "predictions" else told
        exporter.process(feed.name, b"no event", *(_as_written(feed, event) for event in events))


def _events(
    random: np.random.Generator, scrape: str, at: int
) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """Return predictions and labels of between two scrapes: labels come seconds after their predictions, for most."""
    fraud = random.random(_EACH) < 0.3
    score = np.clip(0.2 + 0.5 * fraud + random.normal(0, 0.25, _EACH), 0.01, 0.99)
    made: list[dict[str, object]] = [
        {
            "prediction_id": f"{scrape}-{index}",
            "model_name": "fraud_detection",
            "model_version": "v1",
            "timestamp": at - 10,
            "score": float(score[index]),
            "latency_seconds": 0.02 + float(random.exponential(0.1)),
            "status": "timeout" if index == 0 else "success",
            "segment": {"country": ("DE", "FR", "BR")[index % 3]},
        }
        for index in range(_EACH)
    ]
    told: list[dict[str, object]] = [
        {"prediction_id": f"{scrape}-{index}", "timestamp": at - 2, "actual": int(fraud[index])}
        for index in range(_EACH - 5)
    ]
    return made, told


def _as_written(feed: FeedSettings, event: Mapping[str, object]) -> dict[str, object]:
    """Return an event under the names that the feed's source has for its fields."""
    return {feed.fields.get(name, name): value for name, value in event.items()}
