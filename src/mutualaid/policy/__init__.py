"""What waiting costs, which moves are allowed, and how partners work together."""

from mutualaid.policy.collaboration import Collaboration

__all__ = ["Collaboration"]
