"""Passwords against their bcrypt hashes. bcrypt is slow on purpose, so what was right once is remembered."""

import hashlib
import hmac
import secrets
import string
import threading
from collections import OrderedDict
from collections.abc import Mapping

import bcrypt

_REMEMBERED = 100
_LONGEST = 72
"""bcrypt looks at so many bytes of a password; all other tools cut what is longer."""

_DIGITS = string.ascii_letters + string.digits + "./"
_NOBODY = bcrypt.gensalt(10).decode() + "".join(secrets.choice(_DIGITS) for _ in range(31))
"""A hash of no password that anybody knows: an unknown user costs as much time as a known one. It is drawn, not
computed: that would cost every start a tenth of a second."""


class Passwords:
    """Checks passwords; one at a time, so that guessing costs one processor at most."""

    def __init__(self) -> None:
        self._secret = secrets.token_bytes(32)
        self._lock = threading.Lock()
        self._right: OrderedDict[bytes, None] = OrderedDict()

    def remembers(self, users: Mapping[str, str], user: str, password: bytes) -> bool:
        """Tell at once whether this was found right before, by the hash that the user has now."""
        return user in users and self._mark(user, users[user], password) in self._right

    def check(self, users: Mapping[str, str], user: str, password: bytes) -> bool:
        """Tell whether the password is the user's.

        Args:
            users: user to bcrypt hash.
            user: who asks.
            password: what he says it is.
        """
        hashed = users.get(user, _NOBODY)
        with self._lock:
            right = _fits(password, hashed) and user in users
            if right:
                self._right[self._mark(user, hashed, password)] = None
                if len(self._right) > _REMEMBERED:
                    self._right.popitem(last=False)
        return right

    def _mark(self, user: str, hashed: str, password: bytes) -> bytes:
        """Return what is remembered instead of the password: nothing can be learned from it outside this process."""
        parts = (user.encode(), hashed.encode(), password)
        message = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
        return hmac.digest(self._secret, message, hashlib.sha256)


def _fits(password: bytes, hashed: str) -> bool:
    try:
        return bcrypt.checkpw(password[:_LONGEST], hashed.encode())
    except ValueError:  # a password that bcrypt cannot hash, as with a zero byte, is nobody's
        return False
