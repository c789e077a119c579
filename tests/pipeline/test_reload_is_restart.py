"""A reload is a restart with the new file: whatever came before and comes after, both show the same."""

import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ml_exporter.config import Monitoring
from ml_exporter.ledger import Ledger
from ml_exporter.pipeline import Engine
from tests.pipeline.in_process import NOW, InProcess, label, monitoring, prediction

FRAUD = {"name": "fraud", "task": "binary"}
SLICED = FRAUD | {"segments": ["country"], "features": ["amount"], "objectives": {"accuracy": 0.9, "recall": 0.5}}
CHURN = {"name": "churn", "task": "binary", "missing_label": {"after": "1h", "actual": 0}}
PRICE = {"name": "price", "task": "regression", "retire_after": "1h"}

CONFIGURATIONS = {
    "as it was": monitoring(FRAUD, CHURN),
    "a model more": monitoring(FRAUD, CHURN, PRICE),
    "a model less": monitoring(FRAUD),
    "another model": monitoring(PRICE),
    "slices, features and objectives": monitoring(SLICED, CHURN),
    "other windows": monitoring(SLICED, CHURN, windows=["90m", "30d"]),
    "by prediction time": monitoring(FRAUD, CHURN, window_by="prediction"),
    "a shorter horizon": monitoring(FRAUD, label_horizon="30m"),
    "no detection": monitoring(SLICED, detection={"enabled": False}),
    "families switched off": monitoring(SLICED, switched_off=["ml_precision_ratio"]),
}


class Reloaded(InProcess):
    """Goes on with another configuration over the store that is open."""

    def reload(self, configuration: Monitoring) -> None:
        """Make the new engine beside the old one, as the daemon does."""
        self.engine = Engine(configuration, self.ledger)
        self.monitoring = configuration


def _restarted(before: InProcess, folder: Path, configuration: Monitoring) -> InProcess:
    """Start an exporter over a copy of the store as it lies on the disk: as after the end of the process."""
    shutil.copytree(before.folder, folder)
    (folder / "lock").unlink(missing_ok=True)
    started = InProcess(folder, configuration, before.at)
    started.done = before.done.copy()
    return started


def _shown(exporter: InProcess) -> str:
    """Return what /metrics shows, without what is the process's own."""
    text = exporter.snapshot().text.text.decode()
    return re.sub(r"(?m)^ml_exporter_last_tick_duration_seconds .*\n", "", text)


def _events(model: str, numbers: range, country: str = "DE") -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]:
    made = [
        prediction(
            f"{model}-{number}",
            model_name=model,
            model_version=f"v{number % 2}",
            prediction=number % 2,
            timestamp=NOW - 3600 + number,
            latency_seconds=0.01 * (number % 7 + 1),
            segment={"country": country},
            features={"amount": number},
        )
        for number in numbers
    ]
    told = [label(f"{model}-{number}", int(number % 3 == 0), timestamp=NOW - 1800 + number) for number in numbers[::2]]
    return made, told


def _take(exporter: InProcess, model: str, numbers: range, country: str = "DE") -> None:
    made, told = _events(model, numbers, country)
    exporter.predict(*made)
    exporter.label(*told)


@pytest.mark.parametrize("after", CONFIGURATIONS)
@pytest.mark.parametrize("before", ["slices, features and objectives"])
def test_both_show_the_same_at_once_and_after_more_events(tmp_path: Path, before: str, after: str) -> None:
    reloaded = Reloaded(tmp_path / "reloaded", CONFIGURATIONS[before])
    try:
        for model in ("fraud", "churn", "price"):
            _take(reloaded, model, range(40))
        reloaded.tick()
        reloaded.at += 60
        _take(reloaded, "fraud", range(30, 60), "FR")  # no tick: what is not rolled up is in the store as well
        restarted = _restarted(reloaded, tmp_path / "restarted", CONFIGURATIONS[after])
        reloaded.reload(CONFIGURATIONS[after])
        try:
            for step in range(3):
                assert _shown(reloaded) == _shown(restarted)
                for exporter in (reloaded, restarted):
                    exporter.at += 600
                    for model in ("fraud", "churn", "price"):
                        _take(exporter, model, range(50 + 20 * step, 90 + 20 * step))
            assert _shown(reloaded) == _shown(restarted)
        finally:
            restarted.close()
    finally:
        reloaded.close()


_STEP = st.one_of(
    st.tuples(st.just("take"), st.sampled_from(["fraud", "churn", "price"]), st.integers(0, 60)),
    st.tuples(st.just("tick"), st.just(""), st.integers(0, 4000)),
    st.tuples(st.just("reload"), st.sampled_from(sorted(CONFIGURATIONS)), st.just(0)),
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(_STEP, min_size=3, max_size=12))
def test_whatever_happens_in_between_one_that_reloads_shows_what_one_that_restarts_does(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, str, int]]
) -> None:
    folder = tmp_path_factory.mktemp("stores")
    first = CONFIGURATIONS["as it was"]
    reloading, restarting = Reloaded(folder / "reloading", first), InProcess(folder / "restarting", first)
    try:
        for what, which, number in steps:
            if what == "reload":
                reloading.reload(CONFIGURATIONS[which])
                restarting.restart(CONFIGURATIONS[which])
            for exporter in (reloading, restarting):
                if what == "take":
                    _take(exporter, which, range(number, number + 15))
                elif what == "tick":
                    exporter.at += number
                    exporter.tick()
        assert _shown(reloading) == _shown(restarting)
    finally:
        reloading.close()
        restarting.close()


def test_an_engine_that_cannot_be_made_leaves_the_old_one_at_work(tmp_path: Path) -> None:
    exporter = InProcess(tmp_path, CONFIGURATIONS["as it was"])
    try:
        _take(exporter, "fraud", range(20))
        exporter.tick()
        ledger: Ledger = exporter.ledger
        with pytest.raises(Exception, match="the store keeps the model fraud with the task binary"):
            Engine(monitoring({"name": "fraud", "task": "regression"}), ledger)
        _take(exporter, "fraud", range(20, 40))
        assert sum(exporter.tick().all("ml_predictions_total", model_name="fraud").values()) == 40
    finally:
        exporter.close()
