"""Feeds that are none of files are opened, looked into, and left as they are."""

import json
import sqlite3
from contextlib import closing

import pytest

from tests.doctor.patient import Patient
from tests.feeds.kafka.cluster import Cluster, cluster


@pytest.fixture
def database(patient: Patient) -> Patient:
    """Have the patient's events lie in a database."""
    path = patient.folder / "events.db"
    columns = {"predictions": "score", "labels": "actual"}
    with closing(sqlite3.connect(path)) as connection, connection:
        for table, column in columns.items():
            connection.execute(f"create table {table} (id integer primary key, prediction_id, timestamp, {column})")
    common = {"kind": "sql", "url": "sqlite:///events.db", "cursor": "id", "lag": "30s"}
    patient.configuration["feeds"] = [
        {"name": table, "events": table, "table": table, "defaults": {"model_name": "fraud"}, **common}
        for table in columns
    ]
    return patient


def fill(patient: Patient) -> None:
    patient.write()
    with closing(sqlite3.connect(patient.folder / "events.db")) as connection, connection:
        for table, column in (("predictions", "score"), ("labels", "actual")):
            rows = [(one["prediction_id"], one["timestamp"], one[column]) for one in getattr(patient, table)]
            connection.executemany(f"insert into {table} (prediction_id, timestamp, {column}) values (?, ?, ?)", rows)  # noqa: S608 - our own


def test_a_healthy_database_has_nothing(database: Patient) -> None:
    fill(database)
    assert database.examined().endswith("\nNothing found.\n")


def test_ids_in_a_database_are_compared(database: Patient) -> None:
    for row, event in enumerate(database.labels):
        event["prediction_id"] = f"R-{row}"
    fill(database)
    assert "upper and lower case" in database.examined()


def test_rows_of_a_database_that_cannot_be_used_are_shown(database: Patient) -> None:
    for event in database.predictions[:50]:
        event["score"] = 7
    fill(database)
    said = database.examined()
    assert "50 of 200 first events of the feed predictions cannot be used: 50 bad_value" in said


def test_a_database_that_cannot_be_read_is_said(database: Patient) -> None:
    fill(database)
    database.configuration["feeds"][0]["table"] = "elsewhere"
    database.write()
    said = database.examined()
    assert "The feed predictions cannot be read" in said
    assert "correct `table`" in said


def test_a_table_without_rows_is_said(database: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ml_exporter.doctor.opening._SECONDS", 0.2)
    database.write()
    assert "it opens, and holds no event" in database.examined()


def test_a_topic_is_looked_into_and_its_group_is_told_nothing(patient: Patient) -> None:
    with cluster() as kafka:
        topics = {name: kafka.topic() for name in ("predictions", "labels")}
        for name, topic in topics.items():
            kafka.produce(topic, [json.dumps(event).encode() for event in getattr(patient, name)])
        patient.configuration["feeds"] = [
            {"name": name, "kind": "kafka", "events": name, "brokers": [kafka.address], "topic": topic, "group": "g"}
            for name, topic in topics.items()
        ]
        patient.write()
        assert patient.examined().endswith("\nNothing found.\n")
        assert _told(kafka, topics["labels"]) == [-1001]


def _told(kafka: Cluster, topic: str) -> list[int]:
    return kafka.committed("g", topic, 1)


def test_what_is_sent_is_not_asked_for(patient: Patient) -> None:
    patient.configuration["feeds"] = [
        {"name": name, "kind": "http", "events": name} for name in ("predictions", "labels")
    ]
    patient.write()
    said = patient.examined()
    assert "Traceback" not in said
    assert "cannot be read" not in said
