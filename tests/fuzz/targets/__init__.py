"""Doors that bytes from outside come in by. Each module defines ``take``: whatever the bytes are, it returns.

``SEEDS`` are inputs to begin with, and whatever was once found to do harm.
"""
