"""The families of the catalogue that have several samples a series: one for each class, bin, threshold, ..."""

from collections import defaultdict
from collections.abc import Iterable

from ml_exporter import catalogue
from ml_exporter.catalogue import Family, Spread
from ml_exporter.catalogue.definition import segment_family
from ml_exporter.config import Monitoring
from ml_exporter.snapshot.families import Column, Samples
from ml_exporter.snapshot.groups import Group, groups
from ml_exporter.snapshot.observation import Observation
from ml_exporter.windows import Totals

_Collected = dict[Family, list[Column]]


def fill(observation: Observation) -> Iterable[Samples]:
    """Fill the families of all spreads."""
    collected: _Collected = defaultdict(list)
    exposed = [spread for spread in catalogue.spreads() if _is_exposed(spread, observation.monitoring)]
    grouped = {sliced: groups(observation.monitoring, observation.series, slices=sliced) for sliced in (True, False)}
    for spread in exposed:
        times = [observation.lifetime] if spread.since_the_beginning else observation.windows
        for group in grouped[spread.sliced]:
            if spread.applies(group.model.task, group.model.offers):
                for totals in times:
                    _fill_spread(collected, spread, group, totals)
    return [Samples(family, columns=columns) for family, columns in collected.items()]


def _is_exposed(spread: Spread, monitoring: Monitoring) -> bool:
    return any(monitoring.exposes(family.name) for family in spread.families())


def _fill_spread(collected: _Collected, spread: Spread, group: Group, totals: Totals) -> None:
    window = (totals.label,) if totals.label else ()
    for labels, values in spread.rows(group.statistics(totals), group.model):
        collected[spread.family].append(group.versions.column(values, *window, *labels))
        if group.slices.keys:
            collected[segment_family(spread.family)].append(group.slices.column(values, *window, *labels))
