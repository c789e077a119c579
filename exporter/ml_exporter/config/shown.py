"""How a value stands in a message: short, and without what came out of the environment, which may be a secret."""

_LONGEST = 80
_YAML = {True: "true", False: "false", None: "nothing"}


class Expanded(str):
    """A text in which variables of the environment were replaced; messages show it as it was written."""

    __slots__ = ("written",)

    written: str

    def __new__(cls, text: str, written: str) -> "Expanded":
        """Keep both the text and what stands in the file."""
        expanded = super().__new__(cls, text)
        expanded.written = written
        return expanded

    def __repr__(self) -> str:
        return repr(self.written)


def shown(value: object) -> str:
    """Return a value as it stands in a message, cut where it is long."""
    text = _YAML.get(value, repr(value)) if isinstance(value, bool | None) else repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def printable(text: str) -> str:
    """Return a text in one line, with escapes for what a terminal would not print, or obey."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)
