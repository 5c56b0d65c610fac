"""Slots, referrals and removals of each period, from sessions and from what was."""
