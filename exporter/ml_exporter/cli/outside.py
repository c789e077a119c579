"""Texts from outside on a terminal: names of models and versions, which whoever writes events may choose."""

from rich.text import Text

from ml_exporter.config.shown import printable


def as_it_is(text: str) -> Text:
    """Return a text for rich to print as it is: it is no markup, and a terminal has nothing to obey in it."""
    return Text(printable(text))
