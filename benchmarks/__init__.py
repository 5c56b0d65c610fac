"""Benchmarks of the solver path: ``python -m benchmarks``."""
