"""The tables that a system is made of: what they hold, checked once, then never changed."""
