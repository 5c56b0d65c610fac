"""Counts of waiting patients by band of waits, as statistical offices publish them."""
