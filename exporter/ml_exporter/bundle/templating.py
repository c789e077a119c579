"""Pieces of Go templates for Prometheus' annotations, with every text from outside quoted safely."""

import json

VERSION = "{{ $labels.model_version }}"
"""Prints the alert's model version."""


def literal(text: str) -> str:
    """Return a template that prints a text as it is, whatever braces it holds.

    >>> literal("fraud"), literal("{{ .x }}")
    ('fraud', '{{ "{{ .x }}" }}')
    """
    return f"{{{{ {json.dumps(text, ensure_ascii=False)} }}}}" if "{" in text or "}" in text else text


def value_of(expression: str, number_format: str) -> str:
    """Return a template that queries an expression and prints its first value, or ``no data``.

    Args:
        expression: PromQL that selects ``model_version=VERSION``; see ``of_the_alert``.
        number_format: as for printf: ``%.4f``.
    """
    printed = f"{{{{ . | first | value | printf {json.dumps(number_format)} }}}}"
    return f"{{{{ with {of_the_alert(expression)} | query }}}}{printed}{{{{ else }}}}no data{{{{ end }}}}"


def of_the_alert(expression: str) -> str:
    """Return the template's expression for PromQL in which VERSION stands for the alert's version.

    The version is quoted by Go's %q, which PromQL reads as it reads its own strings.
    """
    pattern = expression.replace("%", "%%").replace(json.dumps(VERSION), "%q")
    return f"(printf {json.dumps(pattern, ensure_ascii=False)} $labels.model_version)"
