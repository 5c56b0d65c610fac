"""From tables as they were given to tables as the library holds them, checked and told."""
