"""Drift: features and predictions against their baselines."""
