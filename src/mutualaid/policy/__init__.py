"""What waiting costs, which moves are allowed, and how partners work together."""

from mutualaid.policy.collaboration import Collaboration
from mutualaid.policy.learned_acceptance import LearnedAcceptance, learn_acceptance
from mutualaid.policy.promise import BOARD_FIGURES

__all__ = ["BOARD_FIGURES", "Collaboration", "LearnedAcceptance", "learn_acceptance"]
