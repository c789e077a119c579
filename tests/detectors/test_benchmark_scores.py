"""The scores of the benchmark, on examples worked out by hand."""

import pytest
from benchmarks.detection.page import put
from benchmarks.detection.scores import cover, f1, matched, segments


def test_each_found_change_point_is_used_once_and_within_five_points() -> None:
    assert matched([10, 12], [11]) == 1
    assert matched([10, 20], [15, 25]) == 2
    assert matched([10], [16]) == 0
    assert matched([], [3]) == 0


def test_f1_takes_precision_over_all_annotators_and_recall_over_each() -> None:
    annotations = {"a": [50], "b": [50, 80]}
    assert f1(annotations, [51, 120]) == pytest.approx(2 * (2 / 3) * ((1 + 2 / 3) / 2) / (2 / 3 + (1 + 2 / 3) / 2))
    assert f1(annotations, [50, 80]) == 1
    assert f1({"a": []}, []) == 1


def test_cover_weighs_the_overlap_of_segments_by_their_length() -> None:
    assert cover({"a": [50]}, [50], 100) == 1
    assert cover({"a": [50]}, [], 100) == pytest.approx(0.5)
    assert cover({"a": [20], "b": []}, [40], 100) == pytest.approx(((0.2 * 0.5 + 0.8 * 0.75) + 0.6) / 2)


def test_segments_lie_between_change_points() -> None:
    assert segments([30, 0, 100], 100) == [(0, 30), (30, 100)]


def test_a_table_without_its_place_in_the_page_is_an_error() -> None:
    with pytest.raises(LookupError, match="no place for the table 'nonsense'"):
        put("nonsense", "")
