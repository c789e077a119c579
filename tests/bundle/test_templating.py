"""Texts from outside within templates, and what templates print."""

import pytest

from ml_exporter.bundle.templating import VERSION, humanized, literal, looked_up


@pytest.mark.parametrize(
    ("text", "template"),
    [
        ("fraud_detection", "fraud_detection"),
        ('a "quoted" \\ name', 'a "quoted" \\ name'),
        ("{{ .x }}", '{{ "{{ .x }}" }}'),
        ('}}"\n', '{{ "}}\\"\\n" }}'),
    ],
)
def test_a_text_is_quoted_only_where_a_template_would_read_it(text: str, template: str) -> None:
    assert literal(text) == template


def test_a_lookup_prints_its_first_value_and_says_what_stands_without_one() -> None:
    assert looked_up('max(x{a="1"})', "%.4g", then=" s", otherwise="unknown") == (
        '{{ with (printf "max(x{a=\\"1\\"})") | query }}'
        '{{ . | first | value | printf "%.4g" }} s{{ else }}unknown{{ end }}'
    )


def test_a_lookup_selects_by_labels_of_the_alert_in_their_order() -> None:
    expression = f'x{{b="{{{{ $labels.feature }}}}",v="{VERSION}"}} * 100 % 7'
    assert looked_up(expression, "%.0f") == (
        '{{ with (printf "x{b=%q,v=%q} * 100 %% 7" $labels.feature $labels.model_version) | query }}'
        '{{ . | first | value | printf "%.0f" }}{{ else }}-{{ end }}'
    )


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (59, "59s"), (60, "1m 0s"), (3661, "1h 1m 1s"), (86_400, "1d 0h 0m 0s"), (90_061, "1d 1h 1m 1s")],
)
def test_durations_read_as_prometheus_prints_them(seconds: int, text: str) -> None:
    assert humanized(seconds) == text
