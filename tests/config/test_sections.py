"""Values of the wrong kind, and what each section says about them."""

from typing import Any

import pytest

from ml_exporter.config import Section
from ml_exporter.pipeline import plug_in_kinds
from tests.config.conftest import VALID, Loaded, Told, changed

_MODEL = ("models", 0)
_FEED = ("feeds", 0)
_SLACK = ("alerting", "receivers", 0)
_MAIL = {"name": "team", "email": {"to": ["a@b"], "sender": "b@c", "server": "d:25"}}


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        (("models",), {}, "models: {} stands where a list belongs"),
        (("models",), None, "models: nothing stands where a list belongs; fill it in, or leave the key out"),
        (("models", 1), "churn", "models[1]: 'churn' stands where keys and values belong"),
        ((*_MODEL, "name"), "", "models[0].name: '' is empty; write a text"),
        ((*_MODEL, "name"), 7, "models[0].name: 7 is read as a number where a text belongs; put quotes around it"),
        ((*_MODEL, "name"), False, "models[0].name: false is read as a boolean where a text belongs; put quotes"),
        ((*_MODEL, "name"), [], "models[0].name: [] stands where a text belongs"),
        ((*_MODEL, "decision_threshold"), "high", "models[0].decision_threshold: 'high' is no number; write one"),
        ((*_MODEL, "decision_threshold"), True, "models[0].decision_threshold: true is a boolean; write a number"),
        ((*_MODEL, "decision_threshold"), 0, "decision_threshold: 0 is not allowed; it must be greater than 0"),
        ((*_MODEL, "max_timeseries"), 1.5, "models[0].max_timeseries: 1.5 is no whole number; write one"),
        ((*_MODEL, "max_timeseries"), 5, "5 is not allowed; it must be greater than or equal to 100"),
        ((*_MODEL, "max_segment_values"), True, "max_segment_values: true is a boolean; write a number"),
        ((*_MODEL, "segments"), "country", "models[0].segments: 'country' stands where a list belongs; write ["),
        ((*_MODEL, "segments"), [False], "models[0].segments[0]: false is read as a boolean where a text belongs"),
        ((*_MODEL, "objectives"), ["accuracy"], "models[0].objectives: ['accuracy'] stands where keys and values"),
        ((*_MODEL, "objectives"), {1: 0.5}, "models[0].objectives['1']: the key 1 is read as a number; put quotes"),
        ((*_MODEL, "objectives", "accuracy"), "high", "objectives.accuracy.threshold: 'high' is no number; write one"),
        ((*_MODEL, "objectives", "accuracy"), float("nan"), "threshold: nan is not finite; write a finite number"),
        ((*_MODEL, "objectives", "accuracy"), {"threshold": 0.9, "severity": "page"}, "choose from 'info', 'warning'"),
        ((*_MODEL, "objectives", "accuracy"), 93, "93 can never be reached, since a ratio is at most 1; write 0.93"),
        ((*_MODEL, "objectives", "rmse"), 2, "models[0].objectives.rmse: is no metric of the task binary"),
        ((*_MODEL, "objectives", "auc_roc_macro"), 0.8, "is a metric of multiclass models, not of binary ones; did"),
        ((*_MODEL, "objectives", "revenue"), 100, "is a metric of models that have revenue; configure it, or"),
        ((*_FEED, "name"), "a/b", "feeds[0].name: 'a/b' is not allowed as a name; it takes 1 to 100 letters"),
        ((*_FEED, "name"), "x" * 101, "is not allowed as a name"),
        ((*_FEED, "kind"), "kafkaa", "feeds[0].kind: 'kafkaa' is no kind of feed; "),
        ((*_FEED, "kind"), ["file"], "feeds[0].kind: ['file'] is no kind of feed; "),
        ((*_FEED, "kind"), None, "feeds[0].kind: nothing is no kind of feed; "),
        ((*_FEED, "events"), "label", "feeds[0].events: 'label' is not allowed; choose from 'predictions', 'labels'"),
        ((*_FEED, "path"), "", "feeds[0].path: '' is empty; write a text"),
        ((*_FEED, "fields"), {"prediction_ids": "id"}, "is no field of predictions; the left side is our name"),
        ((*_FEED, "fields"), {"score": "p", "prediction": "p"}, "'p' is taken for score already"),
        ((*_FEED, "fields", "prediction_id"), 3, "feeds[0].fields.prediction_id: 3 is read as a number"),
        ((*_FEED, "stalled_after"), 60, "feeds[0].stalled_after: 60 is no duration; write a number and a unit"),
        ((*_FEED, "models"), ["fraud", "x"], "feeds[0].models[1]: 'x' is not configured under models; choose from"),
        ((*_FEED, "defaults"), {"model_name": "frad"}, "feeds[0].defaults.model_name: 'frad' is not configured"),
        (("windows",), [], "windows: [] is empty; give at least one"),
        (("windows", 0), "1h ", "windows[0]: '1h ' is no duration"),
        (("window_by",), "labels", "window_by: 'labels' is not allowed; choose from 'label' or 'prediction'"),
        (("buckets", 0), {"width": "1m"}, "buckets[0].keep: is missing; add it: how far back buckets of this width"),
        (("server", "listen"), [":9877"], "server.listen[0]: ':9877' is no host:port; write for example 0.0.0.0:9877"),
        (("server", "listen"), ["::1:9877"], "server.listen[0]: '::1:9877' is no host:port"),
        (("server", "listen"), ["a:65536"], "server.listen[0]: 'a:65536' is no host:port"),
        (("server", "listen"), ["a:\u00b2"], "is no host:port"),
        (("server", "listen"), ["a:1", "a:1"], "server.listen: names an address twice; name each once"),
        (("prometheus", "targets"), ["http://a:1"], "prometheus.targets[0]: 'http://a:1' is no host:port"),
        (("prometheus", "external_labels"), {"a-b": "x"}, "prometheus.external_labels.a-b: 'a-b' is no label name"),
        (("prometheus", "external_labels"), {"a": 1}, "external_labels.a: 1 is read as a number where a text"),
        (("alerting", "links", "grafana"), "grafana:3000", "'grafana:3000' is no address of a page; write"),
        (("alerting", "timing", "for"), 5, "alerting.timing.for: 5 is no duration"),
        (("alerting", "timing", "for_"), "5m", "alerting.timing.for_: is no key that is known here; did you mean"),
        (("alerting", "routes", "critcal"), [], "routes.critcal: is no key that is known here; did you"),
        (("alerting", "routes", "critical"), ["tem"], "alerting.routes.critical[0]: 'tem' is no receiver; add it"),
        (("alerting", "routes", "critical"), ["team", "team"], "critical[1]: 'team' stands here twice, and would be"),
        (_SLACK, {"name": "a"}, "alerting.receivers[0]: the receiver has no kind; give it `name` and one kind out of"),
        (_SLACK, {"name": "a", "slack": {}, "mail": {}}, "the receiver has 'slack', 'mail': more than one kind"),
        (_SLACK, {"name": "a", "slak": {}}, "the receiver has 'slak', which is no kind"),
        ((*_SLACK, "slack"), None, "alerting.receivers[0].slack: nothing stands where keys and values belong"),
        ((*_SLACK, "webhook"), {"url": "x"}, "the receiver has 'slack', 'webhook': more than one kind"),
        (_SLACK, {"email": {"to": ["a"], "sender": "b@c", "server": "d:25"}}, "email.to[0]: 'a' is no address of a"),
        (_SLACK, _MAIL | {"email": {**_MAIL["email"], "user": "u"}}, "email.password_file: is missing, since"),
        (("alerting", "routes", "watchdog"), ["x"], "alerting.routes.watchdog[0]: 'x' is no receiver; add it"),
        (("alerting", "routes", "teams"), {"risk": {}}, "alerting.routes.teams.risk: no model has the team 'risk'"),
        (("alerting", "routes", "owners"), {"jo": {"info": ["x"]}}, "routes.owners.jo.info[0]: 'x' is no receiver"),
        (("alerting", "routes", "owners"), {"jo": {"page": []}}, "owners.jo.page: is no key that is known here"),
        (("alerting", "business_hours"), {"start": "18:00", "end": "08:00"}, "'08:00' is not after `start`, '18:00'"),
        (("alerting", "business_hours"), {"end": 1080}, "business_hours.end: 1080 is read as a number where a text"),
        (("alerting", "business_hours"), {"start": "8:00"}, "'8:00' is no time of day; write it with two digits"),
        (("alerting", "business_hours"), {"timezone": "Paris"}, "business_hours.timezone: 'Paris' is no time zone"),
        (("alerting", "escalation"), [{"after": "1h"}], "escalation[0].receivers: is missing; add it: who is told"),
        (("alerting", "escalation"), [{"after": "1h", "receivers": ["x"]}], "escalation[0].receivers[0]: 'x' is no"),
        ((*_MODEL, "team"), "a b", "models[0].team: 'a b' is not allowed as a name; it takes 1 to 100 letters"),
        ((*_SLACK, "name"), "nobody", "is what the generated alertmanager.yml calls telling nobody; choose another"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_told_with_its_place_and_a_remedy(
    told: Told, place: tuple[str | int, ...], value: Any, said: str
) -> None:
    found = [str(problem).partition(": ")[2] for problem in told(changed({place: value}))]
    assert any(said in problem for problem in found), found


@pytest.mark.parametrize(
    ("way", "key", "about"),
    [
        ((), "models", "the models that are watched"),
        ((), "feeds", "where predictions and labels come from"),
        (("models", 0), "name", "the `model_name` that its events carry"),
        (("feeds", 1), "path", "a glob of files"),
        (("alerting", "receivers", 0, "slack"), "channel", "the channel"),
    ],
)
def test_a_missing_key_is_told_with_what_it_is(told: Told, way: tuple[str | int, ...], key: str, about: str) -> None:
    values = changed({})
    node: Any = values
    for step in way:
        node = node[step]
    del node[key]
    assert any(problem.message.startswith(f"is missing; add it: {about}") for problem in told(values))


def test_a_feed_without_a_kind_is_told_to_choose_one_beside_its_other_errors(told: Told) -> None:
    feed = {"name": "f", "path": "x", "events": "lables", "stalled_after": "x"}
    said = [str(problem).partition(": ")[2] for problem in told(changed({("feeds", 1): feed}))]
    assert said[0].startswith("feeds[1].kind: is missing; choose from")
    assert [problem.partition(": ")[0] for problem in said[1:]] == ["feeds[1].events", "feeds[1].stalled_after"]


def test_a_receiver_without_a_name_has_that_of_its_kind(loaded: Loaded) -> None:
    receivers = [{"slack": {"url_file": "a", "channel": "#a"}}]
    values = changed({("alerting", "receivers"): receivers, ("alerting", "routes", "critical"): ["slack"]})
    assert loaded(values).alerting.receivers[0].name == "slack"


def test_every_section_knows_its_keys_and_says_what_each_is() -> None:
    """The hints of messages, and the documentation, are made of them."""
    kinds = plug_in_kinds()
    sections = [*_below(Section), *kinds.feeds.values(), *kinds.receivers.values()]
    assert len(sections) > 10
    undescribed = [
        f"{section.__name__}.{name}"
        for section in sections
        for name, field in section.model_fields.items()
        if not field.description
    ]
    assert not undescribed


def _below(section: type[Section]) -> list[type[Section]]:
    direct = [one for one in section.__subclasses__() if one.__module__.startswith("ml_exporter.")]
    return direct + [one for known in direct for one in _below(known)]


def test_the_valid_configuration_is_valid(loaded: Loaded) -> None:
    monitoring = loaded(VALID)
    assert [model.name for model in monitoring.models_of(monitoring.feeds[1])] == ["fraud", "churn"]
    with pytest.raises(KeyError):
        monitoring.model("nobody")


def test_a_configuration_cannot_be_changed_once_it_is_loaded(loaded: Loaded) -> None:
    with pytest.raises(ValueError, match="frozen"):
        loaded(VALID).tick = VALID["tick"]


def test_settings_of_an_alert_that_does_not_exist_are_refused_with_the_closest_name(told: Told) -> None:
    (problem,) = told(changed({("alerting", "alerts"): {"MLErrorRateHihg": {"enabled": False}}}))
    assert problem.path == "alerting.alerts.MLErrorRateHihg"
    assert "MLErrorRateHigh" in problem.message


def test_a_threshold_for_an_alert_that_has_none_is_refused(told: Told) -> None:
    (problem,) = told(changed({("models", 0, "alerts"): {"MLModelDegraded": {"threshold": 0.5}}}))
    assert problem.path == "models[0].alerts.MLModelDegraded.threshold"
    assert "remove it" in problem.message


@pytest.mark.parametrize(
    ("rule", "path", "said"),
    [
        ({"metric": "acuracy"}, "metric", "is no metric; did you mean 'accuracy'?"),
        ({"operator": "<"}, "operator", "'gt'"),
        ({"window": "3h"}, "window", "'3h' is none of `windows`"),
        ({"models": ["frod"]}, "models[0]", "'frod' is not configured under models"),
        ({"min_data_points": 0}, "min_data_points", "greater than or equal to 1"),
        ({"name": "Watchdog"}, "", "'Watchdog' is an alert of the bundle already; give the rule another name"),
    ],
)
def test_a_rule_of_ones_own_that_cannot_be_is_refused(told: Told, rule: dict[str, Any], path: str, said: str) -> None:
    whole = {"name": "low", "metric": "accuracy", "operator": "lt", "threshold": 0.8, **rule}
    (problem,) = told(changed({("alerting", "rules"): [whole]}))
    assert problem.path == (f"alerting.rules[0].{path}" if path else "alerting.rules")
    assert said in problem.message
