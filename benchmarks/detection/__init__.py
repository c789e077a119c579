"""How detectors compare: false alarms, delay, cost, and change points on annotated series.

``python -m benchmarks.detection`` runs everything and writes the tables and pictures of docs/detection.md.
"""
