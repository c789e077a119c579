"""What cannot be meant is refused."""

from typing import Any

import pytest
from pydantic import ValidationError

from ml_exporter.config.shown import Expanded
from ml_exporter.feeds.redis import RedisFeedSettings

_OWN = {"name": "f", "kind": "redis", "events": "labels", "url": "redis://cache:6379/0", "stream": "s"}


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"stream": None}, "has neither of stream and streams"),
        ({"streams": ["a"]}, "has stream and streams"),
        ({"url": "cache:6379"}, "is no address of Redis"),
        ({"url": "http://cache"}, "is no address of Redis"),
        ({"url": "redis://:hidden@cache/0"}, "has a password in it"),
        ({"url": "redis://cache/0?password=hidden"}, "has a password in it"),
        ({"format": "xml"}, "format"),
    ],
)
def test_what_cannot_be_meant_is_refused(options: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError) as raised:
        RedisFeedSettings.model_validate(_OWN | options)
    messages = [f"{'.'.join(map(str, one['loc']))} {one['msg']}" for one in raised.value.errors()]
    assert any(why in one for one in messages), messages
    assert not any("hidden" in one for one in messages)


def test_an_address_out_of_the_environment_may_have_a_password() -> None:
    settings = RedisFeedSettings.model_validate(_OWN | {"url": Expanded("redis://:hidden@cache/0", "${URL}")})
    assert "hidden" not in repr(settings)
