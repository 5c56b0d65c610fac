"""A made-up hospital collaborative and its patients, the same for everybody.

For examples, tests and benchmarks: nobody in it exists. Its shape is that of English elective
care (about 60 % within 18 weeks, about 2 % over 52, very uneven between trusts); its numbers
were drawn from no record.

One table is of what there is: :func:`providers`, the places of England's providers.
"""

from mutualaid.datasets.made_up_criteria import accepts
from mutualaid.datasets.made_up_patients import patients
from mutualaid.datasets.made_up_system import _Recipe as _Recipe
from mutualaid.datasets.made_up_system import _tables as _tables
from mutualaid.datasets.made_up_system import collaborative, collaborative_providers
from mutualaid.datasets.places_of_england import providers

__all__ = ["accepts", "collaborative", "collaborative_providers", "patients", "providers"]


def __dir__() -> list[str]:
    return sorted(__all__)
