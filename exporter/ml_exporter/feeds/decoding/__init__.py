"""Decoding: from a source's bytes to valid columns, and to the events that could not be used."""

from ml_exporter.feeds.decoding.decoder import EventDecoder, Usable
from ml_exporter.feeds.decoding.json_lines import JsonLines
from ml_exporter.feeds.decoding.problems import Problems

__all__ = ["EventDecoder", "JsonLines", "Problems", "Usable"]
