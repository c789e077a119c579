"""The stack as a user runs it: exporter, Prometheus and Alertmanager on the generated bundle; Slack is on loopback."""

import json
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ml_exporter.demo import prometheus_api
from ml_exporter.demo.processes import Processes, free_port
from ml_exporter.demo.servers import start_alertmanager, start_prometheus
from ml_exporter.demo.slack import Message, SlackStandIn
from ml_exporter.demo.workspace import write_bundle
from tests.pipeline.offline import OfflineJoin
from tests.pipeline.process import ExporterProcess, exporter
from tests.scraped import Key, key
from tests.stack.waiting import eventually

Event = dict[str, Any]

_FEEDS = [
    {"name": name, "kind": "file", "path": f"feed/{name}.jsonl", "events": name} for name in ("predictions", "labels")
]


@dataclass(frozen=True)
class Stack:
    """Everything that runs, and the files that it reads."""

    folder: Path
    exporter: ExporterProcess
    prometheus: str
    alertmanager: str
    slack: SlackStandIn
    offline: OfflineJoin
    """Everything that was written, for a plain computation of what must come of it."""

    def write(self, predictions: Sequence[Event], labels: Sequence[Event] = ()) -> None:
        """Append events to the feeds' files."""
        for name, events in (("predictions", predictions), ("labels", labels)):
            with (self.folder / "feed" / f"{name}.jsonl").open("a", encoding="utf-8") as feed:
                feed.write("".join(f"{json.dumps(event)}\n" for event in events))
        self.offline.predictions.extend(predictions)
        self.offline.labels.extend(labels)

    def value(self, family: str, **labels: str) -> float | None:
        """Return the value that Prometheus has of a series, if it has one."""
        return prometheus_api.value(self.prometheus, selector(family, **labels))

    def samples(self) -> dict[Key, float]:
        """Return the exporter's samples as Prometheus has them, without the labels of the scrape."""
        found = {}
        for sample in prometheus_api.query(self.prometheus, '{job="ml-exporter",__name__=~"ml_.+"}'):
            labels = {name: text for name, text in sample["metric"].items() if name not in ("job", "instance")}
            found[key(labels.pop("__name__"), **labels)] = float(sample["value"][1])
        return found

    def firing(self, model: str) -> Event | None:
        """Return the alert of a model's missed objective, where it fires in Prometheus."""
        alerts = prometheus_api.alerts(self.prometheus, "MLObjectiveBreached")
        own = [alert for alert in alerts if alert["labels"]["model_name"] == model and alert["state"] == "firing"]
        return own[0] if own else None

    def fires_still(self, model: str) -> None:
        """Wait until the rules have been evaluated anew and the alert of a model fired."""
        asked = time.time()
        series = selector("ALERTS", alertname="MLObjectiveBreached", alertstate="firing", model_name=model)

        def evaluated() -> bool:
            at = prometheus_api.value(self.prometheus, f"timestamp({series})")
            return at is not None and at > asked

        eventually(evaluated, f"the alert of {model} fires at the next evaluation")

    def told(self, model: str) -> list[Message]:
        """Return what Slack was told of a model."""
        return [message for message in self.slack.messages if message.fields.get("Model") == model]

    def alerts(self, matchers: Sequence[str]) -> list[Event]:
        """Return the alerts of Alertmanager that match."""
        parameters = urllib.parse.urlencode([("filter", matcher) for matcher in matchers])
        with urllib.request.urlopen(f"{self.alertmanager}/api/v2/alerts?{parameters}", timeout=10) as answer:  # noqa: S310 - loopback
            return list(json.load(answer))


def selector(family: str, **labels: str) -> str:
    """Return the PromQL of the series with these labels."""
    return f"{family}{{{','.join(f'{name}={json.dumps(text)}' for name, text in labels.items())}}}"


@contextmanager
def running(folder: Path, configuration: Mapping[str, Any]) -> Iterator[Stack]:
    """Run the stack while the context lasts.

    Prometheus is up, but may not have scraped yet: it takes 5 seconds to find its targets.

    Args:
        folder: gets everything that is written.
        configuration: models, windows and timing; feeds, addresses and the receiver of warnings are added.
    """
    (folder / "feed").mkdir()
    (folder / "secrets").mkdir()
    port = free_port()
    complete = {
        **configuration,
        "feeds": _FEEDS,
        "prometheus": {"alertmanagers": [f"127.0.0.1:{port}"], "scrape_interval": "1s"},
        "alerting": {
            "receivers": [{"name": "slack", "slack": {"url_file": "secrets/slack-url", "channel": "#ml"}}],
            "routes": {"warning": ["slack"]},
            **configuration["alerting"],
        },
    }
    with (
        SlackStandIn(folder / "slack.jsonl") as slack,
        Processes(folder / "logs") as processes,
        exporter(folder, complete) as process,
    ):
        (folder / "secrets" / "slack-url").write_text(slack.url)
        write_bundle(folder)
        process.start()
        alertmanager = start_alertmanager(
            processes, folder / "alertmanager" / "alertmanager.yml", folder / "alertmanager-data", port
        )
        prometheus = start_prometheus(
            processes, folder / "prometheus" / "prometheus.yml", folder / "prometheus-data", free_port()
        )
        segments = {model["name"]: model.get("segments", []) for model in configuration["models"]}
        yield Stack(folder, process, prometheus, alertmanager, slack, OfflineJoin(segments))
