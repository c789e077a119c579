"""Every error at once, each with its line, its path, the value and the remedy."""

import textwrap

from ml_exporter.config import Problem
from tests.config.conftest import Loaded, Told

_WRONG_EVERYWHERE = textwrap.dedent("""\
    models:
      - name: fraud
        task: binry
        decision_threshold: 7
        positive_clas: 1
        objectives: {recall: {treshold: 0.5, window: 3h}}
      - name: fraud
        task: binary
        objectives: {accuraccy: 0.9, accuracy: 90, f1: {threshold: 0.5, window: 3h}}
    feeds:
      - {name: a b, kind: file, path: x, events: predictions, models: [frud], fields: {idd: x}}
      - {name: labels, kind: fle, events: labels, stalled_after: 5}
    tick: 5 parsecs
    windows: [1h, 60m, 5m, 3d]
    buckets: [{width: 1m, keep: 2h}, {width: 7m, keep: 1h}, {width: 1h, keep: 2d}]
    sever: {listen: ["0.0.0.0:9877"]}
    store:
    alerting:
      receivers:
        - {name: team, slack: {url: "https://hooks.example.org/secret", channel: 1}}
        - {name: team, slak: {}}
      routes: {critical: [taem], warning: team}
    """)

_EXPECTED = """\
line 3: models[0].task: 'binry' is no task; choose from binary, multiclass, ranking, regression
line 4: models[0].decision_threshold: 7 is not allowed; it must be less than 1
line 5: models[0].positive_clas: is no key that is known here; did you mean 'positive_class'?
line 6: models[0].objectives.recall.treshold: is no key that is known here; did you mean 'threshold'?
line 6: models[0].objectives.recall.window: '3h' is none of `windows` (1h, 60m, 5m, 3d); add it there, or choose one
line 7: models[1].name: 'fraud' is the name of models[0] already; give each its own
line 9: models[1].objectives.accuraccy: is no metric of the task binary; did you mean 'accuracy'?
line 9: models[1].objectives.accuracy: 90 can never be reached, since a ratio is at most 1; write 0.9 for 90 %
line 9: models[1].objectives.f1.window: '3h' is none of `windows` (1h, 60m, 5m, 3d); add it there, or choose one
line 11: feeds[0].name: 'a b' is not allowed as a name; it takes 1 to 100 letters, digits and . _ -
line 11: feeds[0].fields.idd: is no field of predictions; the left side is our name, the right side yours
line 11: feeds[0].models[0]: 'frud' is not configured under models; did you mean 'fraud'?
line 12: feeds[1].kind: 'fle' is no kind of feed; did you mean 'file'?
line 12: feeds[1].stalled_after: 5 is no duration; write a number and a unit
line 13: tick: '5 parsecs' is no duration; write a number and a unit out of ms, s, m, h, d, w, y: 15s, 5m, 24h
line 14: windows[1]: '60m' is as long as another window; leave one of them out
line 14: windows[2]: '5m' is shorter than the buckets of histograms, 7m; lengthen it
line 14: windows[3]: '3d' is longer than buckets are kept, 2d; shorten it, or lengthen the last `keep` of `buckets`
line 15: buckets[1].keep: '1h' is not longer than the keep before it, 2h; lengthen it
line 15: buckets[2].width: '1h' is no multiple of the width before it, 7m; make it one
line 16: sever: is no key that is known here; did you mean 'server'?
line 17: store: nothing stands where keys and values belong; fill it in, or leave the key out
line 20: alerting.receivers[0].slack.url: is not taken inline, where it could leak; put it into a file and give
line 20: alerting.receivers[0].slack.channel: 1 is read as a number where a text belongs; put quotes around it
line 21: alerting.receivers[1]: the receiver has 'slak', which is no kind; give it `name` and one kind out of
line 21: alerting.receivers[1].name: 'team' is the name of alerting.receivers[0] already; give each its own
line 22: alerting.routes.warning: 'team' stands where a list belongs; write [team]
line 22: alerting.routes.critical[0]: 'taem' is no receiver; add it under alerting.receivers, or correct it: did you
"""


def test_one_look_finds_everything_that_is_wrong_and_says_it_in_the_order_of_the_lines(told: Told) -> None:
    said = [str(problem) for problem in told(_WRONG_EVERYWHERE)]
    expected = _EXPECTED.splitlines()
    for line in expected:
        assert any(one.startswith(line) for one in said), f"{line}\nis not among\n" + "\n".join(said)
    assert len(said) == len(expected), "\n".join(said)
    lines = [problem.line or 0 for problem in told(_WRONG_EVERYWHERE)]
    assert lines == sorted(lines)


def test_an_empty_list_is_told_to_be_empty(told: Told) -> None:
    (problem,) = told("models: []\nfeeds: [{name: a, kind: file, path: x, events: labels}]\n")
    assert str(problem) == "line 1: models: [] is empty; give at least one"


def test_a_secret_that_stands_in_the_file_is_not_repeated(told: Told) -> None:
    assert not any("hooks.example.org" in problem.message for problem in told(_WRONG_EVERYWHERE))


def test_a_valid_file_loads_and_windows_are_sorted(loaded: Loaded) -> None:
    text = "models: [{name: a, task: binary}]\nfeeds: [{name: f, kind: file, path: x, events: labels}]\n"
    monitoring = loaded(f"{text}windows: [7d, 1h]\n")
    assert [str(window) for window in monitoring.windows] == ["1h", "7d"]
    assert monitoring.model("a").task == "binary"


def test_a_problem_without_a_place_is_its_message_alone() -> None:
    assert str(Problem("", "is empty")) == "is empty"
    assert str(Problem("tick", "is empty", 3)) == "line 3: tick: is empty"
