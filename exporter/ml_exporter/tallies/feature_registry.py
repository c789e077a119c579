"""The features of models as codes, and the categories of each: bounded in number, never renumbered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from ml_exporter.catalogue import OTHER
from ml_exporter.catalogue.value_bins import value_bin
from ml_exporter.config import ModelSettings
from ml_exporter.config.feature import FeatureKind, FeatureSettings
from ml_exporter.events import Categorical, FeatureColumn, class_text
from ml_exporter.tallies.bin_names import BinName
from ml_exporter.tallies.feature_bins import FIRST_VALUE, MISMATCHED, MISSING, MOST_SLOTS, OTHER_CATEGORY, STRIDE

STATE = "features"

Translation = tuple[int, NDArray[np.int64]]
"""A feature's code here, and the bins here of another registry's first bins; those beyond are the same."""


@dataclass(frozen=True)
class EncodedFeature:
    """One feature's values as bins of its own."""

    slot: int
    """Its code."""

    bins: NDArray[np.int64]
    """(rows,): ``MISSING``, ``MISMATCHED``, or that of its value."""

    out_of_range: NDArray[np.bool_]
    """(rows,)"""


class Slot(msgspec.Struct):
    """One feature of a model, of one kind."""

    name: str
    kind: FeatureKind | None
    """None: no value has decided it yet."""

    categories: list[str] = msgspec.field(default_factory=list)
    """Names by code. Those that came first: a later one counts as ``__other__``, however frequent it is."""

    def code(self, category: str, limit: int) -> int:
        """Return the code of a category, a new one where there is room."""
        if category in self.categories:
            return self.categories.index(category)
        if len(self.categories) < limit and category != OTHER:
            self.categories.append(category)
            return len(self.categories) - 1
        return OTHER_CATEGORY


class FeatureRegistry:
    """Gives a code to each feature of a model, and to each of its categories. Kept, so that a replay agrees."""

    def __init__(self) -> None:
        self._slots: dict[str, list[Slot]] = {}
        self._stored = b""

    def slots(self, model: str) -> Sequence[Slot]:
        """Return the features that a model has had, by code."""
        return self._slots.get(model, [])

    def current(self, model: ModelSettings) -> list[tuple[int, FeatureSettings, Slot]]:
        """Return code, settings and slot of the features that a model watches and that have been seen."""
        slots = self.slots(model.name)
        found = []
        for feature in model.features:
            code = _place(slots, feature)
            if code is not None:
                found.append((code, feature, slots[code]))
        return found

    def encode(self, model: ModelSettings, features: Mapping[str, FeatureColumn], rows: int) -> list[EncodedFeature]:
        """Return the values of every feature that a model watches as bins.

        Args:
            model: its settings.
            features: by name, rows of this model only.
            rows: how many there are.
        """
        if not rows:
            return []
        encoded = []
        for feature in model.features:
            code = self._code(model.name, feature)
            if code is not None:
                column = features.get(feature.name) or _nothing(rows)
                encoded.append(_encode(code, self._slots[model.name][code], feature, column))
        return encoded

    def _code(self, model: str, feature: FeatureSettings) -> int | None:
        slots = self._slots.setdefault(model, [])
        code = _place(slots, feature)
        if code is None and len(slots) < MOST_SLOTS:
            slots.append(Slot(feature.name, feature.kind))
            return len(slots) - 1
        return code

    def adopt(self, model: ModelSettings, other: "FeatureRegistry") -> dict[int, Translation]:
        """Take over the features that another registry knows, with their kinds and categories.

        Returns:
            The other's code of each feature that has the same kind here.
        """
        translated = {}
        for theirs, feature, known in other.current(model):
            code = self._code(model.name, feature)
            if code is None:
                continue
            slot = self._slots[model.name][code]
            slot.kind = slot.kind or known.kind
            if slot.kind == known.kind:
                translated[theirs] = (code, _categories(slot, known, feature))
        return translated

    def bin_name(self, model: str, number: int) -> BinName:
        """Return the feature that a bin is of, and which of its bins it is."""
        code, own = divmod(number, STRIDE)
        slot = self._slots[model][code]
        if slot.kind == "categorical" and own >= FIRST_VALUE:
            category = own - FIRST_VALUE
            named = slot.categories[category] if category < len(slot.categories) else OTHER
            return BinName(slot.name, named, FIRST_VALUE)
        return BinName(slot.name, bin=own)

    def named_bin(self, model: ModelSettings, name: BinName) -> int | None:
        """Return a feature's bin; ``None`` where the model does not watch it.

        Values of another kind than the feature has here count as mismatched.
        """
        feature = next((feature for feature in model.features if feature.name == name.name), None)
        code = None if feature is None else self._code(model.name, feature)
        if feature is None or code is None:
            return None
        slot, own = self._slots[model.name][code], name.bin
        if own >= FIRST_VALUE:
            kind: FeatureKind = "numeric" if name.category is None else "categorical"
            slot.kind = slot.kind or kind
            if slot.kind != kind:
                own = MISMATCHED
            elif name.category is not None:
                own = FIRST_VALUE + slot.code(name.category, feature.max_categories)
        return code * STRIDE + own

    def changes(self) -> list[tuple[str, bytes | None]]:
        """Return name and bytes of what has to be stored since the last call."""
        now = msgspec.json.encode(self._slots)
        if now == self._stored or not self._slots:
            return []
        self._stored = now
        return [(STATE, now)]

    def restore(self, stored: bytes | None) -> None:
        """Take over what the ledger kept."""
        if stored:
            self._slots = msgspec.json.decode(stored, type=dict[str, list[Slot]])
            self._stored = stored


def _place(slots: Sequence[Slot], feature: FeatureSettings) -> int | None:
    """Return the code of a feature: the newest of its name that is not of another kind than configured."""
    for code in reversed(range(len(slots))):
        slot = slots[code]
        if slot.name == feature.name and (feature.kind is None or slot.kind in (None, feature.kind)):
            slot.kind = slot.kind or feature.kind
            return code
    return None


def _nothing(rows: int) -> FeatureColumn:
    texts = Categorical(np.full(rows, -1, dtype=np.int32), ())
    return FeatureColumn(np.full(rows, np.nan), texts, np.zeros(rows, dtype=np.bool_))


def _encode(code: int, slot: Slot, feature: FeatureSettings, column: FeatureColumn) -> EncodedFeature:
    is_number, is_text = ~np.isnan(column.numbers), column.texts.codes >= 0
    if slot.kind is None and (is_number | is_text).any():
        slot.kind = "numeric" if is_number[int(np.argmax(is_number | is_text))] else "categorical"
    bins = np.where(column.missing, MISSING, MISMATCHED).astype(np.int64)
    out_of_range = np.zeros(len(column), dtype=np.bool_)
    if slot.kind == "numeric":
        bins[is_number] = FIRST_VALUE + value_bin(column.numbers[is_number])
        if feature.range is not None:
            low, high = feature.range
            out_of_range = is_number & ~((column.numbers >= low) & (column.numbers <= high))
    elif slot.kind == "categorical":
        named = _spelled(column)
        known = named.codes >= 0
        bins[known] = FIRST_VALUE + _category_codes(slot, named, feature.max_categories)[known]
    return EncodedFeature(code, bins, out_of_range)


def _spelled(column: FeatureColumn) -> Categorical:
    """Return texts, and numbers as the texts that they are as categories."""
    is_number = ~np.isnan(column.numbers)
    if not is_number.any():
        return column.texts
    unique, place = np.unique(column.numbers[is_number], return_inverse=True)
    codes = column.texts.codes.copy()
    codes[is_number] = len(column.texts.values) + place
    return Categorical(codes, (*column.texts.values, *map(class_text, unique.tolist())))


def _category_codes(slot: Slot, named: Categorical, limit: int) -> NDArray[np.int64]:
    """Return the code of each row's category; new ones are numbered in the order of the rows."""
    present, first = np.unique(named.codes, return_index=True)
    codes = np.zeros(len(named.values) + 1, dtype=np.int64)
    for code in present[np.argsort(first)].tolist():
        if code >= 0:
            codes[code] = slot.code(named.values[code], limit)
    return codes[named.codes]


def _categories(slot: Slot, known: Slot, feature: FeatureSettings) -> NDArray[np.int64]:
    """Return the bins here of another slot's bins."""
    last = FIRST_VALUE + OTHER_CATEGORY + 1
    bins = np.arange(last, dtype=np.int64)
    if slot.kind == "categorical":
        for code, name in enumerate(known.categories):
            bins[FIRST_VALUE + code] = FIRST_VALUE + slot.code(name, feature.max_categories)
    return bins
