"""Texts that must have a certain form, since they stand in file names, in labels or in addresses."""

import re
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_LABEL = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PORT = re.compile(r"[0-9]{1,5}")
_TIME_OF_DAY = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]|24:00")
_HOST = re.compile(r"\[[0-9A-Fa-f:.%\w]+\]|[^\s/:\[\]]+")


def _name(value: str) -> str:
    if not _NAME.fullmatch(value):
        raise ValueError("is not allowed as a name; it takes 1 to 100 letters, digits and . _ -")
    return value


def _label_name(value: str) -> str:
    if not _LABEL.fullmatch(value) or value.startswith("__"):
        raise ValueError("is no label name; it takes letters, digits and _, and begins with no digit and no __")
    return value


def _host_and_port(value: str) -> str:
    host, _, port = value.rpartition(":")
    if not _PORT.fullmatch(port) or int(port) > 65535 or not _HOST.fullmatch(host):
        raise ValueError("is no host:port; write for example 0.0.0.0:9877, localhost:9877 or [::1]:9877")
    return value


def _address_of_a_page(value: str) -> str:
    if not re.match(r"https?://[^\s/]", value):
        raise ValueError("is no address of a page; write for example https://grafana.example.org")
    return value


def _time_of_day(value: str) -> str:
    if not _TIME_OF_DAY.fullmatch(value):
        raise ValueError('is no time of day; write it with two digits each and in quotes, as in "08:30"')
    return value


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{name!r} is no time zone; write its IANA name, as in Europe/Paris") from None
    return name


Name = Annotated[str, AfterValidator(_name)]
"""The name of a feed, a receiver, a team, an owner."""

LabelName = Annotated[str, AfterValidator(_label_name)]
"""The name of one of Prometheus' labels."""

HostAndPort = Annotated[str, AfterValidator(_host_and_port)]
"""Where something listens."""

PageAddress = Annotated[str, AfterValidator(_address_of_a_page)]
"""An address that people open in a browser."""

TimeOfDay = Annotated[str, AfterValidator(_time_of_day)]
"""Hours and minutes."""

TimeZone = Annotated[str, AfterValidator(_known_zone)]
"""The IANA name of a time zone."""
