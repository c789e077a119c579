"""Series are computed in groups that take no more memory than is said."""

from typing import Any, cast

import numpy as np
import pytest

from ml_exporter import catalogue
from ml_exporter.config import ModelSettings
from ml_exporter.snapshot import groups as groups_module
from ml_exporter.snapshot.groups import bytes_a_series, groups
from ml_exporter.tallies import SeriesKey, Sums, discover
from ml_exporter.windows import Totals
from tests.snapshot.golden import CONFIGURATION

_SERIES = 3


@pytest.mark.parametrize("slices", [True, False], ids=["with slices", "overall"])
@pytest.mark.parametrize("model", CONFIGURATION.models, ids=lambda model: model.name)
def test_statistics_take_no_more_than_their_group_counts_on(model: ModelSettings, *, slices: bool) -> None:
    sums = {tally.name: Sums.empty(len(tally.columns)) for tally in discover()}
    totals = Totals("1h", sums, {tally.name: tally for tally in discover()}, sums)
    statistics = totals.statistics(np.arange(_SERIES), model)
    for metric in catalogue.metrics():
        if metric.applies(model.task, model.offers) and (metric.sliced or not slices):
            metric.estimate(statistics)
    for spread in catalogue.spreads():
        if spread.applies(model.task, model.offers) and spread.sliced == slices and not spread.since_the_beginning:
            list(spread.rows(statistics, model))
    taken = sum(table.nbytes for table in cast("Any", statistics)._made.values())
    assert 0 < taken <= _SERIES * bytes_a_series(model, slices=slices)


def test_a_group_has_as_many_series_as_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    model = CONFIGURATION.models[0]
    monkeypatch.setattr(groups_module, "MOST_BYTES", 5 * bytes_a_series(model, slices=True))
    series = [(code, SeriesKey(model.name, "v1", "country", str(code))) for code in range(12)]
    found = groups(CONFIGURATION, series, slices=True)
    assert [len(group.keys) for group in found] == [5, 5, 2]
    assert [key for group in found for key in group.keys] == [key for _, key in series]
