"""The dashboard of the monitoring itself: does anybody still watch the models?"""

from collections.abc import Sequence
from typing import Any

from ml_exporter.bundle.dashboards import panels
from ml_exporter.bundle.dashboards.definition import DashboardKind
from ml_exporter.bundle.dashboards.layout import Section, Strip
from ml_exporter.bundle.dashboards.panels import BAD, DOUBTFUL, GOOD, Column, Query
from ml_exporter.bundle.dashboards.panels.common import Words, thresholds
from ml_exporter.bundle.dashboards.quality.trust import age, rejected
from ml_exporter.bundle.dashboards.queries import FEEDS, rate, state
from ml_exporter.bundle.dashboards.variables import of_exporters
from ml_exporter.config import Monitoring

_PER_MINUTE = "suffix:/min"
_NO_EXPORTER = "No exporter is scraped under this job"
_NO_SERVERS = "Prometheus does not scrape itself"
_UP: Words = {1: ("Up", GOOD), 0: ("Down", BAD)}
_COLLECTED: Words = {1: ("Works", GOOD), 0: ("Fails", BAD)}
_CATCHING_UP: Words = {0: ("Up to date", GOOD), 1: ("Catching up", DOUBTFUL)}


def _sections(monitoring: Monitoring) -> Sequence[Section]:
    return [
        Section(
            "Does anybody watch?",
            [
                Strip(4, [(_up(), 8), (_last_tick(monitoring), 4), (_series(), 4), (_folded(), 4), (_errors(), 4)]),
                Strip(7, [(_age_of_tick(monitoring), 8), (_tick_duration(monitoring), 8), (_scrape(), 8)]),
            ],
        ),
        Section(
            "Do events come in?",
            [
                Strip(9, [(_feeds(), 14), (_catching_up(), 10)]),
                Strip(7, [(_events(), 8), (age(), 8), (rejected(), 8)]),
            ],
        ),
        Section("Do they find each other?", [Strip(7, [(_waiting(), 8), (_odd(), 8), (_lost(), 8)])]),
        Section("Do alerts get through?", [Strip(7, [(_rules(), 8), (_dropped(), 8), (_notified(), 8)])]),
        Section("How is the exporter's own collecting?", [Strip(7, [(_collectors(), 12), (_collecting(), 12)])]),
    ]


def _up() -> Any:
    return panels.tiles(
        "Exporters",
        "Whether Prometheus could scrape each exporter. Down: nobody watches its models; nothing is lost, it goes on"
        " where it was.",
        Query(f"max by (instance) (up{{{FEEDS}}})", "{{instance}}", instant=True),
        _UP,
        _NO_EXPORTER,
    )


def _tick_age() -> str:
    return f"time() - {state('ml_exporter_last_tick_timestamp_seconds', 'instance', FEEDS)}"


def _last_tick(monitoring: Monitoring) -> Any:
    tick = monitoring.tick.seconds
    return panels.number(
        "Metrics are so old",
        f"How long ago the metrics were computed; it should be every {monitoring.tick}. A full or broken disk below the"
        " store is the usual cause of an age that grows.",
        Query(f"max({_tick_age()})", instant=True),
        "s",
        no_value="No exporter",
        colours=thresholds((None, GOOD), (4 * tick, DOUBTFUL), (10 * tick, BAD)),
    )


def _series() -> Any:
    return panels.number(
        "Series watched",
        "Versions and slices that the exporters keep.",
        Query(f"sum(ml_exporter_series{{{FEEDS}}})", instant=True),
        "locale",
        decimals=0,
        no_value="No exporter",
    )


def _folded() -> Any:
    return panels.number(
        "Folded together",
        "Versions and segment values that share __other__ because a limit was reached: raise max_segment_values or"
        " max_timeseries to tell them apart.",
        Query(f"sum(ml_exporter_series_folded{{{FEEDS}}})", instant=True),
        "locale",
        decimals=0,
        no_value="No exporter",
        colours=thresholds((None, GOOD), (1, DOUBTFUL)),
    )


def _errors() -> Any:
    return panels.number(
        "Feed errors",
        "Failed attempts to read a feed since the exporters started. Their logs say what is wrong.",
        Query(f"sum(ml_exporter_feed_errors_total{{{FEEDS}}})", instant=True),
        "locale",
        decimals=0,
        no_value="No exporter",
        colours=thresholds((None, GOOD), (1, DOUBTFUL)),
    )


def _age_of_tick(monitoring: Monitoring) -> Any:
    limit = 10 * monitoring.tick.seconds
    return panels.lines(
        "Age of the metrics",
        "How old what an exporter shows is. A line that climbs: it answers, but computes nothing.",
        [Query(_tick_age(), "{{instance}}")],
        "s",
        no_value=_NO_EXPORTER,
        from_zero=True,
    ).thresholds(thresholds((None, GOOD), (limit, BAD)))


def _tick_duration(monitoring: Monitoring) -> Any:
    limit = monitoring.tick.seconds
    return panels.lines(
        "How long computing takes",
        f"From the buckets to the ready text. From {monitoring.tick} (the tick) on, metrics come late: give models to"
        " another exporter, or make the tick longer.",
        [Query(state("ml_exporter_last_tick_duration_seconds", "instance", FEEDS), "{{instance}}")],
        "s",
        no_value=_NO_EXPORTER,
        from_zero=True,
    ).thresholds(thresholds((None, GOOD), (limit, BAD)))


def _scrape() -> Any:
    return panels.lines(
        "How long scraping takes",
        "As Prometheus measures it. It should be far below the scrape's timeout.",
        [Query(f"max by (instance) (scrape_duration_seconds{{{FEEDS}}})", "{{instance}}")],
        "s",
        no_value=_NO_EXPORTER,
        from_zero=True,
    )


def _feeds() -> Any:
    def total(family: str) -> str:
        return f"sum by (feed) ({family}{{{FEEDS}}})"

    newest = state("ml_exporter_feed_last_event_timestamp_seconds", "feed", FEEDS)
    return panels.rows(
        "Feeds",
        "What each feed has brought since the store was made. Newest event: by the event's own clock. Lost: removed by"
        " the source before it was read. Left to read: where the source tells it, as Kafka does.",
        [
            Column("Feed", label="feed"),
            Column("Events", total("ml_exporter_feed_events_total")),
            Column("Rejected", total("ml_exporter_feed_rejected_total")),
            Column("Duplicates", total("ml_exporter_duplicate_events_total")),
            Column("Errors", total("ml_exporter_feed_errors_total")),
            Column("Lost", total("ml_exporter_feed_lost_events_total")),
            Column("Left to read", total("ml_exporter_feed_lag_events")),
            Column("Newest event", f"1000 * ({newest} > 0)", unit="dateTimeFromNow", width=150),
        ],
        unit="locale",
        decimals=0,
        sort_by="Rejected",
        descending=True,
        no_value="-",
    )


def _catching_up() -> Any:
    return panels.timeline(
        "Backlogs",
        "When a feed of the model had a backlog: the gauges speak of the past that had been read by then.",
        Query(state("ml_catching_up", "model_name", FEEDS), "{{model_name}}"),
        _CATCHING_UP,
        _NO_EXPORTER,
    )


def _events() -> Any:
    return panels.lines(
        "Events read",
        "By feed, rejected ones included.",
        [Query(f"60 * {rate('ml_exporter_feed_events_total', 'feed', FEEDS)}", "{{feed}}")],
        _PER_MINUTE,
        no_value="No feed has brought an event",
        from_zero=True,
    )


def _waiting() -> Any:
    return panels.lines(
        "Waiting",
        "Predictions that wait for their label, and labels that wait for their prediction. Both growing: the ids do not"
        " fit together; `ml-exporter doctor` says why.",
        [
            Query(f"sum(ml_pending_predictions{{{FEEDS}}})", "Predictions"),
            Query(f"sum(ml_exporter_unmatched_labels{{{FEEDS}}})", "Labels"),
        ],
        "short",
        no_value="Nothing waits",
        from_zero=True,
    )


def _odd() -> Any:
    return panels.lines(
        "Duplicates, conflicts, corrections",
        "Events that were known already; labels that contradict the one that stands; labels that correct one.",
        [
            Query(f"60 * {rate('ml_exporter_duplicate_events_total', 'kind', FEEDS)}", "Duplicate {{kind}}"),
            Query(f"60 * {rate('ml_exporter_label_conflicts_total', 'job', FEEDS)}", "Conflicts"),
            Query(f"60 * {rate('ml_exporter_label_corrections_total', 'job', FEEDS)}", "Corrections"),
        ],
        _PER_MINUTE,
        no_value="None",
        from_zero=True,
    ).axis_soft_max(1)


def _lost() -> Any:
    return panels.lines(
        "Expired and late",
        "Predictions that no label reached within label_horizon, and outcomes that came after their bucket was closed.",
        [
            Query(f"60 * {rate('ml_exporter_expired_predictions_total', 'job', FEEDS)}", "Expired predictions"),
            Query(f"60 * {rate('ml_exporter_late_outcomes_total', 'job', FEEDS)}", "Late outcomes"),
        ],
        _PER_MINUTE,
        no_value="None",
        from_zero=True,
    ).axis_soft_max(1)


def _rules() -> Any:
    return panels.lines(
        "Rules that fail",
        "Rule evaluations of Prometheus that failed, of all its groups. An alert whose rule fails cannot fire.",
        [Query("60 * sum(rate(prometheus_rule_evaluation_failures_total[$__rate_interval]))", "Failed")],
        _PER_MINUTE,
        no_value=_NO_SERVERS,
        from_zero=True,
    ).axis_soft_max(1)


def _dropped() -> Any:
    dropped, failed = (f"prometheus_notifications_{name}_total" for name in ("dropped", "errors"))
    return panels.lines(
        "Alerts that Alertmanager did not get",
        "Alerts that Prometheus could not hand over: failed attempts, and alerts that were given up.",
        [
            Query(f"60 * sum(rate({failed}[$__rate_interval]))", "Failed"),
            Query(f"60 * sum(rate({dropped}[$__rate_interval]))", "Given up"),
        ],
        _PER_MINUTE,
        no_value=_NO_SERVERS,
        from_zero=True,
    ).axis_soft_max(1)


def _notified() -> Any:
    sent, failed = (f"alertmanager_notifications_{name}total" for name in ("", "failed_"))
    return panels.lines(
        "Notifications",
        "What Alertmanager sends to each kind of receiver, and what of it failed.",
        [
            Query(f"60 * sum by (integration) (rate({sent}[$__rate_interval]) > 0)", "{{integration}}"),
            Query(f"60 * sum(rate({failed}[$__rate_interval]))", "Failed"),
        ],
        _PER_MINUTE,
        no_value="Alertmanager is not scraped",
        from_zero=True,
    ).axis_soft_max(1)


def _collectors() -> Any:
    return panels.timeline(
        "Collectors",
        "Whether each collector of the machine's metrics worked. One that fails takes nothing else with it.",
        Query(f"min by (collector) (ml_exporter_collector_success{{{FEEDS}}})", "{{collector}}"),
        _COLLECTED,
        "Every collector is switched off",
    )


def _collecting() -> Any:
    return panels.lines(
        "How long collecting takes",
        "Of each collector. One that is slow holds up no scrape beyond its timeout.",
        [Query(state("ml_exporter_collector_duration_seconds", "collector", FEEDS), "{{collector}}")],
        "s",
        no_value="Every collector is switched off",
        from_zero=True,
    )


DASHBOARD = DashboardKind(
    "monitoring-itself",
    11,
    "Monitoring itself",
    "who runs ml-exporter",
    "Does anybody still watch the models, do events come in, and do they find each other?",
    of_exporters,
    _sections,
)
