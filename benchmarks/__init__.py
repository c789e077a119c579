"""Benchmarks: what was measured, with the programs that measure it."""
