"""The contract: rows of several tasks, and of older configurations, side by side."""

from pathlib import Path

import numpy as np

from ml_exporter.ledger import Ledger, PredictionRows
from tests.builders import label_rows
from tests.ledger.contract.opened import FRAUD, OTHER_MODEL_SERIES, Opened


def _rows(names: list[str], series: list[list[int]], payload: list[list[float]], *, model: list[int]) -> PredictionRows:
    return PredictionRows(
        series=np.array(series, dtype=np.int32),
        model=np.array(model, dtype=np.int32),
        prediction_id=np.array(names, dtype=object),
        timestamp=np.arange(len(names), dtype=np.float64),
        payload=np.array(payload),
    )


class WidthsContract(Opened):
    """Payload and slices come back as they were given, whatever stands beside them."""

    def test_models_of_different_widths_share_a_batch(self, ledger: Ledger) -> None:
        wide = [float(column) / 7 for column in range(20)]
        narrow = [1.0, 0.25, *[np.nan] * 18]
        with ledger.transaction():
            ledger.add_predictions(
                _rows(["a", "b"], [[FRAUD, 7, -1], [OTHER_MODEL_SERIES, 8, 9]], [narrow, wide], model=[0, 1])
            )
            joined = ledger.add_labels(label_rows([("b", "1", 5.0), ("a", "0", 6.0)])).judged
        found = dict(zip(joined.actual.texts(), joined.payload_columns(20).tolist(), strict=True))
        assert found["1"] == wide
        np.testing.assert_equal(found["0"], narrow)
        slices = dict(zip(joined.actual.texts(), joined.series.tolist(), strict=True))
        assert slices == {"1": [OTHER_MODEL_SERIES, 8, 9], "0": [FRAUD, 7, -1]}

    def test_rows_of_an_older_configuration_are_filled_up(self, tmp_path: Path) -> None:
        ledger = self.opened(tmp_path / "store")
        with ledger.transaction():
            ledger.add_predictions(_rows(["old"], [[FRAUD]], [[1.0, 0.5]], model=[0]))
        ledger.close()
        ledger = self.opened(tmp_path / "store")
        with ledger.transaction():
            ledger.add_predictions(_rows(["new"], [[FRAUD, 4]], [[1.0, 0.5, 7.5]], model=[0]))
            joined = ledger.add_labels(label_rows([("old", "0", 5.0), ("new", "1", 6.0)])).judged
        ledger.close()
        found = dict(zip(joined.actual.texts(), joined.payload_columns(3).tolist(), strict=True))
        np.testing.assert_equal(found, {"0": [1.0, 0.5, np.nan], "1": [1.0, 0.5, 7.5]})
        assert dict(zip(joined.actual.texts(), joined.series[:, :2].tolist(), strict=True)) == {
            "0": [FRAUD, -1],
            "1": [FRAUD, 4],
        }

    def test_texts_of_any_kind_come_back_as_labels(self, ledger: Ledger) -> None:
        texts = [
            "1",
            "1.0",
            "-0",
            "0",
            "nan",
            "inf",
            "1e400",
            "0.1",
            "",
            "cat",
            '{"a": 3}',
            "é\u2603",
            "007",
            "12345678901234567890",
        ]
        names = [f"id-{number}" for number in range(len(texts))]
        with ledger.transaction():
            ledger.add_predictions(
                _rows(names, [[FRAUD]] * len(names), [[1.0, 0.5]] * len(names), model=[0] * len(names))
            )
            joined = ledger.add_labels(
                label_rows(
                    [(name, text, float(number)) for number, (name, text) in enumerate(zip(names, texts, strict=True))]
                )
            ).judged
        found = dict(zip(joined.label_time.tolist(), joined.actual.texts(), strict=True))
        assert [found[float(number)] for number in range(len(texts))] == texts
