"""Labels as both formats write them."""

from collections.abc import Sequence

from ml_exporter.catalogue import Family, series_labels
from ml_exporter.snapshot.families import Labels, series_label_values
from ml_exporter.tallies import SeriesKey


def pairs(names: Sequence[str], values: Sequence[str]) -> str:
    """Write labels, without the braces around them.

    Raises:
        ValueError: there are not as many values as names.
    """
    return ",".join(f'{name}="{escaped(value)}"' for name, value in zip(names, values, strict=True))


def escaped(value: str) -> str:
    """Write a label's value so that it stays in its quotes and on its line."""
    return value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")


def own_labels(key: SeriesKey) -> tuple[str, ...]:
    """Return the names of the labels that say which series it is."""
    return series_labels(window=False, segment=key.is_slice)


def beginning(name: str, labels: str) -> bytes:
    """Return all of a sample's line before its value, from the end of the line before it on."""
    return (f"\n{name}{{{labels}}} " if labels else f"\n{name} ").encode()


class SeriesText:
    """What the lines of many families have in common: the labels of their series, written once a rendering."""

    def __init__(self) -> None:
        self._written: dict[int, tuple[tuple[SeriesKey, ...], list[bytes]]] = {}
        """By identity of the keys, which are kept so that none other takes it."""

    def beginnings(self, family: Family, keys: tuple[SeriesKey, ...], further: Labels) -> list[bytes]:
        """Return the beginnings of the lines of some series, all of the same kind, in one family.

        Args:
            family: its labels are the series' own, then the further ones.
            keys: the series.
            further: values of the further labels.

        Raises:
            ValueError: the family has other labels.
        """
        if not keys:
            return []
        names = own_labels(keys[0])
        if family.labels[: len(names)] != names:
            raise ValueError(f"the labels of {family.name} do not begin with {', '.join(names)}")
        rest = pairs(family.labels[len(names) :], further)
        begin, end = f"\n{family.name}{{".encode(), (f",{rest}}} " if rest else "} ").encode()
        return [begin + text + end for text in self._texts(keys)]

    def _texts(self, keys: tuple[SeriesKey, ...]) -> list[bytes]:
        known = self._written.get(id(keys))
        if known is None:
            texts = [pairs(own_labels(key), series_label_values(key)).encode() for key in keys]
            self._written[id(keys)] = known = (keys, texts)
        return known[1]
