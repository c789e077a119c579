"""Each illness is produced, and found by the real command; nothing is found where all is well."""

import json
import os
import re
import uuid
from pathlib import Path

import pytest

from ml_exporter.doctor import looking
from tests.cli.commands import invoke, run
from tests.doctor.patient import ROWS, Patient


def taken_in(patient: Patient, lived: bool) -> str:
    """Write everything, let an exporter live on it if one is to, and ask the doctor."""
    patient.write()
    if lived:
        patient.live()
    return patient.examined()


def test_nothing_is_found_where_all_is_well(patient: Patient, lived: bool) -> None:
    said = taken_in(patient, lived)
    assert said.endswith("\nNothing found.\n")
    assert f"(predictions: the newest {ROWS} events in 1 file, labels: the newest {ROWS} events in 1 file)" in said
    assert ("no store yet: the exporter has not run" in said) != lived


def test_a_few_labels_without_a_prediction_are_nothing(patient: Patient, lived: bool) -> None:
    patient.labels += [{"prediction_id": f"other-{row}", "timestamp": patient.now, "actual": 1} for row in range(4)]
    assert "Nothing found." in taken_in(patient, lived)


def test_it_changes_nothing_and_looks_beside_a_running_exporter(patient: Patient) -> None:
    patient.write()
    owned = patient.running()
    before = contents(patient.folder)
    assert "Nothing found." in patient.examined()
    assert contents(patient.folder) == before
    owned.close()


def contents(folder: Path) -> dict[Path, bytes]:
    """Return all files but SQLite's shared memory, in which readers note that they read."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.suffix != ".sqlite-shm"}


def uuid_of(row: int) -> uuid.UUID:
    return uuid.UUID(int=(row + 1) * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128)


_FORMS = {
    "prefix": (lambda row: f"{row}", lambda row: f"tx-{row}", "the beginning 'tx-' that labels have"),
    "suffix": (lambda row: f"{row}:prod", lambda row: f"{row}", "the end ':prod' that predictions have"),
    "case": (lambda row: f"ab{row}cd", lambda row: f"AB{row}CD", "upper and lower case"),
    "zeros": (lambda row: f"{row + 1:08}", lambda row: f"{row + 1}", "zeros in front"),
    "floats": (lambda row: row + 1, lambda row: f"{row + 1}.0", "numbers written as 12.0"),
    "whitespace": (lambda row: f"r{row}", lambda row: f" r{row} ", "whitespace around ids"),
    "uuids": (lambda row: str(uuid_of(row)), lambda row: uuid_of(row).hex, "dashes or braces of UUIDs"),
    "braces": (lambda row: str(uuid_of(row)), lambda row: f"{{{uuid_of(row)}}}", "dashes or braces of UUIDs"),
    "two of them": (
        lambda row: f"order/{row}",
        lambda row: f"{row}.0",
        "numbers written as 12.0 and the beginning 'order/' that predictions have",
    ),
}


@pytest.mark.parametrize("form", _FORMS)
def test_ids_that_differ_in_their_form_are_guessed(patient: Patient, lived: bool, form: str) -> None:
    of_prediction, of_label, difference = _FORMS[form]
    for row in range(ROWS):
        patient.predictions[row]["prediction_id"] = of_prediction(row)
        patient.labels[row]["prediction_id"] = of_label(row)
    said = taken_in(patient, lived)
    what = f"{ROWS} of the newest {ROWS} labels of the feed labels have no prediction, and {ROWS} of them would match"
    assert f"{what} but for {difference}." in said
    assert f"the label {str(of_label(0))!r} seems to mean the prediction {str(of_prediction(0))!r}" in said
    assert f"ids of such labels: {str(of_label(ROWS - 1))!r}" in said
    assert f"ids of predictions: {str(of_prediction(ROWS - 1))!r}" in said
    assert (f"the store keeps {ROWS} labels that have met no prediction" in said) == lived


def test_ids_that_are_floats_are_rejected_and_guessed(patient: Patient, lived: bool) -> None:
    """A float is no id, so the label is rejected: both are told."""
    for row in range(ROWS):
        patient.predictions[row]["prediction_id"] = row
        patient.labels[row]["prediction_id"] = float(row)
    said = taken_in(patient, lived)
    assert "would match but for numbers written as 12.0" in said
    assert "of the feed labels cannot be used: 200 bad_value" in said
    assert "is no id; write a text or an integer" in said


def test_ids_that_have_nothing_in_common_are_shown_from_both_sides(patient: Patient, lived: bool) -> None:
    patient.change(patient.labels, lambda event: {"prediction_id": f"click {uuid_of(int(event['prediction_id'][2:]))}"})
    said = taken_in(patient, lived)
    assert "labels of the feed labels have no prediction." in said
    assert "ids of such labels: 'click " in said
    assert "ids of predictions: 'r-199', 'r-198', 'r-197' ..." in said
    assert "is `fields` of both feeds right" in said


def test_labels_whose_predictions_are_in_the_store_only_are_matched(patient: Patient) -> None:
    patient.write()
    patient.live()
    (patient.folder / "predictions-1.jsonl").write_text(json.dumps(patient.predictions[-1]) + "\n")
    assert "have no prediction" not in patient.examined()


def test_labels_whose_predictions_may_not_have_been_looked_at_are_nothing(
    patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "_MOST_BYTES", {"predictions": 5000, "labels": 1 << 20})
    assert "Nothing found." in taken_in(patient, False)
    patient.change(patient.labels, lambda event: {"prediction_id": f"tx:{event['prediction_id']}"})
    said = taken_in(patient, False)
    assert "would match but for the beginning 'tx:' that labels have." in said
    assert re.search(r"only the newest \d+ predictions were looked at", said)


@pytest.mark.parametrize("feed", ["predictions", "labels"])
def test_a_clock_that_is_ahead(patient: Patient, lived: bool, feed: str) -> None:
    patient.change(getattr(patient, feed), lambda event: {"timestamp": event["timestamp"] + 7200})
    said = taken_in(patient, lived)
    assert f"newest events of the feed {feed} are ahead of this machine's clock, by" in said
    assert "set the clocks of both machines (NTP), or correct the offset from UTC" in said
    assert "bad_timestamp: timestamp" in said


def test_local_time_that_is_taken_for_utc(patient: Patient, lived: bool) -> None:
    patient.change(patient.predictions, lambda _: {"timestamp": patient.now + 7200})
    assert "look like local time that is taken for UTC" in taken_in(patient, lived)


def test_milliseconds(patient: Patient, lived: bool) -> None:
    patient.change(patient.labels, lambda event: {"timestamp": round(event["timestamp"] * 1000)})
    said = taken_in(patient, lived)
    assert "200 of 200 newest events of the feed labels count milliseconds or less." in said
    assert "divide by 1000" in said


def test_labels_that_are_dated_before_their_predictions(patient: Patient, lived: bool) -> None:
    patient.change(patient.labels, lambda event: {"timestamp": event["timestamp"] - 600 - 3600})
    said = taken_in(patient, lived)
    assert "200 of 200 labels are dated before the predictions that they judge, by 1 h in the middle" in said
    assert "so many whole half hours" in said


@pytest.mark.parametrize("feed", ["predictions", "labels"])
def test_a_feed_that_stands_still(patient: Patient, lived: bool, feed: str) -> None:
    patient.change(getattr(patient, feed), lambda event: {"timestamp": event["timestamp"] - 5 * 3600})
    said = taken_in(patient, lived)
    assert f"The feed {feed} stands still: its newest event is of " in said
    assert "raise its stalled_after (1h)" in said
    assert "its files were last written to at" in said


def test_a_feed_that_nobody_reads(patient: Patient) -> None:
    patient.write()
    patient.live()
    with (patient.folder / "labels-1.jsonl").open("a") as file:
        file.write(json.dumps(patient.labels[-1]) + "\n")
    long_ago = patient.now - 600
    os.utime(patient.folder / "labels-1.jsonl", (long_ago, long_ago))
    said = patient.examined()
    assert "Nobody reads the feed labels: " in said
    assert "start the exporter (ml-exporter run)" in said


def test_a_feed_without_a_file(patient: Patient, lived: bool) -> None:
    patient.write()
    if lived:
        patient.live()
    (patient.folder / "labels-1.jsonl").unlink()
    said = patient.examined()
    assert "The feed labels cannot be read." in said
    assert f"no file is called labels*.jsonl in {patient.folder}" in said


def test_a_folder_that_is_not_there(patient: Patient) -> None:
    patient.configuration["feeds"][1]["path"] = "nowhere/labels*.jsonl"
    patient.write()
    said = patient.examined()
    assert "The feed labels cannot be read." in said
    assert "nowhere" in said


def test_a_feed_that_is_empty_or_ends_within_its_only_line(patient: Patient) -> None:
    patient.write()
    (patient.folder / "labels-1.jsonl").write_text("")
    assert "The feed labels holds no event." in patient.examined()
    (patient.folder / "labels-1.jsonl").write_text('{"prediction_id": "r-1"')
    assert "The feed labels holds one line that has no end." in patient.examined()


def test_windows_without_outcomes_since_labels_are_of_the_past(patient: Patient) -> None:
    for events in (patient.predictions, patient.labels):
        patient.change(events, lambda event: {"timestamp": event["timestamp"] - 7200})
    patient.configuration["feeds"] = [feed | {"stalled_after": "1d"} for feed in patient.configuration["feeds"]]
    said = taken_in(patient, True)
    assert "No outcome of the model fraud is in the window 1h: its newest label is of " in said
    assert "outcomes in each window: 1h: 0, 24h: 200" in said
    assert "Nothing" not in said


def test_windows_without_outcomes_since_no_label_has_come(patient: Patient) -> None:
    patient.change(patient.labels, lambda event: {"prediction_id": f"x{event['prediction_id']}y{event['actual']}"})
    said = taken_in(patient, True)
    assert "no label of it has met a prediction yet, and 200 predictions wait for one" in said


def test_labels_that_come_later_than_the_window(patient: Patient, lived: bool) -> None:
    patient.configuration |= {"window_by": "prediction", "windows": ["5m", "24h"]}
    said = taken_in(patient, lived)
    assert (
        "labels come 10 min after their predictions in the middle, so by prediction time the window 5m can"
        in said.replace("Labels", "labels")
    )
    assert ("No outcome of the model fraud is in the window 5m" in said) == lived


def test_labels_that_come_later_than_the_horizon(patient: Patient, lived: bool) -> None:
    patient.configuration["label_horizon"] = "5m"
    said = taken_in(patient, lived)
    assert "200 of 200 labels come later than label_horizon (5m): 10 min after their predictions" in said


def test_predictions_that_expired(patient: Patient) -> None:
    patient.configuration["label_horizon"] = "5m"
    patient.labels = patient.labels[-1:]
    said = taken_in(patient, True)
    assert " predictions of 200 have expired: no label came within label_horizon (5m)." in said
    assert "say by missing_label what silence means" in said


@pytest.mark.parametrize(
    ("change", "reason", "detail"),
    [
        ({"score": 1.7}, "bad_value", "score 1.7"),
        ({"score": None}, "missing_field", "prediction"),
        ({"timestamp": "2024-05-01 12:00"}, "bad_timestamp", "has no offset from UTC"),
        ({"model_name": "fruad"}, "unknown_model", "model_name 'fruad' is none of this feed's"),
    ],
)
def test_events_that_are_rejected_are_shown_by_reason(
    patient: Patient, lived: bool, change: dict[str, object], reason: str, detail: str
) -> None:
    patient.change(patient.predictions[:20], lambda _: change)
    said = taken_in(patient, lived)
    counted = "events so far" if lived else "newest events"
    assert f"20 of 200 {counted} of the feed predictions cannot be used: 20 {reason}." in said
    assert f"{reason}: " in said
    assert detail in said
    assert ("predictions-1.jsonl" in said) == lived  # the dead letter knows the place


def test_a_line_that_is_no_json_is_counted(patient: Patient) -> None:
    patient.write()
    with (patient.folder / "predictions-1.jsonl").open("a") as file:
        file.write("oops\n")
    assert "1 of 201 newest events of the feed predictions cannot be used: 1 malformed." in patient.examined()


def test_a_model_under_another_name(patient: Patient, lived: bool) -> None:
    patient.change(patient.predictions, lambda _: {"model_name": "Fraud"})
    said = taken_in(patient, lived)
    assert "200 of the newest events of the feed predictions are of a model 'Fraud' that is none of its models" in said
    assert "fraud" in said
    assert "No prediction of the model fraud has been seen." in said


def test_labels_that_name_another_model(patient: Patient, lived: bool) -> None:
    patient.configuration["models"].append({"name": "churn", "task": "binary"})
    patient.predictions.append(patient.predictions[0] | {"prediction_id": "c", "model_name": "churn"})
    patient.labels.append({"prediction_id": "c", "timestamp": patient.now, "actual": 1})
    patient.change(patient.labels[:-1], lambda _: {"model_name": "churn"})
    said = taken_in(patient, lived)
    assert "200 of 200 labels of the feed labels name another model than the prediction with their id" in said
    assert "the label of 'r-0' names 'churn', the prediction 'fraud'" in said


def test_one_version_in_two_spellings(patient: Patient, lived: bool) -> None:
    patient.change(patient.predictions[::2], lambda _: {"model_version": "V1 "})
    said = taken_in(patient, lived)
    assert "One version of the model fraud seems to be spelled in 2 ways" in said
    assert "versions: 'V1 ', 'v1'" in said


def test_predictions_that_name_no_version_among_those_that_do(patient: Patient, lived: bool) -> None:
    patient.change(patient.predictions[:50], lambda _: {"model_version": None})
    said = taken_in(patient, lived)
    assert "50 of the newest predictions of the model fraud name no version" in said
    assert "beside 'v1'" in said


def test_two_versions_are_no_illness(patient: Patient, lived: bool) -> None:
    patient.change(patient.predictions[::2], lambda _: {"model_version": "v2"})
    assert "Nothing found." in taken_in(patient, lived)


def test_what_is_nearest_to_the_source_comes_first(patient: Patient) -> None:
    patient.change(patient.labels, lambda event: {"prediction_id": f"x{event['prediction_id']}"})
    patient.change(patient.predictions, lambda event: {"timestamp": event["timestamp"] - 7200})
    said = taken_in(patient, True)
    assert said.index("stands still") < said.index("have no prediction") < said.index("No outcome of the model")


def test_joined_rows_have_nothing_to_match(patient: Patient, lived: bool) -> None:
    patient.configuration["feeds"] = [
        {"name": "rows", "kind": "file", "path": "predictions*.jsonl", "events": "outcomes"}
    ]
    patient.change(patient.predictions, lambda event: {"actual": 1, "label_timestamp": event["timestamp"] + 60})
    assert "Nothing found." in taken_in(patient, lived)


def test_a_store_that_cannot_be_read_is_said(patient: Patient) -> None:
    patient.write()
    (patient.folder / "data").mkdir()
    (patient.folder / "data" / "ledger.sqlite").write_bytes(b"no store at all, but something of another program")
    told = invoke("doctor", patient.folder / "monitoring.yml")
    assert told.exit_code == 1
    assert "cannot be read" in told.stderr


def test_as_a_process_it_behaves_alike(patient: Patient, tmp_path: Path) -> None:
    patient.write()
    told = run("doctor", "monitoring.yml", folder=tmp_path)
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout.endswith("Nothing found.\n")
