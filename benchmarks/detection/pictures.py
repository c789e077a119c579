"""The pictures of docs/detection.md, small and without metadata, so that they only change with what they show."""

from pathlib import Path

import matplotlib as mpl
import numpy as np

mpl.use("Agg")

from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from benchmarks.detection.annotated import Series
from benchmarks.detection.conditions import Condition, daily, learnt_from
from benchmarks.detection.contenders import DAY, OUTCOMES, START, known_baseline, minute_of
from benchmarks.detection.simulations import HORIZON, Result
from ml_exporter.detectors import Settings, detector
from ml_exporter.detectors.interface import CHANGE_TIME
from ml_exporter.detectors.pelt import change_points

IMAGES = Path(__file__).parents[2] / "docs" / "images"
LABELS = {
    "sequential": (-44, 3),
    "average of both": (-60, -9),
    "ADWIN by event": (-10, 8),
    "change_point": (4, -9),
    "z_score": (-20, -10),
    "linear_trend": (4, -8),
    "majority_vote": (-50, 4),
    "window_change_point": (-84, 4),
}
"""Where the name of a point stands beside it, in points; others: above, to the right."""

BLUE, ORANGE, GREY, RED = "#1f77b4", "#ff7f0e", "#888888", "#c22f2f"


def save(figure: Figure, name: str) -> None:
    """Write a picture."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    figure.tight_layout()
    figure.savefig(IMAGES / f"detection-{name}.png", dpi=80, metadata={"Software": None})
    plt.close(figure)


def draw_evidence() -> None:
    """Draw the accuracy of a model that falls, and the evidence about it."""
    random = np.random.default_rng(4)
    sequential, dating, baseline, settings = (
        detector("sequential"),
        detector("change_point"),
        known_baseline(1),
        Settings(),
    )
    state, dates = sequential.start(1), dating.start(1)
    accuracy, evidence, threshold, alarmed, dated = [], [], 0.0, None, 0.0
    for minute in range(240):
        bad = random.binomial(OUTCOMES, 0.10 if minute >= 150 else 0.08, 1).astype(float)
        bucket = minute_of(minute, bad)
        state, said = sequential.update(state, baseline, bucket, settings)
        dates, date = dating.update(dates, baseline, bucket, settings)
        accuracy.append(1 - bad[0] / OUTCOMES)
        evidence.append(said.log10_evidence[0])
        threshold = float(said.log10_threshold[0])
        if alarmed is None and said.alarm[0]:
            alarmed, dated = minute, (date.extras[CHANGE_TIME][0] - START) / 60
    figure, (above, below) = plt.subplots(2, 1, figsize=(8, 4.6), sharex=True)
    above.plot(accuracy, ".", color=GREY, markersize=3)
    above.hlines([0.92, 0.90], [0, 150], [150, 240], color=BLUE)
    above.set_ylabel("accuracy of a minute")
    below.plot(evidence, color=BLUE)
    below.axhline(threshold, color=RED, linestyle="--", linewidth=1)
    below.text(1, threshold + 1, "threshold: one false alarm a month", color=RED, fontsize=8)
    below.set_ylabel("log10 of the evidence")
    below.set_xlabel("minutes")
    for axes in (above, below):
        axes.axvline(150, color=GREY, linewidth=1)
        if alarmed is not None:
            axes.axvline(alarmed, color=RED, linewidth=1)
            axes.axvline(dated, color=ORANGE, linestyle=":", linewidth=1.5)
    above.set_title("From 0.92 to 0.90 at minute 150 (grey), alarm (red), dated by change_point (dotted)", fontsize=9)
    save(figure, "evidence")


def draw_trade_off(results: list[Result]) -> None:
    """Draw false alarms against the delay of a fall to 0.90."""
    figure, axes = plt.subplots(figsize=(8, 4.6))
    for result in results:
        alarms = max(result.false_alarms_a_day, 0.5 / (7 * result.contender.streams))
        delay = result.delays["0.90"]
        paging = result.contender.name in {"`sequential`", "`sequential`, as shipped", "average of both"}
        colour = RED if paging else (GREY if "river" in result.contender.what else BLUE)
        axes.plot(alarms, delay, "o", color=colour, markersize=5)
        label = result.contender.name.replace("`", "") + (" by event" if "event" in result.contender.what else "")
        place = LABELS.get(label, (4, 3))
        axes.annotate(label, (alarms, delay), fontsize=7, xytext=place, textcoords="offset points")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.axvline(1 / 30, color=RED, linestyle="--", linewidth=1)
    axes.text(1 / 28, 900, "one a month", color=RED, fontsize=8)
    axes.axhline(HORIZON, color=GREY, linewidth=0.5)
    axes.set_xlabel("false alarms a day and series (none seen: half a one)")
    axes.set_ylabel("minutes to see 0.92 -> 0.90 (not seen: a day)")
    save(figure, "trade-off")


def draw_rhythm() -> None:
    """Draw baselines of a daily rhythm learnt from pasts of different length."""
    random = np.random.default_rng(0)
    figure, axes = plt.subplots(figsize=(8, 3.4))
    times = START + np.arange(0, 2 * DAY, 600.0)
    hours = (times - START) / 3600
    axes.plot(hours, [daily(time) for time in times], color=GREY, label="true bad rate")
    for days, colour in ((7, ORANGE), (30, BLUE)):
        learnt = learnt_from(Condition("", daily, learnt_days=days), random)
        bound = [learnt.at(time, "UTC").bound[0] for time in times]
        axes.plot(hours, bound, color=colour, label=f"e0 learnt from {days} days")
    axes.set_xlabel("hours")
    axes.set_ylabel("bad rate")
    axes.legend(fontsize=8)
    save(figure, "rhythm")


def draw_change_points(series: list[Series]) -> None:
    """Draw two annotated series with the change points found by default."""
    figure, both = plt.subplots(2, 1, figsize=(8, 4.6))
    for axes, name in zip(both, ("brent_spot", "run_log"), strict=True):
        shown = next(each for each in series if each.name == name)
        axes.plot(shown.values[:, 0], color=BLUE, linewidth=0.8)
        for place in change_points(shown.values):
            axes.axvline(place, color=RED, linewidth=1)
        low = np.nanmin(shown.values[:, 0])
        for row, annotated in enumerate(shown.annotations.values()):
            points = np.array(list(annotated))
            axes.plot(points, np.full(len(points), low - 0.25 * (row + 1)), "|", color=GREY, markersize=5)
        axes.set_title(f"{name}: found (red), seen by each of five people (grey)", fontsize=9)
    save(figure, "change-points")
