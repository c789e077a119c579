"""Counting by one process and by Spark on this machine, side by side: ``python -m benchmarks.spark``."""
