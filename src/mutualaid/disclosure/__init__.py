"""Small numbers that nothing published gives away, and the attacker who tests it."""
