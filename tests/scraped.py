"""Reading /metrics as Prometheus' own client reads it."""

import math
from collections.abc import Iterator, Mapping

from prometheus_client.parser import text_string_to_metric_families

Key = tuple[str, frozenset[tuple[str, str]]]
"""A sample's name and labels."""


def key(name: str, /, **labels: str) -> Key:
    """Return the key of a sample."""
    return name, frozenset(labels.items())


class Scraped(Mapping[Key, float]):
    """The samples of /metrics; reading fails where one stands there twice or is no number."""

    def __init__(self, text: bytes) -> None:
        self._samples: dict[Key, float] = {}
        for family in text_string_to_metric_families(text.decode()):
            for sample in family.samples:
                found = key(sample.name, **sample.labels)
                assert found not in self._samples, f"{found} stands there twice"
                assert not math.isnan(sample.value), f"{found} is no number"
                self._samples[found] = sample.value

    def __getitem__(self, sample: Key) -> float:
        return self._samples[sample]

    def __iter__(self) -> Iterator[Key]:
        return iter(self._samples)

    def __len__(self) -> int:
        return len(self._samples)

    def one(self, name: str, /, **labels: str) -> float:
        """Return the only sample of that name which has these labels, whatever others it has besides."""
        (value,) = self.all(name, **labels).values()
        return value

    def all(self, name: str, /, **labels: str) -> dict[Key, float]:
        """Return the samples of that name which have these labels."""
        wanted = set(labels.items())
        return {found: value for found, value in self.items() if found[0] == name and wanted <= found[1]}

    def names(self) -> set[str]:
        """Return the names of all samples."""
        return {name for name, _ in self}
