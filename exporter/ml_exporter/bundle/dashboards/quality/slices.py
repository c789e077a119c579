"""Where does it go wrong?"""

from collections.abc import Callable, Sequence
from typing import Any

from ml_exporter.bundle.dashboards import panels
from ml_exporter.bundle.dashboards.panels import Column, Query
from ml_exporter.bundle.dashboards.queries import WINDOWED, chosen, metric_value, sliced, state
from ml_exporter.bundle.dashboards.variables import choice
from ml_exporter.catalogue import Metric

VARIABLE = "slice_metric"
NO_SLICES = "No outcomes by slice: no labels yet, or no `segments` in monitoring.yml"
_OF_SLICE = "segment_key, segment_value"
_LONG_BEFORE = "$before"


def sliced_by(metrics: Sequence[Metric]) -> Any:
    """Return the variable that chooses which metric the slices show."""
    return choice(VARIABLE, "Slices show", {metric.id: metric.title for metric in metrics})


def worst_slices(metrics: Sequence[Metric], further: str = "") -> Any:
    """Return a table of slices, worst first.

    Args:
        metrics: those that can be chosen.
        further: further matchers, such as of the segment key.
    """
    matchers = f"{WINDOWED}{further}"
    bounded = [metric for metric in metrics if metric.interval is not None]
    return panels.rows(
        f"${{{VARIABLE}:text}} by slice, worst first",
        "A fall that stands in one slice points to its cause; a fall everywhere points to the model or its input.",
        [
            Column("Slice", label="slice", width=150),
            Column("Value", _by_slice(metrics, lambda metric: sliced(metric, _OF_SLICE, matchers=matchers))),
            Column("From", _by_slice(bounded, lambda metric: sliced(metric, _OF_SLICE, "lower", matchers))),
            Column("To", _by_slice(bounded, lambda metric: sliced(metric, _OF_SLICE, "upper", matchers))),
            Column("Worse by", _by_slice(metrics, lambda metric: _worse(metric, matchers))),
            Column(
                "Outcomes", _named(state("ml_segment_window_outcomes", _OF_SLICE, matchers)), unit="locale", decimals=0
            ),
        ],
        unit="none",
        decimals=3,
        sort_by="Worse by",
        descending=True,
        no_value=NO_SLICES,
    )


def slices_over_time(metrics: Sequence[Metric], further: str = "") -> Any:
    """Return the slices' values over time. Arguments as for ``worst_slices``."""
    matchers = f"{WINDOWED}{further}"
    return panels.lines(
        f"${{{VARIABLE}:text}} by slice over time",
        "The same over time: which slice fell, and when.",
        [Query(_by_slice(metrics, lambda metric: sliced(metric, _OF_SLICE, matchers=matchers)), "{{slice}}")],
        "none",
        no_value=NO_SLICES,
    )


def explaining_slices(metrics: Sequence[Metric], further: str = "") -> Any:
    """Return what each slice contributes to the change since some time before. Arguments as for ``worst_slices``."""
    matchers = f"{WINDOWED}{further}"

    def change(metric: Metric) -> str:
        now = sliced(metric, _OF_SLICE, matchers=matchers)
        then = sliced(metric, _OF_SLICE, matchers=matchers, ago=_LONG_BEFORE)
        return f"({now} - {then})" if metric.direction == "lower" else f"({then} - {now})"

    outcomes = state("ml_segment_window_outcomes", _OF_SLICE, matchers)
    share = f"{outcomes} / on (segment_key) group_left () sum by (segment_key) ({outcomes})"
    return panels.rows(
        f"${{{VARIABLE}:text}}: slices that explain the change since ${{before:text}}",
        "By how much each slice is worse than it was then, and how much of the whole change that makes: its own change"
        " times its share of the outcomes. One slice with nearly all of it points to the cause.",
        [
            Column("Slice", label="slice", width=150),
            Column("Now", _by_slice(metrics, lambda metric: sliced(metric, _OF_SLICE, matchers=matchers))),
            Column(
                "Then",
                _by_slice(metrics, lambda metric: sliced(metric, _OF_SLICE, matchers=matchers, ago=_LONG_BEFORE)),
            ),
            Column("Worse by", _by_slice(metrics, change)),
            Column("Share", _named(share), unit="percentunit", decimals=0),
            Column("Contributes", _named(f"({share}) * on ({_OF_SLICE}) ({_chosen(metrics, change)})")),
        ],
        unit="none",
        decimals=3,
        sort_by="Contributes",
        descending=True,
        no_value=NO_SLICES,
    )


def before() -> Any:
    """Return the variable that says with when it is compared."""
    return choice(
        "before",
        "Compared with",
        {"6h": "6 hours ago", "1h": "an hour ago", "1d": "a day ago", "7d": "a week ago"},
    )


def _worse(metric: Metric, matchers: str) -> str:
    value = sliced(metric, _OF_SLICE, matchers=matchers)
    whole = f"on () group_left () max ({metric_value(metric)})"
    return f"({value} - {whole})" if metric.direction == "lower" else f"(-({value}) + {whole})"


def _by_slice(metrics: Sequence[Metric], expression: Callable[[Metric], str]) -> str:
    return _named(_chosen(metrics, expression))


def _chosen(metrics: Sequence[Metric], expression: Callable[[Metric], str]) -> str:
    return chosen({metric.id: expression(metric) for metric in metrics}, VARIABLE)


def _named(expression: str) -> str:
    """Return one value a slice, called ``key = value``."""
    return f'max by (slice) (label_join({expression}, "slice", " = ", "segment_key", "segment_value"))'
