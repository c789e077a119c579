"""``ml-exporter judge``."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from ml_exporter import catalogue
from ml_exporter.cli.application import fail
from ml_exporter.cli.stored_series import SeriesError, read_series
from ml_exporter.config import Duration
from ml_exporter.detectors import Settings
from ml_exporter.detectors.offline import OfflineVerdict, StoredSeries, judge_series
from ml_exporter.detectors.offline_runs import TOGETHER

_UNBOUNDED = (-np.inf, np.inf)
_POINTS_BACK = 24
"""So many points a recovery takes by default."""


def register(application: typer.Typer) -> None:
    """Add the command."""

    @application.command()
    def judge(
        file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV or Parquet: timestamp, value, and perhaps n.")],
        metric: Annotated[str, typer.Option(help="The metric id; it says which way is better.")] = "accuracy",
        baseline: Annotated[
            str, typer.Option(help="How much of the beginning is healthy and learnt, as in 14d. Default: a third.")
        ] = "",
        false_alarm_every: Annotated[
            str, typer.Option(help="How long a healthy metric goes without a false alarm, on average, at least.")
        ] = "30d",
        tolerance: Annotated[
            float, typer.Option(help="How much worse than its baseline counts as healthy, as a share of the range.")
        ] = 0.005,
        recover_for: Annotated[
            str, typer.Option(help="How long it must be back before an alarm ends. Default: 24 points.")
        ] = "",
        timezone: Annotated[str, typer.Option(help="The zone that daily and weekly rhythms follow.")] = "UTC",
        picture: Annotated[bool, typer.Option(help="Draw the series.")] = True,
    ) -> None:
        """Try detection on a stored series: what would have been said, and when?

        Runs every detector that is meant for the series over the file as if each point had just come: those that page,
        together as in the exporter (where the metric is the only one that it judges), those that describe, and the
        textbook ones for comparison. Prints the alarms, and draws the series with them and with its change points.

        FILE has a column timestamp (seconds since the epoch, or RFC 3339), a column value, and where the metric is a
        share, a column n: the outcomes that each value rests on. Prometheus' range queries are easily written so.
        """
        try:
            known = catalogue.metric(metric)
        except KeyError:
            fail(f"--metric {metric}: no such metric; docs/metrics.md lists them")
        if known.direction is None:
            fail(f"--metric {metric}: it has no better direction, so it cannot get worse")
        try:
            times, values, outcomes = read_series(file)
            limits = known.limits if np.isfinite(known.limits).all() else _UNBOUNDED
            series = StoredSeries(
                times, values, outcomes, known.direction == "higher", limits, known.proportion is not None
            )
            span = float(times[-1] - times[0])
            learnt = _seconds("--baseline", baseline) if baseline else span / 3
            settings = Settings(
                false_alarm_every=_seconds("--false-alarm-every", false_alarm_every),
                recover_for=_seconds("--recover-for", recover_for) if recover_for else _POINTS_BACK * _step(series),
            )
            verdict = judge_series(series, float(times[0]) + learnt, tolerance, settings, timezone)
        except (SeriesError, ValueError) as error:
            fail(str(error))
        console = Console()
        _tell(console, series, verdict, metric)
        if picture:
            _draw(series, verdict, metric)


def _seconds(option: str, text: str) -> float:
    try:
        return Duration.parse(text).seconds
    except ValueError as error:
        raise ValueError(f"{option} {text!r} {error}") from None


def _tell(console: Console, series: StoredSeries, verdict: OfflineVerdict, metric: str) -> None:
    worse = "below" if series.higher_is_better else "above"
    console.print(
        f"Baseline until {_time(verdict.learnt_until)}: {metric} {verdict.mean:.4g};"
        f" {worse} {verdict.bound:.4g} counts as worse. {verdict.judged_points:,} points judged."
    )
    paged = [alarm for alarm in verdict.alarms if alarm.detector == TOGETHER]
    table = Table(title="What would have paged", title_justify="left")
    for heading in ("Raised", "Ended", "Changed at", "Evidence, needed"):
        table.add_column(heading)
    for alarm in paged:
        strength = f"10^{alarm.log10_evidence:.1f}, 10^{alarm.log10_threshold:.1f}"
        table.add_row(_time(alarm.since), _time(alarm.until) or "not yet", _time(alarm.changed_at), strength)
    console.print(table if paged else "Nothing would have paged.")
    console.print(_by_detector(series, verdict))
    changes = ", ".join(_time(float(time)) for time in verdict.change_points) or "none"
    console.print(f"Change points of the whole series (PELT): {changes}")


def _by_detector(series: StoredSeries, verdict: OfflineVerdict) -> Table:
    """Return how often each detector raised an alarm, when first, and for which share of the time."""
    table = Table(title="Detector by detector", title_justify="left")
    for heading in ("Detector", "Alarms", "First", "In alarm"):
        table.add_column(heading, justify="left" if heading in {"Detector", "First"} else "right")
    end = float(series.times[-1]) + _step(series)
    for name in verdict.evidence:
        alarms = [alarm for alarm in verdict.alarms if alarm.detector == name]
        lasted = sum((end if np.isnan(alarm.until) else alarm.until) - alarm.since for alarm in alarms)
        share = lasted / (end - verdict.learnt_until)
        table.add_row(name, str(len(alarms)), _time(alarms[0].since) if alarms else "", f"{share:.0%}")
    return table


def _step(series: StoredSeries) -> float:
    """Return the seconds from one point to the next."""
    return float(np.median(np.diff(series.times)))


def _draw(series: StoredSeries, verdict: OfflineVerdict, metric: str) -> None:
    """Draw the series with its baseline, alarms and change points."""
    import plotext  # noqa: PLC0415 - a quarter of a second of loading that only this command needs

    known = ~np.isnan(series.values)
    plotext.clear_figure()
    plotext.theme("clear")
    plotext.plot_size(100, 24)
    days = (series.times - series.times[0]) / 86400.0
    plotext.plot(days[known].tolist(), series.values[known].tolist(), marker="braille", label=metric)
    plotext.hline(verdict.bound)
    for time in verdict.change_points:
        plotext.vline((float(time) - float(series.times[0])) / 86400.0)
    plotext.xlabel(f"days since {_time(float(series.times[0]))}")
    plotext.title(f"{metric}; level: the bound of the baseline; upright: change points")
    typer.echo(plotext.build())


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M") if np.isfinite(seconds) else ""
