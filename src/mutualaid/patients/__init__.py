"""Going on from what patients said: who accepted, who declined, and what to plan now."""
