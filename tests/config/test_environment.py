"""Variables of the environment in the configuration, and secrets, which never stand in it."""

import pytest

from ml_exporter.config import Section
from ml_exporter.pipeline import plug_in_kinds
from tests.config.conftest import Loaded, Told, changed

_URL_FILE = ("alerting", "receivers", 0, "slack", "url_file")


def test_a_variable_stands_for_its_value_wherever_a_text_may_stand(loaded: Loaded) -> None:
    values = changed(
        {
            ("tick",): "${TICK}",
            _URL_FILE: "${SECRETS}/slack",
            ("models", 0, "objectives", "accuracy"): "${THRESHOLD}",
            ("models", 0, "max_timeseries"): "${LIMIT}",
            ("feeds", 0, "path"): "${A}/${B}-*.jsonl",
        }
    )
    environment = {
        "TICK": "5s",
        "SECRETS": "/run/secrets",
        "THRESHOLD": "0.75",
        "LIMIT": "500",
        "A": "feed",
        "B": "scored",
    }
    monitoring = loaded(values, environment)
    assert str(monitoring.tick) == "5s"
    assert type(monitoring.tick.text) is str
    assert monitoring.models[0].objectives["accuracy"].threshold == 0.75
    assert monitoring.models[0].max_timeseries == 500
    assert monitoring.feeds[0].model_dump()["path"] == "feed/scored-*.jsonl"
    options = monitoring.alerting.receivers[0].options.model_dump()
    assert options["url_file"] == "/run/secrets/slack"
    assert type(options["url_file"]) is str


def test_each_variable_that_is_not_set_is_told_beside_everything_else(told: Told) -> None:
    values = changed({("tick",): "${TICK}", ("store", "path"): "${A}/${B}", ("window_by",): "nothing"})
    assert [str(problem).partition(": ")[2] for problem in told(values, {"A": "x"})] == [
        "tick: the environment variable TICK is not set; set it, or write the value",
        "store.path: the environment variable B is not set; set it, or write the value",
        "window_by: 'nothing' is not allowed; choose from 'label' or 'prediction'",
    ]


@pytest.mark.parametrize("text", ["${TICK:-5s}", "${ TICK }", "${5}", "${TICK", "a${}b"])
def test_what_only_looks_like_a_variable_is_told(told: Told, text: str) -> None:
    (problem,) = told(changed({("store", "path"): text}), {"TICK": "5s"})
    assert "has a ${ that begins no variable; write ${NAME}" in problem.message


def test_a_value_of_the_environment_stays_out_of_the_message_about_it(told: Told) -> None:
    places = [("tick",), ("window_by",), ("models", 0, "decision_threshold"), ("server", "listen", 0), _URL_FILE[:-1]]
    problems = told(changed(dict.fromkeys(places, "${SECRET}")), {"SECRET": "hunter2"})
    assert len(problems) == len(places)
    assert all("hunter2" not in str(problem) and "'${SECRET}'" in problem.message for problem in problems)


def test_a_dollar_sign_alone_is_a_dollar_sign(loaded: Loaded) -> None:
    assert loaded(changed({("store", "path"): "$data$"})).store.path == "$data$"


@pytest.mark.parametrize("key", ["url", "token", "webhook_url"])
def test_a_secret_is_refused_where_a_file_is_meant(told: Told, key: str) -> None:
    options = {"channel": "#ml", key: "https://hooks.example.org/secret"}
    problems = told(changed({("alerting", "receivers", 0, "slack"): options}))
    assert not any("hooks.example.org" in str(problem) for problem in problems)
    if key == "url":
        remedy = "is not taken inline, where it could leak; put it into a file and give `url_file: PATH`"
        assert problems[0].message == remedy


def test_no_receiver_takes_a_secret_but_by_a_file() -> None:
    """A secret is what gives its holder access: an address that posts, a key, a token, a password."""
    secret = ("url", "key", "token", "password", "secret")
    for kind, options in plug_in_kinds().receivers.items():
        for name in _keys(options):
            assert not name.endswith(secret), f"{kind}.{name} takes a secret inline: call it {name}_file"


def _keys(section: type[Section]) -> list[str]:
    return [field.alias or name for name, field in section.model_fields.items()]
