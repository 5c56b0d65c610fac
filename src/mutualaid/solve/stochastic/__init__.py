"""Two-stage programs: what is decided before it is known which network comes."""
