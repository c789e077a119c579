"""A stored series under the detectors: it is judged as the exporter would have judged it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from ml_exporter.detectors import Settings, detectors
from ml_exporter.detectors.degradation import Degradation
from ml_exporter.detectors.degradation.spans import spans
from ml_exporter.detectors.degradation.streams import Panel, Stream
from ml_exporter.detectors.offline import OfflineVerdict, StoredSeries, judge_series
from ml_exporter.detectors.offline_runs import TOGETHER
from tests.cli.commands import invoke
from tests.detectors.degradation.world import World, monitoring, of

PERIOD = 10 * 3600
COURSE = [(15, 0.92), (25, 0.75), (60, 0.92), (5, None), (25, 0.70)]
"""Minutes, and the accuracy in them; None: nothing happens. It falls, is back for long enough, and falls again."""


@dataclass
class Lived:
    """What the exporter's judge lived through, what it said after each minute, and the same minutes as a series."""

    said: list[tuple[float, Degradation]]
    frame: pl.DataFrame

    @property
    def alarms(self) -> list[tuple[float, float]]:
        """Return when the metric became degraded, and when it had recovered (NaN: not yet)."""
        found: list[tuple[float, float]] = []
        for (_, before), (at, now) in zip(self.said, self.said[1:], strict=False):
            if now.degraded and not before.degraded:
                found.append((at, float("nan")))
            if before.degraded and not now.degraded:
                found[-1] = (found[-1][0], at)
        return found


@pytest.fixture(scope="module")
def lived() -> Lived:
    """Let a judge that looks at nothing but accuracy live through the course."""
    world = World(
        monitoring(
            model={"baseline": {"period": "10h"}, "detection": {"metrics": ["accuracy"]}},
            buckets=[{"width": "1m", "keep": "2d"}, {"width": "1h", "keep": "40d"}],
            windows=["1h"],
            detection={"recover_for": "20m", "false_alarm_every": "7d"},
        ),
        seed=3,
    )
    learnt_until = world.at
    world.past(PERIOD, rows=60_000)
    world.at += 20 * 60  # nothing is learnt from what is younger than recover_for
    world.tick()
    course = [accuracy for minutes, accuracy in COURSE for _ in range(minutes)]
    said = [(world.at + 60, of(world.minutes(1, (one or 1.0,) * 2, rows=100 if one else 0))) for one in course]
    assert said[-1][1].baseline is not None
    assert said[-1][1].baseline.until == learnt_until
    return Lived(said, _minutes(world, learnt_until))


def _minutes(world: World, learnt_until: float) -> pl.DataFrame:
    """Read the accuracy of every minute with outcomes, as a query of the exporter's counts would give it."""
    series = world.series[0]
    panel = Panel([Stream("m", "v1", "accuracy")], {series: 0}, {"m": world.settings.models[0]})
    rows = []
    for start, _, totals in spans(world.buckets, learnt_until - PERIOD - 60, world.at, 60.0, judged=False):
        read = panel.read(totals, np.full(1, np.nan))
        rows.append({"timestamp": start, "value": float(read.native[0]), "n": float(read.outcomes[0])})
    return pl.DataFrame(rows)


def _judged(lived: Lived) -> OfflineVerdict:
    columns = (lived.frame[name].to_numpy() for name in ("timestamp", "value", "n"))
    series = StoredSeries(*columns, higher_is_better=True, bounds=(0.0, 1.0), share=True)
    settings = Settings(false_alarm_every=7 * 86400, recover_for=20 * 60)
    return judge_series(series, float(lived.frame["timestamp"][0]) + PERIOD, 0.005, settings)


def test_the_course_raises_an_alarm_that_ends_and_another_one(lived: Lived) -> None:
    assert [np.isnan(until) for _, until in lived.alarms] == [False, True]


def test_the_verdict_after_every_point_is_the_exporters(lived: Lived) -> None:
    verdict = _judged(lived)
    told = set(lived.frame["timestamp"])
    expected = [one for at, one in lived.said if at - 60 in told]
    assert verdict.evidence[TOGETHER] == pytest.approx([one.log10_evidence for one in expected], abs=1e-6)
    assert verdict.thresholds[TOGETHER] == pytest.approx(expected[-1].log10_threshold)
    alarms = [(one.since, one.until) for one in verdict.alarms if one.detector == TOGETHER]
    np.testing.assert_array_equal(alarms, lived.alarms)
    changed = [one.changed_at for one in verdict.alarms if one.detector == TOGETHER]
    assert changed == [one.change_point for at, one in lived.said if at in [since for since, _ in lived.alarms]]


def test_the_command_says_it(lived: Lived, tmp_path: Path) -> None:
    lived.frame.write_csv(tmp_path / "accuracy.csv")
    options = ("--baseline", "10h", "--false-alarm-every", "7d", "--recover-for", "20m", "--no-picture")
    told = invoke("judge", tmp_path / "accuracy.csv", *options, columns=160).stdout
    rows = [[cell.strip() for cell in line.split("│")[1:3]] for line in told.splitlines() if line.count("│") == 5]
    expected = [[_time(since), "not yet" if np.isnan(until) else _time(until)] for since, until in lived.alarms]
    assert rows[: len(expected)] == expected


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M")


def test_detectors_that_are_not_meant_for_what_a_series_is_made_of_say_nothing(lived: Lived) -> None:
    for counted, kind in ((True, "proportion"), (False, "bounded")):
        frame = lived.frame if counted else lived.frame.drop("n")
        outcomes = frame["n"].to_numpy() if counted else None
        series = StoredSeries(
            frame["timestamp"].to_numpy(), frame["value"].to_numpy(), outcomes, True, (0.0, 1.0), share=True
        )
        verdict = judge_series(series, float(frame["timestamp"][0]) + PERIOD, 0.005, Settings())
        assert set(verdict.evidence) == {TOGETHER, *(one.name for one in detectors() if kind in one.kinds)}
