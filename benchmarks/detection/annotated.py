"""The annotated series of van den Burg and Williams that river ships, cut the way they were shown to annotators."""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from river.drift import datasets
from river.drift.datasets.base import ChangePointFileDataset

from benchmarks.detection.contenders import Floats
from benchmarks.detection.scores import Annotations

Row = dict[str, str]


@dataclass(frozen=True)
class Series:
    """A series and where people see changes in it."""

    name: str
    values: Floats
    """(points, dimensions), each with mean 0 and standard deviation 1."""

    annotations: Annotations


def load() -> list[Series]:
    """Return the seven series."""
    return [
        _series("brent_spot", datasets.BrentSpotPrice(), _every_tenth_from_2000, ["DPB"]),
        _series("apple", datasets.Apple(), lambda rows: rows[1::3], ["Close", "Volume"]),
        _series("bitcoin", datasets.Bitcoin(), _until_june_2019, ["price"]),
        _series("occupancy", datasets.Occupancy(), list, ["V1", "V2", "V3", "V4"]),
        _series("run_log", datasets.RunLog(), list, ["Pace", "Distance"]),
        _series("uk_coal_employ", datasets.UKCoalEmploy(), list, ["Employment"]),
        _series("jfk_passengers", datasets.AirlinePassengers(), list, ["Total Passengers"]),
    ]


def _every_tenth_from_2000(rows: list[Row]) -> list[Row]:
    sampled = rows[::10]
    first = next(place for place, row in enumerate(sampled) if row["day"].endswith("2000"))
    return sampled[first:]


def _until_june_2019(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row["date"] <= "2019-06-19"]


def _series(
    name: str, dataset: ChangePointFileDataset, cut: Callable[[list[Row]], list[Row]], columns: list[str]
) -> Series:
    with Path(dataset.path).open(encoding="utf-8", newline="") as file:
        rows = cut(list(csv.DictReader(file)))
    values = np.array([[float(row[column] or "nan") for column in columns] for row in rows])
    scaled = (values - np.nanmean(values, axis=0)) / np.nanstd(values, axis=0)
    return Series(name, scaled, dataset.annotations)
