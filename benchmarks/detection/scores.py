"""Cover and F1 of change points against several annotators.

Source: van den Burg and Williams, "An evaluation of change point detection algorithms" (arXiv 2003.06222), section 4.
"""

import itertools
from collections.abc import Iterable, Mapping

import numpy as np

MARGIN = 5
"""Points by which a change point may be off."""

Annotations = Mapping[str, Iterable[int]]
"""Change points by annotator."""


def matched(annotated: Iterable[int], found: Iterable[int]) -> int:
    """Return how many annotated change points have a found one within the margin, each found one used once."""
    left = set(found)
    count = 0
    for point in sorted(annotated):
        near = [(abs(point - other), other) for other in left if abs(point - other) <= MARGIN]
        if near:
            left.remove(min(near)[1])
            count += 1
    return count


def f1(annotations: Annotations, found: Iterable[int]) -> float:
    """Return F1: precision against all annotators together, recall averaged over them; 0 counts as a change point."""
    truths = [{0, *points} for points in annotations.values()]
    predicted = {0, *found}
    precision = matched(set().union(*truths), predicted) / len(predicted)
    recall = float(np.mean([matched(truth, predicted) / len(truth) for truth in truths]))
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def cover(annotations: Annotations, found: Iterable[int], points: int) -> float:
    """Return the cover: how well the found segments overlap each annotated one, averaged over annotators."""
    predicted = segments(found, points)
    return float(np.mean([_cover(segments(truth, points), predicted, points) for truth in annotations.values()]))


def segments(changes: Iterable[int], points: int) -> list[tuple[int, int]]:
    """Return the segments between change points, as begin and end."""
    edges = [0, *sorted({change for change in changes if 0 < change < points}), points]
    return list(itertools.pairwise(edges))


def _cover(truth: list[tuple[int, int]], predicted: list[tuple[int, int]], points: int) -> float:
    total = 0.0
    for begin, end in truth:
        total += (end - begin) * max(_jaccard((begin, end), other) for other in predicted)
    return total / points


def _jaccard(first: tuple[int, int], second: tuple[int, int]) -> float:
    shared = min(first[1], second[1]) - max(first[0], second[0])
    return max(shared, 0) / (max(first[1], second[1]) - min(first[0], second[0]))
