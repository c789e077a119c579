"""Where something stands in the configuration: the keys and indices that lead to it, and how a person reads them."""

import re

Location = tuple[str | int, ...]

_PLAIN = re.compile(r"[A-Za-z_][\w-]*")


def path_of(location: Location) -> str:
    """Return a location as people write it.

    >>> path_of(("models", 0, "task")), path_of(("feeds", 1, "fields", "user.id"))
    ('models[0].task', "feeds[1].fields['user.id']")
    """
    text = ""
    for part in location:
        if isinstance(part, int):
            text += f"[{part}]"
        elif _PLAIN.fullmatch(part):
            text += f".{part}" if text else part
        else:
            text += f"[{part!r}]"
    return text
