"""Names that users and their models give stand in labels as they are, whatever they are made of."""

import subprocess
from pathlib import Path

import pytest

from ml_exporter.snapshot import groups as groups_module
from tests.pipeline.in_process import NOW, InProcess, label, monitoring, prediction
from tests.scraped import Scraped
from tests.stack.servers import promtool

HOSTILE = [
    'say "cheese"',
    "back\\slash",
    "two\nlines",
    'ends with \\"',
    "} 1\nml_fake 2",
    "# HELP ml_accuracy_ratio no",
    "naïve ☃ 🤖 العربية",
    "\t \r \u2028 \x00 \x7f",
    "{}[]=,;'`",
    " spaces ",
    "NaN",
    "__other",
]


def served(folder: Path, names: list[str]) -> tuple[InProcess, bytes]:
    """Let names stand wherever a user's names may stand; return what is exposed."""
    model = {"name": names[0], "task": "binary", "segments": ["a key"], "positive_class": names[-1]}
    model |= {"negative_class": f"not {names[-1]}"}
    exporter = InProcess(folder, monitoring(model), NOW)
    said = {"model_name": names[0], "prediction": None, "score": 0.9}
    for number, name in enumerate(names):
        exporter.predict(
            prediction(f"{number} {name}", model_version=name, segment={"a key": name}, **said),
            prediction("failed", model_version=name, status=name, **said),
        )
        exporter.label(label(f"{number} {name}", names[-1]))
    return exporter, exporter.snapshot().text.text


def test_hostile_names_come_back_as_they_were_given(tmp_path: Path) -> None:
    exporter, text = served(tmp_path, HOSTILE)
    exporter.close()
    metrics = Scraped(text)
    for name in HOSTILE:
        assert metrics.one("ml_predictions_total", model_name=HOSTILE[0], model_version=name) == 1
        assert metrics.one("ml_prediction_requests_total", model_version=name, status=name) == 1
        assert metrics.one("ml_segment_accuracy_ratio", model_version=name, segment_value=name, window="1h") == 1
        assert metrics.one("ml_confusion_total", model_version=name, actual=HOSTILE[-1], predicted=HOSTILE[-1]) == 1
    assert not metrics.all("ml_fake")
    checked = subprocess.run([promtool(), "check", "metrics"], input=text, capture_output=True, check=False)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")


def test_a_text_that_is_no_unicode_is_rejected_and_stops_nothing(tmp_path: Path) -> None:
    exporter = InProcess(tmp_path, monitoring({"name": "fraud", "task": "binary", "segments": ["country"]}), NOW)
    for field in ("prediction_id", "model_version", "status", "country"):
        event = (
            f'{{"prediction_id": "a", "model_name": "fraud", "timestamp": {NOW}, "score": 0.5, "{field}": "\\ud800"}}'
        )
        if field == "country":
            event = event.replace('"country": "\\ud800"', '"segment": {"country": "\\ud800"}')
        exporter.predict(event.encode(), prediction(f"sound {field}", segment={"country": "DE"}))
    metrics = exporter.tick()
    exporter.close()
    assert metrics.one("ml_predictions_total", model_version="v1") == 4
    assert metrics.one("ml_exporter_feed_rejected_total", feed="predictions", reason="malformed") == 4


def test_series_that_are_computed_in_several_groups_show_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exporter, together = served(tmp_path, HOSTILE)
    monkeypatch.setattr(groups_module, "MOST_BYTES", 5 * 18_000)
    apart = exporter.tick()
    exporter.close()
    assert {found: value for found, value in apart.items() if "last_tick" not in found[0]} == {
        found: value for found, value in Scraped(together).items() if "last_tick" not in found[0]
    }
