"""How the library's objects look in a notebook: a caption, a sentence or two, a small table.

Everything is escaped, whatever trusts are called; nothing is asked of another server; colours are
the notebook's own, so that it reads on dark and on light.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Template

LONGEST = 60
SOURCE = """\
<div style="max-width: 60em; line-height: 1.4">
<p style="margin: 0 0 .3em"><strong><bdi>{{ title }}</bdi></strong></p>
{%- for line in lines %}
<p style="margin: 0 0 .3em"><bdi>{{ line }}</bdi></p>
{%- endfor %}
{%- if rows %}
<table style="font-variant-numeric: tabular-nums">
<caption style="text-align: left; padding: .2em 0">{{ caption }}</caption>
<thead><tr>
{%- for name in headings %}<th scope="col" style="text-align: \
{{ 'left' if loop.first else 'right' }}"><bdi>{{ name }}</bdi></th>{% endfor -%}
</tr></thead>
<tbody>
{%- for row in rows %}
<tr><th scope="row" style="text-align: left; font-weight: normal"><bdi>{{ row[0] }}</bdi></th>
{%- for cell in row[1:] %}<td style="text-align: right"><bdi>{{ cell }}</bdi></td>{% endfor -%}
</tr>
{%- endfor %}
</tbody></table>
{%- endif %}
</div>
"""


def shown(
    title: str,
    lines: Sequence[str] = (),
    *,
    caption: str = "",
    headings: Sequence[str] = (),
    rows: Sequence[Sequence[object]] = (),
) -> str:
    """Lay out a title, some lines and a table as HTML.

    Parameters
    ----------
    title, lines
        Plain text.
    caption, headings, rows
        A table, if there are rows: the first cell of a row says what it is about; whole numbers
        get thousands separators, other numbers one decimal as well, None an empty cell.

    Examples
    --------
    >>> "&lt;script&gt;" in shown("<script>", headings=["Trust", "Patients"], rows=[["RJ1", 1200]])
    True
    """
    cells = [[_text(value) for value in row] for row in rows]
    return _template().render(
        title=_cut(title), lines=lines, caption=caption, headings=headings, rows=cells
    )


@cache
def _template() -> Template:
    # Loaded when a notebook first shows something, and not with the library.
    from jinja2 import Environment

    return Environment(autoescape=True).from_string(SOURCE)


def _text(value: object) -> str:
    if value is None or value != value:
        return ""
    if isinstance(value, float):
        return f"{value:,.1f}"
    return f"{value:,}" if isinstance(value, int) else _cut(str(value))


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
