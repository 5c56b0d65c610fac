"""Limits that tie queues or services together, one file for each kind, as side rows."""
