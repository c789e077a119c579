"""Questions to Prometheus' HTTP API."""

import http.client
import json
import urllib.error
import urllib.parse
import urllib.request
from typing import Any


def query(address: str, expression: str) -> list[dict[str, Any]]:
    """Return the samples of an instant query: each with ``metric`` and ``value``; none where it cannot be asked."""
    found = _get(address, "query", query=expression)
    return list(found.get("result", []))


def value(address: str, expression: str) -> float | None:
    """Return the first sample's value, if there is one."""
    samples = query(address, expression)
    return float(samples[0]["value"][1]) if samples else None


def alerts(address: str, name: str) -> list[dict[str, Any]]:
    """Return the pending and firing alerts of a name."""
    found = _get(address, "alerts")
    return [alert for alert in found.get("alerts", []) if alert["labels"].get("alertname") == name]


def _get(address: str, resource: str, **parameters: str) -> dict[str, Any]:
    url = f"{address}/api/v1/{resource}?{urllib.parse.urlencode(parameters)}"
    try:
        with urllib.request.urlopen(url, timeout=5) as response:  # noqa: S310 - an address of our own, on loopback
            answer: dict[str, Any] = json.load(response)["data"]
            return answer
    except (urllib.error.URLError, http.client.HTTPException, OSError, ValueError):
        return {}
