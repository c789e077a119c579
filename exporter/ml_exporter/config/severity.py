"""How grave an alert is."""

from typing import Literal

Severity = Literal["info", "warning", "critical"]
