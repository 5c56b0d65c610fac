"""Formulas as MathML, made when the pages are built.

Browsers show it with no script, no font and no other server.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.errors import SphinxError
from sphinx.util.math import get_node_equation_number

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.writers.html5 import HTML5Translator


class FormulaError(SphinxError):
    """A formula that MathML cannot be made of."""

    category = "Formula error"


def mathml(latex: str, display: str) -> str:
    """Turn a formula into MathML.

    Parameters
    ----------
    latex
        The formula.
    display
        ``"inline"`` or ``"block"``.

    Raises
    ------
    FormulaError
        If it cannot be read, or holds a command that the converter does not know: it would be
        shown as it is written, backslash and all.

    Examples
    --------
    >>> mathml("x_a", "inline").count("<msub>")
    1
    """
    # Browsers stretch brackets by themselves; the converter stumbles over sizes.
    latex = re.sub(r"\\[bB]igg?[lr](?![A-Za-z])", "", latex)
    try:
        result = convert(latex, display=display)
    except Exception as error:
        raise FormulaError(f"{latex!r} cannot be read: {error!r}") from error
    if "\\" in result:
        raise FormulaError(f"{latex!r} holds a command that cannot be shown")
    return result


def visit_inline(translator: HTML5Translator, node: nodes.Element) -> None:
    """Write a formula within a line."""
    translator.body.append(mathml(node.astext(), "inline"))
    raise nodes.SkipNode


def visit_block(translator: HTML5Translator, node: nodes.Element) -> None:
    """Write a formula on lines of its own, with its number if it has one."""
    translator.body.append(translator.starttag(node, "div", CLASS="math"))
    if node["number"]:
        number = get_node_equation_number(translator, node)
        translator.body.append(f'<span class="eqno">({number})')
        translator.add_permalink_ref(node, "Link to this equation")
        translator.body.append("</span>")
    translator.body.append(mathml(node.astext(), "block") + "</div>\n")
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the renderer."""
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
