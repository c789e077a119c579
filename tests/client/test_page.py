"""The page of the client names everything that a service can use of it."""

import dataclasses
import inspect
import re

import pytest

from ml_exporter import client
from ml_exporter.client import Limits, Recorder, Statistics, settings
from ml_exporter.client.asgi import RecordPredictions
from ml_exporter.client.prometheus import RecorderCollector
from ml_exporter.client.scikit_learn import Monitored
from tests.docs.pages import page


def _public(kind: type) -> set[str]:
    return {name for name in vars(kind) if not name.startswith("_")}


NAMES = {
    *client.__all__,
    *(f"Recorder.{name}" for name in _public(Recorder)),
    *(
        f"{kind.__module__.rpartition('.')[2]}.{kind.__name__}"
        for kind in (RecordPredictions, Monitored, RecorderCollector)
    ),
    *(name for name in inspect.signature(Recorder).parameters),
    *(field.name for kind in (Limits, Statistics) for field in dataclasses.fields(kind)),
    *(value for name, value in vars(settings).items() if name.endswith("_VARIABLE")),
}


@pytest.mark.parametrize("name", sorted(NAMES))
def test_everything_is_on_the_page(name: str) -> None:
    words = {
        word for code in re.findall(r"`([^`\n]+)`", page("client.md").text) for word in re.findall(r"[\w.]+", code)
    }
    assert name in words
