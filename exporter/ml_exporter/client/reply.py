"""What an answer of the exporter means for the events that were sent."""

from typing import Literal

import msgspec

Meaning = Literal["taken", "too_large", "refused", "later"]
"""Taken in; to be sent in smaller pieces; never to be taken; to be sent again later."""

_TAKEN = 202
_TOO_LARGE = 413
_REFUSED = {400, 415, 422}
"""What repeating cannot change: as for Prometheus' remote write and OTLP. Whatever may heal (a wrong address, a token
that is renewed) is kept and tried again."""

_REMEDIES = {
    401: "the exporter wants to be shown a token or a password: token_file, or username and password_file",
    403: "the token or password that is shown may not record events",
    404: "there is no feed of events at this address: is it the exporter's, and has it a feed of kind http?",
    429: "the exporter is sent more than it takes",
    503: "the exporter is starting, or its store has no room",
}


class Rejection(msgspec.Struct):
    """An event that the exporter refused."""

    index: int
    """Its place in the request."""

    reason: str
    detail: str = ""


class Reply(msgspec.Struct):
    """The body of a 202."""

    accepted: int
    duplicate: int = 0
    rejected: int = 0
    rejections: list[Rejection] = []


def meaning(status: int) -> Meaning:
    """Return what a status means."""
    if status == _TAKEN:
        return "taken"
    if status == _TOO_LARGE:
        return "too_large"
    return "refused" if status in _REFUSED else "later"


def reply(body: bytes, sent: int) -> Reply:
    """Return what the body of a 202 says; where it says nothing, that all was accepted."""
    try:
        return msgspec.json.decode(body, type=Reply)
    except msgspec.MsgspecError:
        return Reply(accepted=sent)


def explained(status: int, body: bytes) -> str:
    """Return an answer other than 202, for a person."""
    remedy = _REMEDIES.get(status, body[:200].decode(errors="replace").strip() or "no more was said")
    return f"answered {status}: {remedy}"
