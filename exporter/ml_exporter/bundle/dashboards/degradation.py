"""The dashboard of a degradation: is it worse than it was, how sure is that, since when, and what explains it?"""

from collections.abc import Sequence
from typing import Any

from ml_exporter.bundle.dashboards import panels
from ml_exporter.bundle.dashboards.definition import DashboardKind
from ml_exporter.bundle.dashboards.layout import Section, Strip
from ml_exporter.bundle.dashboards.panels import BAD, DOUBTFUL, GOOD, Column, Query
from ml_exporter.bundle.dashboards.panels.common import Words
from ml_exporter.bundle.dashboards.quality.metrics import heading, headlines, judged
from ml_exporter.bundle.dashboards.quality.slices import before, explaining_slices, sliced_by
from ml_exporter.bundle.dashboards.queries import OVERALL, by_metric, metric_value, state
from ml_exporter.bundle.dashboards.variables import judged_metrics, of_one_version
from ml_exporter.catalogue import Metric
from ml_exporter.config import Monitoring

_OF_METRIC = f'{OVERALL},metric=~"$metric"'
_WORDS: Words = {2: ("Degraded", BAD), 1: ("No baseline", DOUBTFUL), 0: ("Well", GOOD)}
_NO_BASELINE = "No baseline yet: the model's past is too short, or nothing of it is judged"
_NEVER = "No change for the worse is known"


def _variables(monitoring: Monitoring) -> Sequence[Any]:
    return [*of_one_version(monitoring), judged_metrics(), sliced_by(_explained(monitoring)), before()]


def _explained(monitoring: Monitoring) -> list[Metric]:
    """Return the metrics whose slices can explain a change: the headlines first."""
    known = [metric for metric in judged(monitoring) if metric.sliced]
    return list({metric.id: metric for metric in (*headlines(monitoring), *known)}.values())


def _fits(monitoring: Monitoring) -> bool:
    return monitoring.detection.enabled and bool(judged(monitoring))


def _sections(monitoring: Monitoring) -> Sequence[Section]:
    return [
        Section("Has it degraded?", [Strip(4, [(_verdicts(), 24)]), Strip(8, [(_metrics(monitoring), 24)])]),
        Section(
            "Since when, and how far from the baseline?", [Strip(7, [(_over_time(), 24)]), Strip(8, _now(monitoring))]
        ),
        Section("How sure is that?", [Strip(8, [(_together(), 8), (_each_detector(), 8), (_detected(), 8)])]),
        Section(
            "What explains it, and what comes next?",
            [
                Strip(9, [(explaining_slices(_explained(monitoring)), 16), (_anomaly(), 8)]),
                Strip(6, [(_forecast(monitoring), 24)]),
            ],
        ),
    ]


def _of(family: str, **labels: str) -> str:
    return state(family, "metric", _OF_METRIC, **labels)


def _verdict() -> str:
    return f"({_of('ml_degraded')} == 1) + 1 or {_of('ml_degraded')} or {_of('ml_baseline_ready')} * 0 + 1"


def _names(monitoring: Monitoring) -> Words:
    return {metric.id: (heading(metric), None) for metric in judged(monitoring)}


def _verdicts() -> Any:
    return panels.tiles(
        "Verdict on each metric",
        "Degraded: worse than its own baseline, beyond chance, with a promised rate of false alarms; it stays until the"
        " metric has been back for a while. This is what pages.",
        Query(_verdict(), "{{metric}}", instant=True),
        _WORDS,
        _NO_BASELINE,
    )


def _metrics(monitoring: Monitoring) -> Any:
    values = {metric.id: metric_value(metric) for metric in judged(monitoring)}
    in_words = "dateTimeFromNow"
    return panels.rows(
        "Now against the baseline",
        "Each judged metric in the chosen window beside what it was while the model was healthy. z: the distance in"
        " standard deviations of its buckets. Votes: how many detectors say so. Alarms: how often it has"
        " degraded so far.",
        [
            Column("Metric", label="metric", words=_names(monitoring), width=230),
            Column("Verdict", _verdict(), words=_WORDS, width=110),
            Column("Now", f"({by_metric(values)}) and on (metric) {_of('ml_baseline_ready')}"),
            Column("Baseline", _of("ml_baseline_mean"), width=90),
            Column("Change", _of("ml_change_ratio"), unit="percentunit", decimals=1, width=90),
            Column("z", _of("ml_z_score"), decimals=1),
            Column("Votes", _of("ml_degradation_votes"), decimals=0),
            Column("Alarms", _of("ml_degradation_alarms_total"), decimals=0),
            Column("Changed", f"1000 * {_of('ml_change_point_timestamp_seconds')}", unit=in_words, width=130),
            Column("Trend a day", _of("ml_trend_per_day")),
            Column(
                "Objective missed",
                f"1000 * {_of('ml_objective_crossing_timestamp_seconds')}",
                unit=in_words,
                width=140,
            ),
            Column("Baseline rests on", _of("ml_baseline_outcomes"), unit="locale", decimals=0, width=150),
        ],
        unit="none",
        decimals=3,
        sort_by="Verdict",
        descending=True,
        no_value="-",
    )


def _over_time() -> Any:
    return panels.timeline(
        "Verdicts over time",
        "When each metric was found degraded, and when it was well again.",
        Query(_verdict(), "{{metric}}"),
        _WORDS,
        _NO_BASELINE,
    )


def _now(monitoring: Monitoring) -> list[tuple[Any, int]]:
    values = {metric.id: metric_value(metric) for metric in judged(monitoring)}
    mean, spread = _of("ml_baseline_mean"), f"2 * {_of('ml_baseline_std')}"
    compared = panels.range_of(
        "$metric",
        "The metric in the chosen window (line), and its baseline: the band is where most of its buckets were while the"
        " model was healthy, two standard deviations to either side.",
        f"({by_metric(values)}) and on (metric) {_of('ml_baseline_ready')}",
        panels.Bounds(f"{mean} - {spread}", f"{mean} + {spread}"),
        "Baseline",
        "none",
        legend="Now",
        limit=Query(mean, "Baseline's mean", dashed=True),
        no_value=_NO_BASELINE,
    )
    return [(compared.repeat("metric").repeat_direction("h").max_per_row(3), 8)]


def _together() -> Any:
    evidence, needed = (_of(f"ml_degradation_log10_{name}", detector="together") for name in ("evidence", "threshold"))
    share = f"{evidence} / {needed}"
    return panels.lines(
        "Evidence against what is needed",
        "The evidence of the detectors that page, as a share of what they need: at 100 % (dashed) the metric counts as"
        " degraded.",
        [Query(share, "{{metric}}"), Query(f"max({share}) * 0 + 1", "Needed", dashed=True)],
        "percentunit",
        no_value=_NO_BASELINE,
        from_zero=True,
    )


def _each_detector() -> Any:
    def of(family: str) -> str:
        return state(family, "metric, detector", f'{_OF_METRIC},detector!="together"')

    share = f"{of('ml_degradation_log10_evidence')} / {of('ml_degradation_log10_threshold')}"
    return panels.lines(
        "Evidence of each detector",
        "The same for each detector by itself: sequential and betting page, change_point and trend describe.",
        [Query(f"max by (detector) ({share})", "{{detector}}"), Query(f"max({share}) * 0 + 1", "Needed", dashed=True)],
        "percentunit",
        no_value=_NO_BASELINE,
        from_zero=True,
    )


def _detected() -> Any:
    said = state("ml_degradation_detected", "detector", _OF_METRIC)
    return panels.timeline(
        "Who says so",
        "When each detector said so of any of the chosen metrics.",
        Query(said, "{{detector}}"),
        {1: ("Says so", BAD), 0: ("Silent", GOOD)},
        _NO_BASELINE,
    )


def _forecast(monitoring: Monitoring) -> Any:
    values = {metric.id: metric_value(metric) for metric in judged(monitoring)}
    shares = {metric.id: values[metric.id] for metric in judged(monitoring) if metric.family.name.endswith("_ratio")}
    others = {name: value for name, value in values.items() if name not in shares}
    trend, in_words = _of("ml_trend_per_day"), "dateTimeFromNow"
    now = f"({by_metric(values)}) and on (metric) {trend}"

    def after(days: int) -> str:
        ways = [f"clamp(({by_metric(shares)}) + on (metric) {days} * {trend}, 0, 1)"] if shares else []
        return " or ".join([*ways, *([f"({by_metric(others)}) + on (metric) {days} * {trend}"] if others else [])])

    crossing = f"{_of('ml_objective_crossing_timestamp_seconds')} > time()"
    return panels.rows(
        "If the trend goes on",
        "Each metric whose trend of the last days is known: where it stands now, and where it will if it goes on as"
        " it does. A trend is a straight line (Theil-Sen) through three days: a sudden fall is none. Empty: no trend is"
        " known, or `predictive_alerting` is switched off.",
        [
            Column("Metric", label="metric", words=_names(monitoring), width=230),
            Column("Now", now),
            Column("Trend a day", trend),
            Column("In a day", after(1)),
            Column("In a week", after(7)),
            Column("In 30 days", after(30)),
            Column("Objective", f"({_of('ml_objective')}) and on (metric) {trend}"),
            Column("Objective missed", f"1000 * ({crossing})", unit=in_words, width=160),
        ],
        unit="none",
        decimals=3,
        sort_by="Objective missed",
        descending=False,
        no_value="-",
    )


def _anomaly() -> Any:
    score = state("ml_anomaly_score")
    return panels.lines(
        "How unusual the last hour was",
        "All judged metrics and volumes together: above 1 (dashed) is more than a healthy model shows. It describes,"
        " and pages nobody.",
        [Query(score, "Anomaly score"), Query(f"max({score}) * 0 + 1", "Unusual", dashed=True)],
        "none",
        no_value=_NO_BASELINE,
        from_zero=True,
    )


DASHBOARD = DashboardKind(
    "degradation",
    5,
    "Degradation",
    "who is paged",
    "Is this model worse than it was, how sure is that, since when, and what explains it?",
    _variables,
    _sections,
    _fits,
    "`detection` is enabled",
    span="24h",
)
