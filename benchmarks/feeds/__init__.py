"""What an event costs from each kind of feed, beside JSON lines in the same run: ``python -m benchmarks.feeds``.

A module of this package that defines ``CASES``, names to ``Prepare``, or ``RATES``, names to ``Rate``, is measured: a
kind of feed is one file here.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

Prepare = Callable[[Path, int], AbstractContextManager[list[dict[str, Any]]]]
"""Brings so many predictions and their labels (``benchmarks.pipeline.events``) into a source, in a folder or beside it,
and returns the settings of the feeds that read them, those of predictions first."""

Rate = Callable[[int], float]
"""Measures by itself what cannot be read from within: from predictions, and as many labels, to events a second of the
exporter's processor."""
