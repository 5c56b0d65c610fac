"""A docstring may name things by where they are written; readers know them by the public name."""

from __future__ import annotations

import importlib
import inspect
from typing import TYPE_CHECKING, Any

import mutualaid

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from docutils import nodes
    from sphinx.addnodes import pending_xref
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment


ROOMS = ("studies", "patients", "simulation", "report", "readers", "policy", "planning", "solve")
"""Where public names are, beside the package itself."""


def homes() -> Iterator[tuple[str, ModuleType]]:
    """Where public names are looked for, the package itself first."""
    yield "mutualaid", mutualaid
    for room in ROOMS:
        yield f"mutualaid.{room}", importlib.import_module(f"mutualaid.{room}")


def public_name(written: str) -> str | None:
    """Find the public name of what a module of the package defines.

    Examples
    --------
    >>> public_name("mutualaid.planning.optimise.build")
    'mutualaid.build'
    >>> public_name("mutualaid.nowhere.build") is None
    True
    """
    module, _, name = written.rpartition(".")
    if not module.startswith("mutualaid."):
        return None
    try:
        found = getattr(importlib.import_module(module), name, None)
    except ModuleNotFoundError:
        return None
    for home, room in homes():
        if name in room.__all__ and found is getattr(room, name):
            return f"{home}.{name}"
    return None


def owner_of(attribute: str) -> str | None:
    """Find the public class whose docstring describes an attribute.

    Examples
    --------
    >>> owner_of("Offers.table"), owner_of("Offers.nothing")
    ('mutualaid.patients.Offers', None)
    """
    name, _, field = attribute.rpartition(".")
    name = name.rpartition(".")[2]
    for home, room in homes():
        owner = getattr(room, name, None) if name in room.__all__ else None
        bases = getattr(owner, "__mro__", ())
        if field in {one for base in bases for one in inspect.get_annotations(base)}:
            return f"{home}.{name}"
    return None


def resolve(
    app: Sphinx, environment: BuildEnvironment, node: pending_xref, content: nodes.TextElement
) -> nodes.reference | None:
    """Link to the public name where the written one has no page of its own."""
    if node.get("refdomain") != "py":
        return None
    name = public_name(node["reftarget"]) or owner_of(node["reftarget"])
    if name is None:
        return None
    domain = environment.get_domain("py")
    return domain.resolve_xref(environment, node["refdoc"], app.builder, "obj", name, node, content)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the resolver."""
    app.connect("missing-reference", resolve)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
