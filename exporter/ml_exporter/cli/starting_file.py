"""The monitoring.yml that somebody starts with: valid, short, and with a comment for whatever he may want to change."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ml_exporter.cli.starting_receivers import STARTING

SCHEMA_FILE = "monitoring.schema.json"
"""The JSON Schema, beside the file, that its first line names."""

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*")
_READ_OTHERWISE = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})
"""Texts that YAML would take for something else."""

_WINDOW_OF_QUALITY = "24h"


@dataclass(frozen=True)
class Answers:
    """What the file is to say."""

    model: str
    task: str
    classes: tuple[str, ...] = ()
    """Multiclass."""

    positive_class: str = "1"
    """Binary."""

    segments: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    objectives: Mapping[str, float] = field(default_factory=dict)
    predictions: str = ""
    """A glob of files."""

    labels: str = ""
    outcomes: str = ""
    """Of rows that are joined already; then there are no predictions and labels."""

    label_horizon: str = "30d"
    receivers: Mapping[str, str] = field(default_factory=dict)
    """Kind of receiver to what was told of it, as a channel; empty: nobody is told."""


def starting_file(answers: Answers, name: str) -> str:
    """Return the text of monitoring.yml.

    Args:
        answers: what it is to say; they need not make sense, validating the text tells.
        name: of the file.
    """
    parts = (_head(name), _model(answers), _feeds(answers), _times(answers), _rest(), _alerting(answers))
    return "\n".join("\n".join(part) + "\n" for part in parts)


def _head(name: str) -> list[str]:
    return [
        f"# yaml-language-server: $schema={SCHEMA_FILE}",
        "#",
        f"#   ml-exporter check {name}      says what is wrong, and how many time series it will make",
        f"#   ml-exporter run {name}        the exporter, on http://localhost:9877",
        f"#   ml-exporter bundle {name}     prometheus/, alertmanager/ and grafana/ for it",
        "#",
        "# Paths are relative to this file. Secrets never stand in it: they are files of their own, or ${VARIABLES}.",
    ]


def _model(answers: Answers) -> list[str]:
    lines = [
        "models:",
        "  # The model_name that its events carry.",
        f"  - name: {_text(answers.model)}",
        f"    task: {_text(answers.task)}",
    ]
    if answers.task == "binary":
        lines += [
            "    # The class that precision, recall, F1 and the score speak of.",
            f"    positive_class: {_text(answers.positive_class)}",
            "    # A score from here on means that class, where an event has no prediction of its own.",
            "    decision_threshold: 0.5",
        ]
    if answers.task == "multiclass":
        lines += [
            "    # Every class that it tells apart. New ones are added at the end: the store keeps the order.",
            f"    classes: {_list(answers.classes)}",
        ]
    if answers.task == "ranking":
        lines += ["    # How many of the first items count.", "    k: [10]"]
    lines += [
        '    # The same metrics for every value of these. In an event: "segment": {"country": "DE"}',
        *_option("segments", answers.segments, "country"),
        '    # Watched for drift and for missing or implausible values. In an event: "features": {"amount": 12.5}',
        *_option("features", answers.features, "amount"),
    ]
    return [*lines, *_objectives(answers)]


def _objectives(answers: Answers) -> list[str]:
    if not answers.objectives:
        return [
            "    # Without objectives, the model is compared with its own past only. A breach is an alert:",
            "    # objectives:",
            "    #   error_rate: 0.01",
        ]
    lines = [
        "    # An alert is raised where the whole 95 % interval lies beyond, on enough outcomes. `window` is one of",
        "    # `windows`, by default the shortest; `severity` is info, warning or critical. Metrics: docs/metrics.md.",
        "    objectives:",
    ]
    for metric, threshold in answers.objectives.items():
        if metric.startswith(("prediction_latency", "error_rate")):
            lines.append(f"      {_text(metric)}: {_number(threshold)}")
        else:
            rest = f"window: {_WINDOW_OF_QUALITY}, minimum_outcomes: 100, severity: warning"
            said = f"threshold: {_number(threshold)}, {rest}"
            lines.append(f"      {_text(metric)}: {{{said}}}")
    return lines


def _feeds(answers: Answers) -> list[str]:
    lines = [
        "# Growing files, one JSON object a line; rotated files are followed.",
        "# Are your columns named otherwise? fields: {prediction_id: transaction} says ours: yours.",
        "feeds:",
    ]
    if answers.outcomes:
        return [
            *lines,
            "  # Rows that hold the prediction and what turned out to be true.",
            *_feed("outcomes", answers),
        ]
    return [
        *lines,
        "  # What the model said.",
        *_feed("predictions", answers),
        "  # What turned out to be true, minutes to weeks later: a line with the same prediction_id.",
        *_feed("labels", answers),
    ]


def _feed(events: str, answers: Answers) -> list[str]:
    return [
        f"  - name: {events}",
        "    kind: file",
        f"    path: {_text(getattr(answers, events), quoted=True)}",
        f"    events: {events}",
        "    # No newer event for this long raises an alert.",
        f"    stalled_after: {'24h' if events == 'labels' else '1h'}",
        *_defaults(events, answers),
    ]


def _defaults(events: str, answers: Answers) -> list[str]:
    """Return what stands in where events do not name the model: with one model, they need not."""
    if events == "labels":
        return []
    return [
        "    # What an event means that names no model.",
        f"    defaults: {{model_name: {_text(answers.model)}}}",
    ]


def _times(answers: Answers) -> list[str]:
    return [
        "# The rolling windows of all gauges.",
        "windows: [1h, 24h, 7d]",
        "# How long a prediction waits for its label: longer than the truth ever takes.",
        f"label_horizon: {_text(answers.label_horizon)}",
        "# How often the gauges are computed anew.",
        "tick: 15s",
    ]


def _rest() -> list[str]:
    return [
        "# What is watched where this file leaves it open: basic, standard or advanced. Which? ml-exporter recommend",
        "# strategy: standard",
        "",
        "# The joined past. One exporter at a time owns it.",
        "store: {path: data}",
        "server:",
        '  listen: ["0.0.0.0:9877"]',
        "  # TLS and passwords, in the format of Prometheus' exporters:",
        "  # web_config_file: web.yml",
        "",
        "# For the generated prometheus.yml: where it finds the exporter and Alertmanager, and what names it.",
        "prometheus:",
        '  targets: ["localhost:9877"]',
        '  alertmanagers: ["localhost:9093"]',
        "  external_labels: {cluster: production, replica: a}",
    ]


def _alerting(answers: Answers) -> list[str]:
    lines = [
        "alerting:",
        "  # Where the links in notifications lead, as people reach them.",
        "  links:",
        '    grafana: "http://localhost:3000"',
        '    prometheus: "http://localhost:9090"',
        '    alertmanager: "http://localhost:9093"',
    ]
    if not answers.receivers:
        return [
            *lines,
            "  # Nobody is told of alerts yet: they are shown in Prometheus and on the dashboards.",
            "  # receivers:",
            "  #   - name: ml-team",
            '  #     slack: {url_file: secrets/slack-url, channel: "#ml-alerts"}',
            f"  # Others: {', '.join(STARTING)}; see docs/notifications.md.",
            "  # routes: {critical: [ml-team], warning: [ml-team]}",
        ]
    names = [_receiver_name(kind, answers) for kind in answers.receivers]
    return [
        *lines,
        "  receivers:",
        *(line for kind, told in answers.receivers.items() for line in _receiver(kind, told, answers)),
        "  # Severity to receivers. What stands nowhere is shown, but tells nobody.",
        f"  routes: {{critical: {_list(names)}, warning: {_list(names)}}}",
    ]


def _receiver_name(kind: str, answers: Answers) -> str:
    return "ml-team" if len(answers.receivers) == 1 else f"ml-team-{kind}"


def _receiver(kind: str, told: str, answers: Answers) -> list[str]:
    starting = STARTING[kind]
    own = starting.lines(_text(told or starting.usual, quoted=True))
    return [f"    - name: {_receiver_name(kind, answers)}", *(f"      {line}" for line in own)]


def _option(name: str, values: Sequence[str], example: str) -> list[str]:
    return [f"    {name}: {_list(values)}" if values else f"    # {name}: [{example}]"]


def _list(values: Sequence[str]) -> str:
    return f"[{', '.join(map(_text, values))}]"


def _text(value: str, *, quoted: bool = False) -> str:
    """Return a text as YAML reads it: as it is where that is safe, and in quotes otherwise."""
    plain = _PLAIN.fullmatch(value) and value.lower() not in _READ_OTHERWISE
    number = re.fullmatch(r"0|[1-9][0-9]{0,8}[smhdwy]?", value)
    if (plain or number) and not quoted:
        return value
    return json.dumps(value)


def _number(value: float) -> str:
    """Return a number as YAML reads it: it takes 1e-07 for a text."""
    text = f"{value:g}" if value == float(f"{value:g}") else repr(value)
    return f"{value:.20f}".rstrip("0") if "e" in text else text
