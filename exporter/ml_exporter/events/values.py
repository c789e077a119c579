"""How a class is spelled: one text for every way that JSON, YAML or a database may write it."""


def class_text(value: str | float | bool) -> str:
    """Return the one spelling of a class: booleans are 1 and 0, numbers stand in shortest form.

    >>> class_text(True), class_text(1.0), class_text("cat"), class_text(0.5)
    ('1', '1', 'cat', '0.5')
    """
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return str(value)
