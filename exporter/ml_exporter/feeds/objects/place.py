"""How far one object has been read."""

import msgspec


class Place(msgspec.Struct):
    """How far one object has been read; readers move it."""

    identity: str
    key: str
    offset: int = 0
    skipping: bool = False
    taken: int = 0
