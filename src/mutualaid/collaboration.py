"""How partners work together: the modes, from nobody helping anybody to the population first."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Collaboration:
    """A way to collaborate. Use one of the modes below."""

    @property
    def moves(self) -> bool:
        """Whether any patient may be treated away from home."""
        return True

    @property
    def name(self) -> str:
        """What the mode is called."""
        return type(self).__name__


@dataclass(frozen=True, slots=True)
class Independent(Collaboration):
    """Nobody helps anybody: every patient is treated at home or waits. The baseline.

    Examples
    --------
    >>> Independent().moves
    False
    """

    @property
    def moves(self) -> bool:
        """No patient is treated away from home."""
        return False


@dataclass(frozen=True, slots=True)
class Deep(Collaboration):
    """The population comes first: least total harm, whatever it does to a partner's own figures.

    Examples
    --------
    >>> Deep().moves
    True
    """
