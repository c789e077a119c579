"""Ids that mean the same and are written in two ways: which difference in form would make them match?"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, takewhile

Form = Callable[[str], str]

_FRACTION = re.compile(r"(?<=[0-9])\.0*$")
_UUID = re.compile(r"\{?[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}\}?")
_ZEROS = re.compile(r"(?<![0-9.])0+(?=[0-9])")
_LOOKED_AT = 1000
"""So many ids of each side tell which differences there can be."""

_FEWEST_FOR_AFFIX = 3
"""A prefix is one where so many ids have it."""


@dataclass(frozen=True)
class Guess:
    """What would have to be done to both sides for ids to match."""

    differences: tuple[str, ...]
    """What the sides differ in, such as ``upper and lower case``."""

    matches: int
    """How many labels would match."""

    examples: tuple[tuple[str, str], ...]
    """A label's id, and the prediction's that it would match."""


def guess(labels: Sequence[str], predictions: Sequence[str]) -> Guess | None:
    """Find the fewest differences in form that, laid aside, let most labels match.

    Args:
        labels: ids that match no prediction.
        predictions: ids.

    Returns:
        The best guess; None where none lets any label match.
    """
    looked_at = [*labels[:_LOOKED_AT], *predictions[:_LOOKED_AT]]
    forms = {name: form for name, form in _forms(labels, predictions) if any(form(one) != one for one in looked_at)}
    best: Guess | None = None
    for names in (names for size in (1, 2, 3) for names in combinations(forms, size)):
        found = _with([forms[name] for name in names], labels, predictions)
        if found and (best is None or len(found) > best.matches):
            best = Guess(names, len(found), tuple(found[:3]))
    return best


def _with(forms: Sequence[Form], labels: Sequence[str], predictions: Sequence[str]) -> list[tuple[str, str]]:
    """Return the labels that match a prediction once the forms are laid aside, each with the prediction's id."""

    def bare(identifier: str) -> str:
        for form in forms:
            identifier = form(identifier)
        return identifier

    known = {bare(one): one for one in predictions}
    known.pop("", None)
    return [(one, known[bare(one)]) for one in labels if bare(one) in known]


def _forms(labels: Sequence[str], predictions: Sequence[str]) -> Iterator[tuple[str, Form]]:
    """Yield differences in the order in which they are laid aside, each with what does so."""
    yield "whitespace around ids", str.strip
    yield "numbers written as 12.0", _without_fraction
    yield "dashes or braces of UUIDs", _plain_uuid
    yield "upper and lower case", str.casefold
    yield "zeros in front", _without_zeros
    yield from _affixes(labels, predictions)


def _without_fraction(identifier: str) -> str:
    return _FRACTION.sub("", identifier)


def _plain_uuid(identifier: str) -> str:
    return _UUID.sub(lambda found: found[0].strip("{}").replace("-", ""), identifier)


def _without_zeros(identifier: str) -> str:
    return _ZEROS.sub("", identifier)


def _affixes(labels: Sequence[str], predictions: Sequence[str]) -> Iterator[tuple[str, Form]]:
    """Yield the beginnings and ends that all ids of one side have, and those of the other side have not."""
    prefixes = _beginnings(labels, predictions)
    suffixes = _beginnings([one.strip()[::-1] for one in labels], [one.strip()[::-1] for one in predictions])
    for side, prefix, reversed_suffix in zip(("labels", "predictions"), prefixes, suffixes, strict=True):
        suffix = reversed_suffix[::-1]
        if prefix:
            yield f"the beginning {prefix!r} that {side} have", _without_prefix(prefix)
        if suffix:
            yield f"the end {suffix!r} that {side} have", _without_suffix(suffix)


def _beginnings(labels: Sequence[str], predictions: Sequence[str]) -> tuple[str, str]:
    """Return what all ids of each side begin with, without what both sides have in common behind it."""
    first, second = (_up_to_a_break(_common_beginning(ids)) for ids in (labels, predictions))
    if second and first.endswith(second):
        return first.removesuffix(second), ""
    if first and second.endswith(first):
        return "", second.removesuffix(first)
    return first, second


def _common_beginning(ids: Sequence[str]) -> str:
    stripped = {one.strip() for one in ids}
    if len(stripped) < _FEWEST_FOR_AFFIX:
        return ""
    first, last = min(stripped), max(stripped)
    return "".join(one for one, _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False)))


def _up_to_a_break(common: str) -> str:
    """Return what all have in common as far as it is a part of its own: up to the last sign, or the last letter."""
    ends = [found.end() for found in re.finditer(r"[^0-9A-Za-z]|[A-Za-z](?![A-Za-z])", common)]
    return common[: ends[-1]] if ends else ""


def _without_prefix(prefix: str) -> Form:
    def without(identifier: str) -> str:
        bare = identifier.strip()
        return bare[len(prefix) :] if bare.casefold().startswith(prefix.casefold()) else identifier

    return without


def _without_suffix(suffix: str) -> Form:
    def without(identifier: str) -> str:
        bare = identifier.strip()
        return bare[: -len(suffix)] if bare.casefold().endswith(suffix.casefold()) else identifier

    return without
