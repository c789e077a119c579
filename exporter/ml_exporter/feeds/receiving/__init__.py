"""Receiving: how what is sent to the server reaches its feed, and how the sender hears what became of it.

The server finds an ``Inbox`` by the path of a request, has it understand the body, and leaves it there as a
``Delivery``. The feed takes deliveries out, several as one batch, and answers each once the batch is durable.
"""

from ml_exporter.feeds.receiving.body import BadBody, Body, TooLarge, UnsupportedBody, decompressed
from ml_exporter.feeds.receiving.delivery import Content, Delivery, Portion, Receipt, Refused
from ml_exporter.feeds.receiving.inbox import Closed, Full, Inbox, Limits, Place
from ml_exporter.feeds.receiving.inboxes import Inboxes
from ml_exporter.feeds.receiving.rights import Rights
from ml_exporter.feeds.receiving.settings import PREFIX, BodyForm, ReceivingSettings, TokenSettings
from ml_exporter.feeds.receiving.tokens import Tokens, UnusableToken

__all__ = [
    "PREFIX",
    "BadBody",
    "Body",
    "BodyForm",
    "Closed",
    "Content",
    "Delivery",
    "Full",
    "Inbox",
    "Inboxes",
    "Limits",
    "Place",
    "Portion",
    "Receipt",
    "ReceivingSettings",
    "Refused",
    "Rights",
    "TokenSettings",
    "Tokens",
    "TooLarge",
    "UnsupportedBody",
    "UnusableToken",
    "decompressed",
]
