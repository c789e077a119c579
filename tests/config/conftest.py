"""A valid configuration, and what is said of one that differs from it."""

import copy
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from ml_exporter.config import ConfigurationError, Monitoring, Problem, load
from ml_exporter.pipeline import plug_in_kinds

Told = Callable[..., list[Problem]]
Loaded = Callable[..., Monitoring]

VALID: dict[str, Any] = {
    "models": [
        {"name": "fraud", "task": "binary", "segments": ["country"], "objectives": {"accuracy": 0.9}},
        {"name": "churn", "task": "binary", "positive_class": "left", "negative_class": "stayed"},
    ],
    "feeds": [
        {
            "name": "predictions",
            "kind": "file",
            "path": "feed/predictions-*.jsonl",
            "events": "predictions",
            "fields": {"prediction_id": "id"},
            "models": ["fraud", "churn"],
        },
        {"name": "labels", "kind": "file", "path": "feed/labels-*.jsonl", "events": "labels", "stalled_after": "6h"},
    ],
    "windows": ["1h", "24h"],
    "tick": "15s",
    "buckets": [{"width": "1m", "keep": "2h"}, {"width": "5m", "keep": "2d"}],
    "store": {"path": "data"},
    "server": {"listen": ["127.0.0.1:9877"]},
    "prometheus": {"targets": ["localhost:9877"], "external_labels": {"cluster": "test"}},
    "alerting": {
        "timing": {"for": "5m"},
        "links": {"grafana": "https://grafana.example.org"},
        "receivers": [{"name": "team", "slack": {"url_file": "secrets/slack", "channel": "#ml"}}],
        "routes": {"critical": ["team"]},
    },
}


def changed(changes: Mapping[tuple[str | int, ...], Any]) -> dict[str, Any]:
    """Return the valid configuration with values replaced or added, each at its place."""
    values = copy.deepcopy(VALID)
    for (*way, last), value in changes.items():
        node: Any = values
        for step in way:
            node = node[step]
        node[last] = value
    return values


@pytest.fixture(name="loaded")
def _loaded(tmp_path: Path) -> Loaded:
    def loaded(content: str | bytes | Mapping[str, Any], environment: Mapping[str, str] | None = None) -> Monitoring:
        file = tmp_path / "monitoring.yml"
        text = content if isinstance(content, str | bytes) else yaml.safe_dump(content, sort_keys=False)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return load(file, plug_in_kinds(), environment or {})

    return loaded


@pytest.fixture(name="told")
def _told(loaded: Loaded) -> Told:
    def told(content: str | bytes | Mapping[str, Any], environment: Mapping[str, str] | None = None) -> list[Problem]:
        with pytest.raises(ConfigurationError) as error:
            loaded(content, environment)
        assert error.value.problems
        return error.value.problems

    return told
