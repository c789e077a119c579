"""The contract: labels that correct an earlier one."""

from pathlib import Path

from ml_exporter.ledger import Ledger
from tests.builders import label_rows, prediction_rows
from tests.ledger.contract.opened import FRAUD, FRAUD_SHADOW, OTHER_MODEL_SERIES, Opened, pairs, retracted, valued_pairs

WITHIN_TEN = {0: 10.0}


class CorrectionsContract(Opened):
    """A later word replaces the standing one within the correction window."""

    def test_a_later_label_that_says_otherwise_replaces_the_first(self, ledger: Ledger) -> None:
        with ledger.transaction():
            ledger.add_predictions(prediction_rows([("a", FRAUD, 1.0)]))
            ledger.add_labels(label_rows([("a", "1", 20.0)], value=[5.0]), WITHIN_TEN)
            corrected = ledger.add_labels(label_rows([("a", "0", 30.0)], value=[7.0]), WITHIN_TEN)
        assert valued_pairs(corrected.retracted) == [(FRAUD, 1.0, "1", 20.0, 5.0)]
        assert valued_pairs(corrected.judged) == [(FRAUD, 1.0, "0", 30.0, 7.0)]
        assert corrected.replaces.tolist() == [True]
        assert (corrected.corrections, corrected.conflicts) == (1, 0)
        assert dict(ledger.pending()) == {}

    def test_a_label_after_the_window_is_a_conflict(self, ledger: Ledger) -> None:
        with ledger.transaction():
            ledger.add_predictions(prediction_rows([("a", FRAUD, 1.0)]))
            ledger.add_labels(label_rows([("a", "1", 20.0)]), WITHIN_TEN)
            late = ledger.add_labels(label_rows([("a", "0", 30.5)]), WITHIN_TEN)
        assert (late.corrections, late.conflicts) == (0, 1)
        assert pairs(late) == retracted(late) == []

    def test_a_label_whose_own_time_is_before_the_standing_one_is_a_conflict(self, ledger: Ledger) -> None:
        with ledger.transaction():
            ledger.add_predictions(prediction_rows([("a", FRAUD, 1.0)]))
            ledger.add_labels(label_rows([("a", "1", 20.0)]), WITHIN_TEN)
            older = ledger.add_labels(label_rows([("a", "0", 19.0)]), WITHIN_TEN)
            same_time = ledger.add_labels(label_rows([("a", "0", 20.0)]), WITHIN_TEN)
        assert (older.corrections, older.conflicts) == (0, 1)
        assert (same_time.corrections, same_time.conflicts) == (1, 0)

    def test_a_label_that_was_said_again_is_corrected_by_nothing_older_than_that(self, ledger: Ledger) -> None:
        with ledger.transaction():
            ledger.add_predictions(prediction_rows([("a", FRAUD, 1.0)]))
            ledger.add_labels(label_rows([("a", "1", 20.0), ("a", "1", 24.0)]), WITHIN_TEN)
            between = ledger.add_labels(label_rows([("a", "0", 22.0)]), WITHIN_TEN)
            after = ledger.add_labels(label_rows([("a", "0", 25.0)]), WITHIN_TEN)
        assert (between.corrections, between.conflicts) == (0, 1)
        assert retracted(after) == [(FRAUD, 1.0, "1", 20.0)]

    def test_a_correction_can_be_taken_back_and_reading_all_again_changes_nothing(self, ledger: Ledger) -> None:
        history = [("a", "1", 20.0), ("a", "0", 25.0), ("a", "1", 33.0)]
        with ledger.transaction():
            ledger.add_predictions(prediction_rows([("a", FRAUD, 1.0)]))
            for label in history:
                joined = ledger.add_labels(label_rows([label]), WITHIN_TEN)
            again = ledger.add_labels(label_rows(history), WITHIN_TEN)
        assert retracted(joined) == [(FRAUD, 1.0, "0", 25.0)]
        assert pairs(joined) == [(FRAUD, 1.0, "1", 33.0)]
        assert again.accepted.tolist() == [False, False, False]
        assert (again.corrections, again.conflicts, pairs(again)) == (0, 0, [])

    def test_labels_that_wait_correct_each_other_when_the_prediction_comes(self, ledger: Ledger) -> None:
        history = [("a", "1", 20.0), ("a", "0", 25.0), ("a", "1", 33.0)]
        with ledger.transaction():
            ledger.add_labels(label_rows(history), WITHIN_TEN)
            joined = ledger.add_predictions(prediction_rows([("a", FRAUD, 1.0)]), WITHIN_TEN)
        assert pairs(joined) == [(FRAUD, 1.0, "0", 25.0), (FRAUD, 1.0, "1", 20.0), (FRAUD, 1.0, "1", 33.0)]
        assert retracted(joined) == [(FRAUD, 1.0, "0", 25.0), (FRAUD, 1.0, "1", 20.0)]
        assert joined.replaces.tolist() == [False, True, True]
        assert joined.conflicts == 0

    def test_the_window_is_the_models_own(self, ledger: Ledger) -> None:
        with ledger.transaction():
            ledger.add_predictions(prediction_rows([("a", FRAUD, 1.0), ("a", FRAUD_SHADOW, 2.0)]))
            ledger.add_predictions(prediction_rows([("a", OTHER_MODEL_SERIES, 3.0)], model=1))
            ledger.add_labels(label_rows([("a", "1", 20.0)]), WITHIN_TEN)
            joined = ledger.add_labels(label_rows([("a", "0", 21.0)]), WITHIN_TEN)
        assert pairs(joined) == [(FRAUD, 1.0, "0", 21.0), (FRAUD_SHADOW, 2.0, "0", 21.0)]
        assert joined.conflicts == 1

    def test_another_business_value_says_otherwise_and_none_does_not(self, ledger: Ledger) -> None:
        with ledger.transaction():
            ledger.add_predictions(prediction_rows([("a", FRAUD, 1.0)]))
            ledger.add_labels(label_rows([("a", "1", 20.0)], value=[5.0]), WITHIN_TEN)
            silent = ledger.add_labels(label_rows([("a", "1", 21.0)]), WITHIN_TEN)
            refunded = ledger.add_labels(label_rows([("a", "1", 22.0)], value=[0.0]), WITHIN_TEN)
            conflicting = ledger.add_labels(label_rows([("a", "1", 23.0)], value=[9.0]))
        assert (silent.corrections, silent.conflicts, pairs(silent)) == (0, 0, [])
        assert valued_pairs(refunded.retracted) == [(FRAUD, 1.0, "1", 20.0, 5.0)]
        assert valued_pairs(refunded.judged) == [(FRAUD, 1.0, "1", 22.0, 0.0)]
        assert conflicting.conflicts == 1

    def test_a_correction_survives_a_restart_and_can_be_corrected_after_it(self, tmp_path: Path) -> None:
        ledger = self.opened(tmp_path / "store")
        with ledger.transaction():
            ledger.add_predictions(prediction_rows([("a", FRAUD, 1.0)]))
            ledger.add_labels(label_rows([("a", "1", 20.0), ("a", "0", 25.0)]), WITHIN_TEN)
        ledger.close()
        ledger = self.opened(tmp_path / "store")
        with ledger.transaction():
            joined = ledger.add_labels(label_rows([("a", "1", 33.0)]), WITHIN_TEN)
        ledger.close()
        assert retracted(joined) == [(FRAUD, 1.0, "0", 25.0)]

    def test_a_transaction_that_fails_takes_its_correction_with_it(self, ledger: Ledger) -> None:
        with ledger.transaction():
            ledger.add_predictions(prediction_rows([("a", FRAUD, 1.0)]))
            ledger.add_labels(label_rows([("a", "1", 20.0)]), WITHIN_TEN)
        try:
            with ledger.transaction():
                ledger.add_labels(label_rows([("a", "0", 21.0)]), WITHIN_TEN)
                raise KeyError
        except KeyError:
            pass
        with ledger.transaction():
            joined = ledger.add_labels(label_rows([("a", "0", 22.0)]), WITHIN_TEN)
        assert retracted(joined) == [(FRAUD, 1.0, "1", 20.0)]

    def test_a_judgement_is_final_once_labels_of_its_time_are_forgotten(self, ledger: Ledger) -> None:
        with ledger.transaction():
            ledger.add_predictions(prediction_rows([("a", FRAUD, 1.0)]))
            ledger.add_labels(label_rows([("a", "1", 20.0)]), WITHIN_TEN)
            ledger.expire_labels(21.0)
            first = ledger.add_labels(label_rows([("a", "0", 22.0)]), WITHIN_TEN)
            second = ledger.add_labels(label_rows([("a", "1", 23.0)]), WITHIN_TEN)
        for joined in (first, second):
            assert joined.accepted.tolist() == [True]
            assert (joined.corrections, joined.conflicts, pairs(joined)) == (0, 0, [])
