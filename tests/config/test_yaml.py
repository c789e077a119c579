"""The file itself: broken YAML, YAML that explodes, and what is no YAML at all."""

import resource
import threading
from pathlib import Path

import pytest
import yaml

from ml_exporter.config import ConfigurationError, load
from ml_exporter.config.yaml_source import MAXIMUM_BYTES, read_yaml
from ml_exporter.pipeline import plug_in_kinds
from tests.config.conftest import VALID, Loaded, Told

_REST = yaml.safe_dump({key: value for key, value in VALID.items() if key != "tick"})


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("tick: [15s\nwindows: [1h]\n", 2, "check indentation, quotes and brackets"),
        ("models:\n  - name: a\n    task: binary\n   segments: []\n", 4, "is no valid YAML"),
        ("tick: 15s: 16s\n", 1, "mapping values are not allowed here"),
        ("models:\n\t- name: a\n", 2, "indent with spaces, not with tabs"),
        ("tick: 'a\nwindows: [1h]\n", 3, "while scanning a quoted scalar, begun in line 1"),
        ("tick: @weekly\n", 1, "found character '@'"),
        ("tick: *nothing\n", 1, "found undefined alias 'nothing'"),
        ("a: 1\n---\nb: 2\n", 2, "expected a single document in the stream"),
        ("%YAML 3.0\n---\na: 1\n", 1, "version 1.* is required"),
        ("tick: {url_file: ${NAME}}\n", 1, 'put quotes around what holds a variable: "${NAME}"'),
        ("a: 1\ntick: !!python/object/apply:os.system [ls]\n", 2, "the tag !!python/object/apply:os.system is none"),
        ("tick: !!timestamp x\n", 1, "the tag !!timestamp is none that a configuration may use"),
        ("windows: !!set {1h, 24h}\n", 1, "the tag !!set is none that a configuration may use"),
        ("a: 1\ntick: !!int x\n", 2, "'x' cannot be read as !!int"),
        ("tick: !!bool x\n", 1, "'x' cannot be read as !!bool"),
        (f"tick: {'1' * 5000}\n", 1, "cannot be read as !!int"),
        ("a: 1\n? [b]\n: c\n", 2, "found unhashable key"),
        ("a: 1\nb: \x01\n", 2, "is no text"),
        ("a: \x00\n", 1, "is no text"),
        ("a: &a [*a]\n", 1, "the value contains itself by an alias"),
        ("a: &a {b: *a}\n", 1, "the value contains itself by an alias"),
        ("[" * 100 + "]" * 100, 1, "nested more than 50 levels deep"),
        ("a: 1\nb: " + "[" * 1_000_000, 2, "nested more than 50 levels deep"),
        ("a: 1\nb: " + "{" * 1_000_000, 2, "nested more than 50 levels deep"),
        ("- " * 500_000, 1, "nested more than 50 levels deep"),
        ("? " * 500_000, 1, "nested more than 50 levels deep"),
        ("".join(f"{' ' * level}a:\n" for level in range(1000)), 51, "nested more than 50 levels deep"),
        ("", None, "holds no keys and values; start with `models:`"),
        ("# only a comment\n", None, "holds no keys and values; start with `models:`"),
        ("---\n...\n", None, "holds no keys and values; start with `models:`"),
        ("- name: a\n", None, "holds a list where keys and values belong; start with `models:`"),
        ("fraud", None, "holds a text where keys and values belong"),
        ("1.5", None, "holds a number where keys and values belong"),
        ("yes", None, "holds a boolean where keys and values belong"),
    ],
)
def test_broken_yaml_is_told_with_its_line(told: Told, text: str, line: int | None, words: str) -> None:
    (problem,) = told(text)
    assert words in problem.message
    assert (problem.path, problem.line) == ("", line)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"models:\n  - name: \xff\xfe\n", "line 2: is not UTF-8 text (invalid start byte); save it as UTF-8"),
        ("models: []".encode("utf-16"), "is not UTF-8 text"),
        (b"\x7fELF\x02\x01\x01\x00\x00\x00", "is no text"),
        (b"\x1f\x8b\x08\x00\x00\x00\x00\x00", "is not UTF-8 text"),
        (bytes(range(256)) * 10, "is not UTF-8 text"),
        (b"PK\x03\x04\x14\x00", "is no text"),
        (b"#" * (MAXIMUM_BYTES + 1), "is larger than 1024 KiB: no configuration is; name the right file"),
    ],
)
def test_what_is_no_text_is_told(told: Told, content: bytes, words: str) -> None:
    (problem,) = told(content)
    assert words in str(problem)


def test_a_byte_order_mark_does_no_harm(loaded: Loaded) -> None:
    assert loaded(b"\xef\xbb\xbf" + yaml.safe_dump(VALID).encode()).models


def test_a_key_given_twice_is_told_with_both_lines_and_hides_nothing_else(told: Told) -> None:
    problems = told(f"tick: 5s\ntick: 6s\nwindow: x\n{_REST}")
    assert [str(problem) for problem in problems] == [
        "line 2: tick: the key 'tick' was given already in line 1; keep one",
        "line 3: window: is no key that is known here; did you mean 'windows'?",
    ]


def test_a_key_of_a_nested_mapping_given_twice_is_told(told: Told) -> None:
    (problem,) = told(f"tick: 5s\nlabel_horizon: 1d\nstore: {{path: a, path: b}}\n{_REST.replace('store:', 'x:')}")[:1]
    assert str(problem) == "line 3: store.path: the key 'path' was given already in line 3; keep one"


@pytest.mark.parametrize("text", ['"a\\0b"', '"\\ud800"'])
def test_a_text_that_no_store_could_keep_is_told(told: Told, text: str) -> None:
    problems = told(f"tick: 5s\nwindow_by: {text}\n{_REST}")
    assert "holds a character that no text may have; remove it" in str(problems[0])
    assert problems[0].line == 2


def test_anchors_and_merged_mappings_may_be_used(loaded: Loaded) -> None:
    text = """
        models:
          - &model {name: a, task: binary, segments: [country], decision_threshold: 0.4}
          - {<<: *model, name: b, decision_threshold: 0.6}
        feeds: [{name: f, kind: file, path: x, events: labels}]
        """
    monitoring = loaded(text)
    assert [(model.name, model.decision_threshold) for model in monitoring.models] == [("a", 0.4), ("b", 0.6)]
    assert monitoring.model("b").segments == ["country"]


def test_a_date_is_the_text_that_it_is(loaded: Loaded) -> None:
    text = "models: [{name: 2024-05-01, task: binary}]\nfeeds: [{name: f, kind: file, path: x, events: labels}]\n"
    assert loaded(text).models[0].name == "2024-05-01"


@pytest.mark.parametrize(
    "bomb",
    [
        "a0: &a0 [x, x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, 40)),
        "a0: &a0 {x: y, z: y}\n" + "".join(f"a{i}: &a{i} {{x: *a{i - 1}, z: *a{i - 1}}}\n" for i in range(1, 40)),
        "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}]\n" for i in range(1, 2000)),
    ],
)
def test_aliases_that_explode_are_refused_before_they_do(bomb: str) -> None:
    """The first two would make 2^40 values, the third one that is 2,000 levels deep."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    done = threading.Event()
    said: list[str] = []

    def read() -> None:
        with pytest.raises(Exception, match=r"no configuration (needs so many|is)") as refused:
            read_yaml(bomb)
        said.append(str(refused.value))
        done.set()

    threading.Thread(target=read, daemon=True).start()
    assert done.wait(60), "it is still at it"
    assert said
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 * 1024  # KiB


def test_many_values_without_aliases_are_refused_as_well(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ml_exporter.config.yaml_source._MAXIMUM_VALUES", 1000)
    (problem,) = told(f"a: [{'1,' * 1000}]")
    assert "more than 1000 values" in problem.message


@pytest.mark.parametrize(("name", "reason"), [("none.yml", "No such file or directory"), (".", "Is a directory")])
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, name: str, reason: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        load(tmp_path / name, plug_in_kinds())
    said = f"{tmp_path / name}: cannot be read ({reason}); name an existing, readable file"
    assert str(error.value) == said
