"""A second opinion on a plan, from its tables alone: no solver and no network has a part in it."""
