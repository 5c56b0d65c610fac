"""Benchmarks of the solver path, peers included: ``python -m benchmarks --size smoke``."""
