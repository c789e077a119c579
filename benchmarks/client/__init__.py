"""What recording costs a service, beside what it might do instead: ``python -m benchmarks.client``."""
