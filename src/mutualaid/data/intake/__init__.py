"""From all tables as they were given to a system's: one order, one set of labels, checked."""
