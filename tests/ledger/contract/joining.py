"""The contract: the join itself, expiry, and what survives."""

from pathlib import Path

import pytest

from ml_exporter.ledger import Ledger, StoreError
from tests.builders import label_rows, prediction_rows
from tests.ledger.contract.opened import FRAUD, FRAUD_SHADOW, OTHER_MODEL_SERIES, Opened, pairs


class JoiningContract(Opened):
    """Labels and predictions find each other once, whichever comes first."""

    def test_a_label_judges_the_prediction_that_came_before_it(self, ledger: Ledger) -> None:
        with ledger.transaction():
            ledger.add_predictions(prediction_rows([("a", FRAUD, 10.0)]))
            joined = ledger.add_labels(label_rows([("a", "1", 20.0)]))
        assert pairs(joined) == [(FRAUD, 10.0, "1", 20.0)]

    def test_a_label_waits_for_the_prediction_that_comes_after_it(self, ledger: Ledger) -> None:
        with ledger.transaction():
            assert pairs(ledger.add_labels(label_rows([("a", "1", 20.0)]))) == []
        assert ledger.unmatched_labels() == 1
        with ledger.transaction():
            joined = ledger.add_predictions(prediction_rows([("a", FRAUD, 10.0)]))
        assert pairs(joined) == [(FRAUD, 10.0, "1", 20.0)]
        assert ledger.unmatched_labels() == 0

    def test_the_payload_and_the_slices_of_a_prediction_come_back_with_its_label(self, ledger: Ledger) -> None:
        rows = prediction_rows([("a", FRAUD, 10.0)])
        rows.series[0, 1] = 7
        with ledger.transaction():
            ledger.add_predictions(rows)
            judged = ledger.add_labels(label_rows([("a", "1", 20.0)])).judged
        assert judged.series.tolist() == [[FRAUD, 7]]
        assert judged.payload.tolist() == [[1.0, 0.01]]

    def test_the_same_prediction_again_is_a_duplicate_and_the_first_stands(self, ledger: Ledger) -> None:
        with ledger.transaction():
            first = ledger.add_predictions(prediction_rows([("a", FRAUD, 10.0), ("a", FRAUD, 11.0)]))
            again = ledger.add_predictions(prediction_rows([("a", FRAUD, 12.0)]))
            joined = ledger.add_labels(label_rows([("a", "1", 20.0)]))
        assert first.accepted.tolist() == [True, False]
        assert again.accepted.tolist() == [False]
        assert pairs(joined) == [(FRAUD, 10.0, "1", 20.0)]

    def test_a_judged_prediction_is_still_known_as_a_duplicate(self, ledger: Ledger) -> None:
        with ledger.transaction():
            ledger.add_predictions(prediction_rows([("a", FRAUD, 10.0)]))
            ledger.add_labels(label_rows([("a", "1", 20.0)]))
            again = ledger.add_predictions(prediction_rows([("a", FRAUD, 10.0)]))
        assert again.accepted.tolist() == [False]
        assert pairs(again) == []

    def test_the_same_label_again_is_a_duplicate_whether_it_waits_or_has_judged(self, ledger: Ledger) -> None:
        with ledger.transaction():
            waiting = ledger.add_labels(label_rows([("a", "1", 20.0), ("a", "1", 21.0)]))
            judged = ledger.add_predictions(prediction_rows([("a", FRAUD, 10.0)]))
            again = ledger.add_labels(label_rows([("a", "1", 22.0)]))
        assert waiting.accepted.tolist() == [True, False]
        assert pairs(judged) == [(FRAUD, 10.0, "1", 20.0)]
        assert again.accepted.tolist() == [False]
        assert again.conflicts == 0
        assert pairs(again) == []

    def test_a_label_judges_every_version_that_has_its_id(self, ledger: Ledger) -> None:
        with ledger.transaction():
            ledger.add_predictions(prediction_rows([("a", FRAUD, 10.0), ("a", FRAUD_SHADOW, 11.0)]))
            joined = ledger.add_labels(label_rows([("a", "0", 20.0)]))
        assert pairs(joined) == [(FRAUD, 10.0, "0", 20.0), (FRAUD_SHADOW, 11.0, "0", 20.0)]

    def test_a_label_that_names_its_model_judges_no_other_model(self, ledger: Ledger) -> None:
        with ledger.transaction():
            ledger.add_predictions(prediction_rows([("a", FRAUD, 10.0)], model=0))
            ledger.add_predictions(prediction_rows([("a", OTHER_MODEL_SERIES, 11.0)], model=1))
            joined = ledger.add_labels(label_rows([("a", "0", 20.0)], model=1))
        assert pairs(joined) == [(OTHER_MODEL_SERIES, 11.0, "0", 20.0)]

    def test_a_different_label_is_a_conflict_once_for_every_prediction_and_the_first_stands(
        self, ledger: Ledger
    ) -> None:
        with ledger.transaction():
            ledger.add_predictions(prediction_rows([("a", FRAUD, 10.0), ("a", FRAUD_SHADOW, 11.0)]))
            ledger.add_labels(label_rows([("a", "0", 20.0)]))
            contradicting = ledger.add_labels(label_rows([("a", "1", 21.0)]))
            again = ledger.add_labels(label_rows([("a", "1", 22.0)]))
        assert contradicting.conflicts == 2
        assert pairs(contradicting) == []
        assert again.conflicts == 0

    def test_labels_that_contradict_each_other_before_the_prediction_conflict_when_it_comes(
        self, ledger: Ledger
    ) -> None:
        with ledger.transaction():
            assert ledger.add_labels(label_rows([("a", "0", 20.0), ("a", "1", 19.0)])).conflicts == 0
            joined = ledger.add_predictions(prediction_rows([("a", FRAUD, 10.0)]))
        assert pairs(joined) == [(FRAUD, 10.0, "0", 20.0)]
        assert joined.conflicts == 1

    def test_expiry_forgets_old_predictions_of_one_model_and_tells_which_had_no_label(self, ledger: Ledger) -> None:
        with ledger.transaction():
            ledger.add_predictions(
                prediction_rows([("old", FRAUD, 10.0), ("judged", FRAUD, 11.0), ("young", FRAUD, 30.0)])
            )
            ledger.add_predictions(prediction_rows([("old", OTHER_MODEL_SERIES, 10.0)], model=1))
            ledger.add_labels(label_rows([("judged", "1", 12.0)]))
            assert dict(ledger.expire_predictions(0, 20.0)) == {FRAUD: 1}
            joined = ledger.add_labels(label_rows([("old", "1", 31.0), ("young", "0", 32.0)]))
        assert pairs(joined) == [(FRAUD, 30.0, "0", 32.0), (OTHER_MODEL_SERIES, 10.0, "1", 31.0)]

    def test_expired_labels_judge_nothing_any_more(self, ledger: Ledger) -> None:
        with ledger.transaction():
            ledger.add_labels(label_rows([("a", "1", 5.0), ("b", "1", 15.0)]))
            ledger.expire_labels(10.0)
            joined = ledger.add_predictions(prediction_rows([("a", FRAUD, 16.0), ("b", FRAUD, 17.0)]))
        assert pairs(joined) == [(FRAUD, 17.0, "1", 15.0)]
        assert ledger.unmatched_labels() == 0

    def test_pending_counts_what_waits_for_a_label(self, ledger: Ledger) -> None:
        with ledger.transaction():
            ledger.add_predictions(prediction_rows([("a", FRAUD, 1.0), ("b", FRAUD, 2.0), ("a", FRAUD_SHADOW, 3.0)]))
            ledger.add_labels(label_rows([("b", "1", 12.0)]))
        assert dict(ledger.pending()) == {FRAUD: 1, FRAUD_SHADOW: 1}

    def test_a_transaction_that_fails_leaves_nothing_behind(self, ledger: Ledger) -> None:
        def fail_half_way() -> None:
            with ledger.transaction():
                ledger.add_predictions(prediction_rows([("a", FRAUD, 10.0)]))
                ledger.write("position/feed", b"after")
                raise RuntimeError("half-way")

        with pytest.raises(RuntimeError, match="half-way"):
            fail_half_way()
        assert ledger.read("position/feed") is None
        with ledger.transaction():
            assert ledger.add_predictions(prediction_rows([("a", FRAUD, 10.0)])).accepted.tolist() == [True]

    def test_everything_committed_is_there_after_a_restart(self, tmp_path: Path) -> None:
        ledger = self.opened(tmp_path / "store")
        with ledger.transaction():
            ledger.add_predictions(prediction_rows([("a", FRAUD, 10.0)]))
            ledger.add_labels(label_rows([("b", "1", 11.0)]))
            ledger.write("tally/one", b"content")
        ledger.close()
        ledger = self.opened(tmp_path / "store")
        with ledger.transaction():
            joined = ledger.add_labels(label_rows([("a", "0", 12.0)]))
            late = ledger.add_predictions(prediction_rows([("b", FRAUD, 13.0)]))
        assert pairs(joined) == [(FRAUD, 10.0, "0", 12.0)]
        assert pairs(late) == [(FRAUD, 13.0, "1", 11.0)]
        assert ledger.read("tally/one") == b"content"
        ledger.close()

    def test_named_content_is_replaced_forgotten_and_listed_by_prefix(self, ledger: Ledger) -> None:
        with ledger.transaction():
            for name in ("tally/a", "tally/b", "tallyho", "position/x"):
                ledger.write(name, name.encode())
            ledger.write("tally/a", b"new")
            ledger.write("tally/b", None)
            ledger.write("tally/c", b"")
        assert ledger.read_all("tally/") == {"tally/a": b"new", "tally/c": b""}

    @pytest.mark.usefixtures("ledger")
    def test_a_second_exporter_on_the_same_store_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(StoreError, match=r"locked by another exporter \(process \d+\)"):
            self.opened(tmp_path)
