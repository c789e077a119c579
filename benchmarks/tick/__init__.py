"""What a tick costs, and what a series takes in memory: ``python -m benchmarks.tick``."""
