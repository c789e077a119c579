"""The landing page: what this is, how the models do, and where the rest is."""

from collections.abc import Iterable
from datetime import UTC, datetime
from html import escape

import numpy as np

import ml_exporter
from ml_exporter import catalogue
from ml_exporter.catalogue import Statistics
from ml_exporter.config import ModelSettings
from ml_exporter.snapshot import Observation, Snapshot

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --bad: #c4162a; --good: #37872d; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0; }
th, td { text-align: left; padding: .35rem .6rem; border-bottom: 1px solid var(--line); }
td.number { font-variant-numeric: tabular-nums; }
.bad { color: var(--bad); font-weight: 600; } .good { color: var(--good); } small { opacity: .7; }
@media (prefers-color-scheme: dark) { :root { --bad: #ff7383; --good: #73bf69; } }
"""


def landing_page(snapshot: Snapshot | None) -> str:
    """Return the page as HTML; every text that comes from outside is escaped."""
    body = "<p>Restoring its state; the first metrics come in a moment.</p>"
    if snapshot is not None:
        body = _models(snapshot.observation) + _feeds(snapshot.observation)
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>ml_exporter</title><style>{_STYLE}</style></head>
<body><h1>ml_exporter</h1>
<p>Is the model in production still right? Version {escape(ml_exporter.__version__)}.
<a href="metrics">Metrics</a> · <a href="-/healthy">Health</a> · <a href="-/ready">Readiness</a></p>
{body}</body></html>
"""


def _models(observation: Observation) -> str:
    window = observation.windows[0]
    rows = []
    for code, key in observation.series:
        if key.is_slice:
            continue
        model = observation.monitoring.model(key.model)
        statistics = window.statistics(np.array([code]), model)
        outcomes = f"{statistics['outcomes.count'][0]:,.0f}"
        pending = f"{observation.versions[code].pending:,}"
        breached = [verdict.metric for verdict in observation.verdicts if verdict.series == key and verdict.breached]
        judged = any(verdict.series == key for verdict in observation.verdicts)
        quality = _headline(model, statistics)
        rows.append((key.model, key.version, quality, outcomes, pending, _judgement(breached, judged)))
    if not rows:
        return "<p>No predictions yet: the models appear here with their first event.</p>"
    head = (
        "Model",
        "Version",
        f"Quality, last {window.label}",
        "Outcomes",
        "Waiting for labels",
        "Objectives",
    )
    return _table("Models", head, (_cells(row[:-1]) + f"<td>{row[-1]}</td>" for row in rows))


def _headline(model: ModelSettings, statistics: Statistics) -> str:
    """Return the metric that stands for the model, with its interval."""
    metric = next(
        metric for metric in catalogue.metrics() if metric.headline and metric.applies(model.task, model.offers)
    )
    estimate = metric.estimate(statistics)
    return f"{metric.title} {_interval(estimate.value[0], estimate.lower[0], estimate.upper[0])}"


def _judgement(breached: list[str], judged: bool) -> str:
    if breached:
        return f'<span class="bad">breached: {escape(", ".join(breached))}</span>'
    return '<span class="good">met</span>' if judged else "<small>none set</small>"


def _interval(value: float, lower: float, upper: float) -> str:
    if np.isnan(value):
        return "no outcomes yet"
    return f"{value:.4g}" if np.isnan(lower) else f"{value:.4g} ({lower:.4g} to {upper:.4g})"


def _feeds(observation: Observation) -> str:
    rows = [
        (
            name,
            feed.kind,
            f"{feed.events:,}",
            f"{sum(feed.rejected.values()):,}",
            datetime.fromtimestamp(feed.last_event, UTC).isoformat(" ", "seconds") if feed.last_event else "none yet",
        )
        for name, feed in observation.feeds.items()
    ]
    return _table("Feeds", ("Feed", "Events", "Read", "Rejected", "Newest event"), (_cells(row) for row in rows))


def _cells(values: Iterable[str]) -> str:
    return "".join(f'<td class="number">{escape(value)}</td>' for value in values)


def _table(title: str, head: Iterable[str], rows: Iterable[str]) -> str:
    heading = "".join(f"<th>{escape(name)}</th>" for name in head)
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    return f"<h2>{escape(title)}</h2><table><tr>{heading}</tr>{body}</table>"
