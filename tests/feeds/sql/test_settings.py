"""What a feed of SQL can be told, and how ``ml-exporter check`` answers what cannot be."""

from importlib import util
from pathlib import Path
from typing import Any

import pytest
import yaml

from ml_exporter.config import ConfigurationError, FeedSettings
from ml_exporter.feeds.sql import SqlFeedSettings, address
from ml_exporter.pipeline import load_configuration

_FEED = {
    "name": "predictions",
    "kind": "sql",
    "url": "sqlite:///events.db",
    "table": "predictions",
    "cursor": "id",
    "events": "outcomes",
}


def read(folder: Path, **changes: Any) -> FeedSettings:
    """Read a configuration with the feed, with changes; ``...`` leaves a key out."""
    feed = {name: value for name, value in (_FEED | changes).items() if value is not ...}
    file = folder / "monitoring.yml"
    file.write_text(yaml.safe_dump({"models": [{"name": "fraud", "task": "binary"}], "feeds": [feed]}))
    return load_configuration(file).feeds[0]


def problems(folder: Path, **changes: Any) -> list[str]:
    """Return what is wrong with the feed."""
    with pytest.raises(ConfigurationError) as raised:
        read(folder, **changes)
    return [str(problem).partition("feeds[0]")[2] for problem in raised.value.problems]


def test_a_cursor_is_one_column_or_several(tmp_path: Path) -> None:
    for cursor, columns in (("id", ("id",)), (["updated_at", "id"], ("updated_at", "id"))):
        settings = read(tmp_path, cursor=cursor)
        assert isinstance(settings, SqlFeedSettings)
        assert settings.cursor_columns == columns


@pytest.mark.parametrize(
    ("changes", "place", "message"),
    [
        ({"query": "SELECT 1"}, ":", "has table and query of table and query; give exactly one of them"),
        ({"table": ...}, ":", "has neither of table and query; give exactly one of them"),
        ({"cursor": ...}, ".cursor:", "is missing; add it: the column that rows are read in the order of"),
        ({"cursor": ["id", "id"]}, ".cursor:", "names a column twice; name each once"),
        ({"cursor": []}, ".cursor:", "has none of the forms that it may have"),
        ({"url": "events.db"}, ".url:", "is no URL of a database; write it as in postgresql+psycopg://user@host/"),
        ({"url": "postgresql://me:hush@db/shop"}, ".url:", "has a password in it, where it could leak; write ${NAME}"),
        ({"url": "mysql+x://db/shop?user=me&password=hush"}, ".url:", "has a password in it"),
        ({"url": "cobol://db/shop"}, ".url:", "names 'cobol', which SQLAlchemy has no dialect for"),
        ({"url": "oracle+cx_oracle://db/shop"}, ".url:", "needs the driver cx_Oracle, which is not installed"),
        ({"url": "postgresql+psycopg://db:port/shop"}, ".url:", "cannot be read as a URL"),
        ({"password": "hush"}, ".password:", "is not taken inline, where it could leak; put it into a file"),
        ({"batch_rows": 20_001}, ".batch_rows:", "must be less than or equal to 20000"),
    ],
)
def test_what_cannot_be_meant_is_told_with_a_remedy(
    tmp_path: Path, changes: dict[str, Any], place: str, message: str
) -> None:
    (told,) = problems(tmp_path, **changes)
    assert told.startswith(place)
    assert message in told
    assert "hush" not in told


@pytest.mark.parametrize("url", ["${URL}", "postgresql+psycopg://me:${PASSWORD}@db/shop"])
def test_a_password_may_come_out_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("URL", "postgresql+psycopg://me:hush@db/shop")
    monkeypatch.setenv("PASSWORD", "hush")
    settings = read(tmp_path, url=url)
    assert isinstance(settings, SqlFeedSettings)
    assert "hush" in settings.url
    assert "hush" not in repr(settings)


def test_a_password_in_two_places_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("URL", "postgresql+psycopg://me:hush@db/shop")
    (told,) = problems(tmp_path, url="${URL}", password_file="secret")  # noqa: S106 - the name of a file
    assert told.startswith(".url: has a password, and there is a password_file, too; leave one of them out")
    assert "hush" not in told


def test_without_sqlalchemy_it_is_said_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(address, "find_spec", lambda name: None if name == "sqlalchemy" else util.find_spec(name))
    (told,) = problems(tmp_path)
    assert told.startswith('.url: needs SQLAlchemy, which is not installed; pip install "ml-exporter[sql]"')
