"""From a system and a policy to a certified plan."""
