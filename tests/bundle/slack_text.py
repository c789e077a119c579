"""How a message reads in Slack: of its markup, links and escapes only what a person sees."""

import html
import re

from ml_exporter.demo.slack import Message

_LINK = re.compile(r"<([^|>]+)\|([^>]+)>")
"""A link as Slack writes it: <address|text>."""


def text(message: Message) -> str:
    """Return the title, the text and the fields."""
    (attachment,) = message.payload["attachments"]
    body = html.unescape(_LINK.sub(r"\2", attachment["text"]))
    lines = (f"{name}: {value}" for name, value in fields(message).items())
    return "\n".join([html.unescape(attachment["title"]), body, *lines])


def fields(message: Message) -> dict[str, str]:
    """Return the fields, heading to value."""
    (attachment,) = message.payload["attachments"]
    return {field["title"]: html.unescape(field["value"]) for field in attachment["fields"]}


def links(message: Message) -> dict[str, str]:
    """Return the links: what they are called to where they lead."""
    (attachment,) = message.payload["attachments"]
    return {name: address for address, name in _LINK.findall(attachment["text"])}
