"""The contract: predictions that are judged by silence."""

from pathlib import Path

from ml_exporter.ledger import Ledger
from tests.builders import label_rows, prediction_rows
from tests.ledger.contract.opened import FRAUD, FRAUD_SHADOW, OTHER_MODEL_SERIES, Opened, pairs, retracted, valued_pairs

WITHIN_TEN = {0: 10.0}


class SilenceContract(Opened):
    """What no label has reached in time is given the label that silence means."""

    def test_silence_judges_the_predictions_of_one_model_that_no_label_has_reached(self, ledger: Ledger) -> None:
        with ledger.transaction():
            ledger.add_predictions(
                prediction_rows([("a", FRAUD, 1.0), ("b", FRAUD_SHADOW, 2.0), ("c", FRAUD, 3.0), ("young", FRAUD, 9.0)])
            )
            ledger.add_predictions(prediction_rows([("a", OTHER_MODEL_SERIES, 1.0)], model=1))
            ledger.add_labels(label_rows([("c", "1", 4.0)]))
            assumed = ledger.assume_labels(0, 9.0, "0", 100.0)
            again = ledger.assume_labels(0, 9.0, "0", 100.0)
        assert sorted(valued_pairs(assumed.judged)) == [
            (FRAUD, 1.0, "0", 101.0, None),
            (FRAUD_SHADOW, 2.0, "0", 102.0, None),
        ]
        assert assumed.accepted.tolist() == [True, True]
        assert assumed.replaces.tolist() == [False, False]
        assert pairs(again) == []
        assert dict(ledger.pending()) == {FRAUD: 1, OTHER_MODEL_SERIES: 1}

    def test_silence_is_worked_off_in_portions(self, ledger: Ledger) -> None:
        with ledger.transaction():
            ledger.add_predictions(prediction_rows([(f"{row}", FRAUD, float(row)) for row in range(5)]))
            portions = [ledger.assume_labels(0, 9.0, "0", 1.0, limit=2) for _ in range(4)]
        assert [len(portion.judged.label_time) for portion in portions] == [2, 2, 1, 0]
        assert sorted(pair for portion in portions for pair in pairs(portion)) == [
            (FRAUD, float(row), "0", row + 1.0) for row in range(5)
        ]

    def test_a_label_that_differs_afterwards_is_a_conflict_where_nothing_corrects(self, ledger: Ledger) -> None:
        with ledger.transaction():
            ledger.add_predictions(prediction_rows([("a", FRAUD, 1.0)]))
            ledger.assume_labels(0, 9.0, "0", 100.0)
            joined = ledger.add_labels(label_rows([("a", "1", 110.0)]))
        assert joined.accepted.tolist() == [True]
        assert (joined.conflicts, pairs(joined)) == (1, [])
        assert ledger.unmatched_labels() == 0

    def test_a_label_that_differs_afterwards_corrects_silence_whatever_its_time(self, tmp_path: Path) -> None:
        for number, time in enumerate((50.0, 110.0, 5000.0)):
            ledger = self.opened(tmp_path / str(number))
            with ledger.transaction():
                ledger.add_predictions(prediction_rows([("a", FRAUD, 1.0)]))
                ledger.assume_labels(0, 9.0, "0", 100.0)
                joined = ledger.add_labels(label_rows([("a", "1", time)]), WITHIN_TEN)
            ledger.close()
            assert retracted(joined) == [(FRAUD, 1.0, "0", 101.0)]
            assert pairs(joined) == [(FRAUD, 1.0, "1", time)]

    def test_a_label_that_agrees_afterwards_confirms_silence(self, ledger: Ledger) -> None:
        with ledger.transaction():
            ledger.add_predictions(prediction_rows([("a", FRAUD, 1.0)]))
            ledger.assume_labels(0, 9.0, "0", 100.0)
            confirming = ledger.add_labels(label_rows([("a", "0", 50.0)]), WITHIN_TEN)
            again = ledger.add_labels(label_rows([("a", "0", 50.0)]), WITHIN_TEN)
            older = ledger.add_labels(label_rows([("a", "1", 49.0)]), WITHIN_TEN)
            late = ledger.add_labels(label_rows([("a", "2", 111.5)]), WITHIN_TEN)
            correcting = ledger.add_labels(label_rows([("a", "1", 111.0)]), WITHIN_TEN)
        assert confirming.accepted.tolist() == [True]
        assert (confirming.corrections, confirming.conflicts, pairs(confirming)) == (0, 0, [])
        assert again.accepted.tolist() == [False]
        assert (older.conflicts, late.conflicts) == (1, 1)
        assert retracted(correcting) == [(FRAUD, 1.0, "0", 101.0)]

    def test_silence_is_remembered_as_such_after_a_restart(self, tmp_path: Path) -> None:
        ledger = self.opened(tmp_path / "store")
        with ledger.transaction():
            ledger.add_predictions(prediction_rows([("a", FRAUD, 1.0)]))
            ledger.assume_labels(0, 9.0, "0", 100.0)
        ledger.close()
        ledger = self.opened(tmp_path / "store")
        with ledger.transaction():
            assert pairs(ledger.assume_labels(0, 9.0, "0", 100.0)) == []
            joined = ledger.add_labels(label_rows([("a", "1", 50.0)]), WITHIN_TEN)
        ledger.close()
        assert retracted(joined) == [(FRAUD, 1.0, "0", 101.0)]

    def test_predictions_judged_by_silence_are_not_counted_when_they_expire(self, ledger: Ledger) -> None:
        with ledger.transaction():
            ledger.add_predictions(prediction_rows([("a", FRAUD, 1.0), ("b", FRAUD, 5.0)]))
            ledger.assume_labels(0, 3.0, "0", 100.0)
            expired = ledger.expire_predictions(0, 9.0)
        assert {series: count for series, count in expired.items() if count} == {FRAUD: 1}
