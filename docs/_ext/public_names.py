"""A docstring may name things by where they are written; readers know them by the public name."""

from __future__ import annotations

import importlib
import inspect
from typing import TYPE_CHECKING, Any

import mutualaid

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.addnodes import pending_xref
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment


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
    if name not in mutualaid.__all__ or not module.startswith("mutualaid."):
        return None
    try:
        found = getattr(importlib.import_module(module), name, None)
    except ModuleNotFoundError:
        return None
    return f"mutualaid.{name}" if found is getattr(mutualaid, name) else None


def owner_of(attribute: str) -> str | None:
    """Find the public class whose docstring describes an attribute.

    Examples
    --------
    >>> owner_of("Offers.table"), owner_of("Offers.nothing")
    ('mutualaid.Offers', None)
    """
    name, _, field = attribute.removeprefix("mutualaid.").partition(".")
    owner = getattr(mutualaid, name, None) if name in mutualaid.__all__ else None
    known = {one for base in getattr(owner, "__mro__", ()) for one in inspect.get_annotations(base)}
    return f"mutualaid.{name}" if field in known else None


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
