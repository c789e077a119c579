"""From alertmanager.yml to the spec of an AlertmanagerConfig (Prometheus operator, v1alpha1): the same in other words.

Secrets that alertmanager.yml names by file are keys of one Secret here, each called as its file is.
"""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from ml_exporter.bundle.forms import FormError

SECRET = "ml-exporter-alerting"  # noqa: S105 - the name of an object
"""The Secret that holds what the configuration keeps in files."""

_MATCHER = re.compile(r'(\w+)(=~|!~|!=|=)"(.*)"', re.DOTALL)

_SECRETS = {
    "api_url_file": "apiURL",
    "routing_key_file": "routingKey",
    "webhook_url_file": "webhookURL",
    "api_key_file": "apiKey",
    "url_file": "urlSecret",
    "auth_password_file": "authPassword",
    "credentials_file": "credentials",
}
"""Key with a file to the key with a reference."""

_KEYS = {
    "api_url": "apiURL",
    "client_url": "clientURL",
    "require_tls": "requireTLS",
    "links": "pagerDutyLinkConfigs",
}
"""Keys that are not simply written in another case."""

_PAIRS = ("details", "headers")
"""Mappings that are lists of keys and values here."""


def alertmanager_config_spec(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the spec.

    Args:
        content: alertmanager.yml, parsed.

    Raises:
        FormError: an interval has a time zone of its own, which an AlertmanagerConfig does not know.
    """
    spec = {
        "route": _route(content["route"]),
        "inhibitRules": [
            {
                "sourceMatch": [_matcher(text) for text in rule["source_matchers"]],
                "targetMatch": [_matcher(text) for text in rule["target_matchers"]],
                "equal": rule["equal"],
            }
            for rule in content["inhibit_rules"]
        ],
        "receivers": [_receiver(receiver) for receiver in content["receivers"]],
    }
    intervals = [_interval(interval) for interval in content.get("time_intervals", [])]
    return {**spec, **({"muteTimeIntervals": intervals} if intervals else {})}


def _route(route: Mapping[str, Any]) -> dict[str, Any]:
    converted = {
        _camel(key): value for key, value in route.items() if key not in ("matchers", "routes", "active_time_intervals")
    }
    if "matchers" in route:
        converted["matchers"] = [_matcher(text) for text in route["matchers"]]
    if "active_time_intervals" in route:
        converted["activeTimeIntervals"] = route["active_time_intervals"]
    if "routes" in route:
        converted["routes"] = [_route(inner) for inner in route["routes"]]
    return converted


def _matcher(text: str) -> dict[str, str]:
    found = _MATCHER.fullmatch(text)
    if found is None:
        raise ValueError(f"{text} is no matcher")
    return {"name": found[1], "matchType": found[2], "value": found[3]}


def _interval(interval: Mapping[str, Any]) -> dict[str, Any]:
    converted = []
    for span in interval["time_intervals"]:
        if span.get("location", "UTC") != "UTC":
            raise FormError(
                f"alerting.business_hours.timezone: an AlertmanagerConfig knows no time zone, and {span['location']} is"
                " not UTC; write the hours in UTC, or leave the routes out with --only scrape,rules,dashboards"
            )
        times = [{"startTime": time["start_time"], "endTime": time["end_time"]} for time in span["times"]]
        converted.append({"weekdays": span["weekdays"], "times": times})
    return {"name": interval["name"], "timeIntervals": converted}


def _receiver(receiver: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": receiver["name"],
        **{_camel(key): [_options(one) for one in several] for key, several in receiver.items() if key != "name"},
    }


def _options(options: Mapping[str, Any]) -> dict[str, Any]:
    converted: dict[str, Any] = {}
    for key, value in options.items():
        if key in _SECRETS:
            converted[_SECRETS[key]] = _secret(value)
        elif key == "ca_file":
            converted["ca"] = {"secret": _secret(value)}
        elif key in _PAIRS:
            converted[key] = [{"key": name, "value": text} for name, text in value.items()]
        elif key == "links":
            converted[_camel(key)] = [{"href": link["href"], "alt": link["text"]} for link in value]
        else:
            converted[_camel(key)] = _options(value) if isinstance(value, dict) else value
    return converted


def _secret(path: str) -> dict[str, str]:
    return {"name": SECRET, "key": PurePosixPath(path).name}


def _camel(key: str) -> str:
    """Return a key as Kubernetes writes it.

    >>> _camel("slack_configs"), _camel("client_url"), _camel("group_by")
    ('slackConfigs', 'clientURL', 'groupBy')
    """
    first, *rest = key.split("_")
    return _KEYS.get(key, first + "".join(word.capitalize() for word in rest))
