"""Pieces of Go templates for Prometheus' annotations, with every text from outside quoted safely."""

import json
import re

VERSION = "{{ $labels.model_version }}"
"""Prints the alert's model version."""

VERSION_IN_URL = "{{ $labels.model_version | urlquery }}"
"""The same within an address."""

_LABEL = re.compile(r'"\{\{ \$labels\.(\w+) \}\}"')
"""A label of the alert as a quoted template."""


def literal(text: str) -> str:
    """Return a template that prints a text as it is, whatever braces it holds.

    >>> literal("fraud"), literal("{{ .x }}")
    ('fraud', '{{ "{{ .x }}" }}')
    """
    return f"{{{{ {json.dumps(text, ensure_ascii=False)} }}}}" if "{" in text or "}" in text else text


def plain(text: str) -> str:
    """Return a text as it is: what ``literal`` prints, for the tests of a rule."""
    return text


def looked_up(expression: str, number_format: str, *, then: str = "", otherwise: str = "-") -> str:
    """Return a template that queries an expression and prints its first value.

    Args:
        expression: PromQL that may select ``model_version=VERSION``, the alert's own, and its other labels likewise.
        number_format: as for printf: ``%.4g``.
        then: a template to go on with where there is a value.
        otherwise: a template to print where there is none.
    """
    printed = f"{{{{ . | first | value | printf {json.dumps(number_format)} }}}}"
    return f"{{{{ with {_of_the_alert(expression)} | query }}}}{printed}{then}{{{{ else }}}}{otherwise}{{{{ end }}}}"


def _of_the_alert(expression: str) -> str:
    """Return the template's expression for PromQL in which templates stand for the alert's labels.

    A label is quoted by Go's %q, which PromQL reads as it reads its own strings.
    """
    labels = _LABEL.findall(expression)
    pattern = _LABEL.sub("%q", expression.replace("%", "%%"))
    arguments = "".join(f" $labels.{label}" for label in labels)
    return f"(printf {json.dumps(pattern, ensure_ascii=False)}{arguments})"


def humanized(seconds: int) -> str:
    """Return a number of seconds as ``humanizeDuration`` prints it, for the tests of a rule.

    >>> humanized(45), humanized(3600), humanized(360_045)
    ('45s', '1h 0m 0s', '4d 4h 0m 45s')
    """
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = ((days, "d"), (hours, "h"), (minutes, "m"), (rest, "s"))
    first = next((index for index, (number, _) in enumerate(parts) if number), len(parts) - 1)
    return " ".join(f"{number}{unit}" for number, unit in parts[first:])
