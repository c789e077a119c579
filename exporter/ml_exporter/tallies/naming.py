"""Between the sums of a store, under its codes, and sums under names, which any other store can take."""

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from ml_exporter.config import ModelSettings
from ml_exporter.events import Categorical, NamedSums
from ml_exporter.tallies.bin_names import BinName, BinNames
from ml_exporter.tallies.buckets import BucketKey, Buckets
from ml_exporter.tallies.kind import Tally
from ml_exporter.tallies.series import SeriesKey, SeriesRegistry
from ml_exporter.tallies.sums import Sums, numbered

Registries = Mapping[str, BinNames]
"""By what a tally's ``coded_by`` says."""


def named(buckets: Buckets, registry: SeriesRegistry, registries: Registries) -> NamedSums:
    """Return all that buckets hold, one series after the other."""
    parts = [(key, sums) for key, sums in buckets.everything() if len(sums.cells)]
    widest = max((sums.values.shape[1] for _, sums in parts), default=1)
    rows = [len(sums.cells) for _, sums in parts]
    tallies = [buckets.tallies[key.tally] for key, _ in parts]
    series = _joined([sums.cells // tally.bins for (_, sums), tally in zip(parts, tallies, strict=True)])
    bins = _joined([sums.cells % tally.bins for (_, sums), tally in zip(parts, tallies, strict=True)])
    values = np.zeros((len(series), widest))
    for end, (_, sums) in zip(np.cumsum(rows), parts, strict=True):
        values[end - len(sums.cells) : end, : sums.values.shape[1]] = sums.values
    part = np.repeat(np.arange(len(parts)), rows)
    order = np.argsort(series, kind="stable")
    series, bins, part = series[order], bins[order], part[order]
    coded = np.flatnonzero(np.array([tally.coded_by is not None for tally in tallies], dtype=np.bool_)[part])
    names = _bin_names([tallies[place] for place in part[coded]], series[coded], bins[coded], registry, registries)
    bins[coded] = [name.bin for name in names]
    model, version, segment_key, segment_value = _series_names(series, registry)
    return NamedSums(
        model=model,
        version=version,
        segment_key=segment_key,
        segment_value=segment_value,
        tally=_of_parts([key.tally for key, _ in parts], part),
        clock=_of_parts([key.clock for key, _ in parts], part),
        width=np.array([key.width for key, _ in parts])[part],
        start=np.array([np.nan if key.start is None else key.start for key, _ in parts])[part],
        name=_of_rows([name.name for name in names], coded, len(bins)),
        category=_of_rows([name.category for name in names], coded, len(bins)),
        bin=bins,
        columns=np.array([sums.values.shape[1] for _, sums in parts], dtype=np.int64)[part],
        values=values[order],
    )


def _joined(arrays: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    return np.concatenate([np.empty(0, dtype=np.int64), *arrays])


def _of_parts(texts: list[str], part: NDArray[np.intp]) -> Categorical:
    different = Categorical.of(texts)
    return Categorical(different.codes[part], different.values)


def _series_names(series: NDArray[np.int64], registry: SeriesRegistry) -> list[Categorical]:
    keys = registry.keys
    columns = (
        [key.model for key in keys],
        [key.version for key in keys],
        [key.segment_key for key in keys],
        [key.segment_value for key in keys],
    )
    texts = [Categorical.of(column) for column in columns]
    return [Categorical(text.codes[series], text.values) for text in texts]


def _of_rows(texts: list[str | None], rows: NDArray[np.intp], count: int) -> Categorical:
    """Return texts of some of the rows; the others have none."""
    different = Categorical.of(texts)
    codes = np.full(count, -1, dtype=np.int32)
    codes[rows] = different.codes
    return Categorical(codes, different.values)


def _bin_names(
    tallies: list[Tally],
    series: NDArray[np.int64],
    bins: NDArray[np.int64],
    registry: SeriesRegistry,
    registries: Registries,
) -> list[BinName]:
    """Return the name of each row's bin."""
    known: dict[tuple[str, str, int], BinName] = {}
    names = []
    for tally, code, number in zip(tallies, series.tolist(), bins.tolist(), strict=True):
        coded_by = tally.coded_by or ""
        which = (coded_by, registry.keys[code].model, number)
        if which not in known:
            known[which] = registries[coded_by].bin_name(which[1], which[2])
        names.append(known[which])
    return names


def add_named(
    sums: NamedSums,
    buckets: Buckets,
    registry: SeriesRegistry,
    registries: Registries,
    models: Mapping[str, ModelSettings],
    at: float,
) -> None:
    """Add sums under names to buckets. What nobody asks for here is passed over: a tally, a segment, a feature.

    Args:
        sums: of configured models only.
        buckets: take them.
        registry: gives codes to series, within their limits.
        registries: give numbers to bins.
        models: by name.
        at: the time of looking, seconds since the epoch.
    """
    series = _series_codes(sums, registry)
    for key, rows in _by_bucket(sums):
        tally = buckets.tallies.get(key.tally)
        if tally is None:
            continue
        numbers = sums.bin[rows]
        if tally.coded_by is not None:
            numbers = _numbers(sums, rows, registries[tally.coded_by], models)
        inside = (numbers >= 0) & (numbers < tally.bins)  # what lies beyond would be another series
        meant = (series[rows] >= 0) & inside & _taken(sums.model.codes[rows], sums.model.values, tally, models)
        cells = series[rows][meant] * tally.bins + numbers[meant]
        buckets.add(key, Sums.fold(cells, sums.values[rows[meant], : len(tally.columns)]), at)


def _series_codes(sums: NamedSums, registry: SeriesRegistry) -> NDArray[np.int64]:
    """Return the code of each row's series, -1: none; new ones are numbered in the order of the rows."""
    position = np.zeros(len(sums), dtype=np.int64)
    for column in (sums.model, sums.version, sums.segment_key, sums.segment_value):
        _, position = numbered(position * (len(column.values) + 1) + column.codes + 1)
        position = position.astype(np.int64)
    _, first, place = np.unique(position, return_index=True, return_inverse=True)
    codes = np.empty(len(first), dtype=np.int64)
    for number in np.argsort(first).tolist():
        row = int(first[number])
        key, value = sums.segment_key.codes[row], sums.segment_value.codes[row]
        code = registry.code_of(
            SeriesKey(
                sums.model.values[sums.model.codes[row]],
                sums.version.values[sums.version.codes[row]],
                None if key < 0 else sums.segment_key.values[key],
                None if value < 0 else sums.segment_value.values[value],
            )
        )
        codes[number] = -1 if code is None else code
    return codes[place]


def _by_bucket(sums: NamedSums) -> Iterator[tuple[BucketKey, NDArray[np.intp]]]:
    """Yield each bucket and its rows."""
    if not len(sums):
        return
    columns = (sums.tally.codes, sums.clock.codes, sums.width, np.nan_to_num(sums.start, nan=-1.0))
    order = np.lexsort(columns[::-1])
    changes = np.zeros(len(order), dtype=np.bool_)
    for column in columns:
        changes[1:] |= np.diff(column[order]) != 0
    for rows in np.split(order, np.flatnonzero(changes)):
        row = int(rows[0])
        start = float(sums.start[row])
        yield (
            BucketKey(
                sums.tally.values[sums.tally.codes[row]],
                sums.clock.values[sums.clock.codes[row]],
                float(sums.width[row]),
                None if np.isnan(start) else start,
            ),
            rows,
        )


def _numbers(
    sums: NamedSums, rows: NDArray[np.intp], registry: BinNames, models: Mapping[str, ModelSettings]
) -> NDArray[np.int64]:
    """Return the number here of each row's bin, -1: none."""
    known: dict[tuple[int, int, int, int], int | None] = {}
    columns = (sums.model.codes[rows], sums.name.codes[rows], sums.category.codes[rows], sums.bin[rows])
    numbers = np.empty(len(rows), dtype=np.int64)
    for place, which in enumerate(zip(*(column.tolist() for column in columns), strict=True)):
        if which not in known:
            model, name, category, number = which
            text = None if category < 0 else sums.category.values[category]
            known[which] = registry.named_bin(
                models[sums.model.values[model]], BinName(sums.name.values[name], text, number)
            )
        found = known[which]
        numbers[place] = -1 if found is None else found
    return numbers


def _taken(
    codes: NDArray[np.int32], names: tuple[str, ...], tally: Tally, models: Mapping[str, ModelSettings]
) -> NDArray[np.bool_]:
    return np.array([name in models and tally.takes(models[name]) for name in names], dtype=np.bool_)[codes]
