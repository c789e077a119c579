"""Links from a row of a table down to the dashboards of its model: time and variables go along."""

from typing import Any

_KEPT = "${__url_time_range}&${datasource:queryparam}&${job:queryparam}&${instance:queryparam}"


def down(title: str, uid: str, **variables: str) -> dict[str, Any]:
    """Return a link to another dashboard.

    Args:
        title: of the link.
        uid: of the dashboard.
        variables: variable to the heading of the column that it is taken from.
    """
    filled = "".join(f"&var-{name}=${{__data.fields.{heading}:percentencode}}" for name, heading in variables.items())
    return {"title": title, "url": f"/d/{uid}?{_KEPT}{filled}"}
