"""The series that tallies are kept for: a model's version, or one slice of it. Each has a code that never changes."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec
import numpy as np
import xxhash
from numpy.typing import NDArray

from ml_exporter.catalogue import OTHER
from ml_exporter.config import ModelSettings
from ml_exporter.events import Categorical, Predictions
from ml_exporter.tallies.sums import numbered

STATE = "series"
FOLDED_PREFIX = "folded/"
_FOLDED_REMEMBERED = 10_000


@dataclass(frozen=True)
class SeriesKey:
    """A model's version, or one slice of it."""

    model: str
    version: str
    segment_key: str | None = None
    segment_value: str | None = None

    @property
    def is_slice(self) -> bool:
        """Whether it is a slice."""
        return self.segment_key is not None

    @property
    def digest(self) -> int:
        """Return a number that stands for it: two keys have the same one with odds of 1 in 10^19."""
        return xxhash.xxh3_64_intdigest(msgspec.json.encode(self))


@dataclass(frozen=True)
class Budget:
    """How many time series of a model one version and one slice make, and how many it may have."""

    version: int
    slice: int
    limit: int


class SeriesRegistry:
    """Gives codes to series, within each model's limits. Which value has a slot is stored, so a replay agrees.

    A code is for ever, but a version that is retired gives the time series that it made back to its model.
    """

    def __init__(self, models: Mapping[str, ModelSettings], budgets: Mapping[str, Budget]) -> None:
        self.keys: list[SeriesKey] = []
        self._models = models
        self._budgets = budgets
        self._codes: dict[SeriesKey, int] = {}
        self._segment_values: dict[tuple[str, str], set[str]] = defaultdict(set)
        self._spent: dict[str, int] = defaultdict(int)
        self._folded: dict[str, set[int]] = defaultdict(set)
        """Model to the digests of the series that share ``__other__``."""

        self._folded_changed: set[str] = set()
        self._stored = 0
        self._width = 1 + max((len(model.segments) for model in models.values()), default=0)

    def assign(self, predictions: Predictions) -> NDArray[np.int32]:
        """Return the codes of the series that each prediction belongs to, (rows, 1 + slices), -1: none."""
        members = np.full((len(predictions), self._width), -1, dtype=np.int32)
        members[:, 0] = self._versions(predictions.model, predictions.version)
        for segment_key, values in predictions.segments.items():
            self._slices(members, segment_key, values)
        return members

    def _versions(self, model: Categorical, version: Categorical) -> NDArray[np.int32]:
        models, versions, position = _different_pairs(model.codes, version.codes)
        codes = [
            self._code(SeriesKey(model.values[model_code], version.values[version_code]))
            for model_code, version_code in zip(models, versions, strict=True)
        ]
        return np.array(codes, dtype=np.int32)[position]

    def _slices(self, members: NDArray[np.int32], segment_key: str, values: Categorical) -> None:
        present = values.codes >= 0
        versions, segment_values, position = _different_pairs(members[present, 0], values.codes[present])
        codes, columns = [], []
        for overall, value_code in zip(versions, segment_values, strict=True):
            whole = self.keys[overall]
            codes.append(self._code(SeriesKey(whole.model, whole.version, segment_key, values.values[value_code])))
            columns.append(1 + self._models[whole.model].segments.index(segment_key))
        if codes:
            members[np.flatnonzero(present), np.array(columns)[position]] = np.array(codes, dtype=np.int32)[position]

    def code_of(self, key: SeriesKey) -> int | None:
        """Return the code of a series, a new one where there is room, else that of ``__other__``.

        ``None``: it is a slice by a key that its model is not sliced by.
        """
        overall = self._code(SeriesKey(key.model, key.version))
        if not key.is_slice:
            return overall
        if key.segment_key not in self._models[key.model].segments:
            return None
        return self._code(SeriesKey(key.model, self.keys[overall].version, key.segment_key, key.segment_value))

    def _code(self, key: SeriesKey) -> int:
        code = self._codes.get(key)
        if code is not None:
            return code
        if self._has_room(key):
            self._forget_folded(key)
            return self._register(key)
        self._remember_folded(key)
        rest = (
            SeriesKey(key.model, key.version, key.segment_key, OTHER) if key.is_slice else SeriesKey(key.model, OTHER)
        )
        code = self._codes.get(rest)
        return code if code is not None else self._register(rest)

    def _has_room(self, key: SeriesKey) -> bool:
        budget = self._budgets[key.model]
        spent = self._spent[key.model]
        if not key.is_slice:
            return spent == 0 or spent + budget.version <= budget.limit
        values = self._segment_values[(key.model, key.segment_key or "")]
        known = key.segment_value in values
        if not known and len(values) >= self._models[key.model].max_segment_values:
            return False
        return spent + budget.slice <= budget.limit

    def _register(self, key: SeriesKey) -> int:
        code = len(self.keys)
        self.keys.append(key)
        self._codes[key] = code
        self._spent[key.model] += self._price(key)
        if key.is_slice and key.segment_value != OTHER:
            self._segment_values[(key.model, key.segment_key or "")].add(key.segment_value or "")
        return code

    def _price(self, key: SeriesKey) -> int:
        """Return how many time series a series makes; none where its model is configured no longer."""
        budget = self._budgets.get(key.model)
        if budget is None:
            return 0
        return budget.slice if key.is_slice else budget.version

    def retire_all_but(self, live: Iterable[SeriesKey]) -> None:
        """Note which series are exposed: only these count against their model's limit."""
        self._spent.clear()
        for key in live:
            self._spent[key.model] += self._price(key)

    def _remember_folded(self, key: SeriesKey) -> None:
        folded = self._folded[key.model]
        if len(folded) < _FOLDED_REMEMBERED and key.digest not in folded:
            folded.add(key.digest)
            self._folded_changed.add(key.model)

    def _forget_folded(self, key: SeriesKey) -> None:
        folded = self._folded[key.model]
        if folded and key.digest in folded:
            folded.remove(key.digest)
            self._folded_changed.add(key.model)

    def folded(self, model: str) -> int:
        """Return how many versions and segment values were seen to share ``__other__`` (counted to 10,000)."""
        return len(self._folded[model])

    def changes(self) -> list[tuple[str, bytes | None]]:
        """Return name and bytes of what has to be stored since the last call."""
        changed: list[tuple[str, bytes | None]] = [
            (FOLDED_PREFIX + model, np.array(sorted(self._folded[model]), dtype="<u8").tobytes())
            for model in sorted(self._folded_changed)
        ]
        self._folded_changed.clear()
        if self._stored < len(self.keys):
            self._stored = len(self.keys)
            rows = [(key.model, key.version, key.segment_key, key.segment_value) for key in self.keys]
            changed.append((STATE, msgspec.json.encode(rows)))
        return changed

    def restore(self, stored: bytes | None, folded: Mapping[str, bytes]) -> None:
        """Take over the codes that the ledger kept, and what it kept under the prefix ``folded/``."""
        rows = msgspec.json.decode(stored, type=list[tuple[str, str, str | None, str | None]]) if stored else []
        for row in rows:
            self._register(SeriesKey(*row))
        self._stored = len(self.keys)
        for name, digests in folded.items():
            self._folded[name.removeprefix(FOLDED_PREFIX)] = set(np.frombuffer(digests, dtype="<u8").tolist())


def _different_pairs(
    first: NDArray[np.int32], second: NDArray[np.int32]
) -> tuple[list[int], list[int], NDArray[np.intp]]:
    """Return the different pairs of two columns of codes, rising, and the place of each row's pair among them."""
    size = int(second.max(initial=0)) + 1
    pairs, position = numbered(first.astype(np.int64) * size + second)
    return (pairs // size).tolist(), (pairs % size).tolist(), position
