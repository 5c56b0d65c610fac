"""What waiting costs, which moves are allowed, and how partners work together."""
