"""What if: ladders, scenarios, frontiers, stress, and where the next session should go."""
