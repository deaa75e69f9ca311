"""What a reader looks at, in text and tables: token strips, replies side by side. Pictures are in helpers.plots.

Everything is shown as a bundle of markdown and plain text, because markdown is the one rich form that looks the same
live, re-opened and untrusted in JupyterLab; colours are literal and come with their own text colour, for dark themes.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import tiktoken

# Four pale backgrounds that differ in lightness too, so that neighbours are told apart without colour.
TOKEN_COLOURS = ("#cfe8fc", "#fde2b8", "#d5f0d0", "#ead9f2")
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
TOKEN_BOX = "color:#1a1a1a;border:1px solid #8a8a8a;border-radius:3px;padding:1px 2px;margin:1px;white-space:pre"


@dataclass(frozen=True)
class Shown:
    """Markdown with a plain text that says the same."""

    markdown: str
    plain: str

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, str]:
        markdown = self.markdown
        if "$" in markdown or "&#36;" in markdown:
            # Jupyter would set what stands between two dollar signs as mathematics, escaped or not; so it does with two
            # entities in one cell of a table.
            markdown = f'<div class="mathjax_ignore">\n\n{markdown}\n\n</div>'
        return {"text/markdown": markdown, "text/plain": self.plain}

    def __repr__(self) -> str:
        return self.plain


# Who else wants what is shown, such as a report that is made while a notebook runs.
listeners: list[Callable[[Any], None]] = []


def show(thing: Any) -> None:
    """Show a thing now, in a notebook richly and in a terminal as text."""
    from IPython import get_ipython
    from IPython.display import display

    shown = _as_shown(thing)
    for listener in listeners:
        listener(shown)
    if get_ipython() is None:
        print(repr(shown))
    else:
        display(shown)


def text(markdown: str) -> None:
    """Show a sentence that was computed, as markdown; a `$` is a dollar, never mathematics."""
    show(Shown(markdown, markdown))


def table(rows: Sequence[Mapping[str, Any]] | Mapping[str, Sequence[Any]], caption: str = "") -> None:
    """Show a table, given as rows (each column -> value) or as columns (name -> values, all of one length).

    Numbers are set right, floats with at most four significant digits.
    """
    if isinstance(rows, Mapping):
        rows = [dict(zip(rows, values, strict=True)) for values in zip(*rows.values(), strict=True)]
    if not rows:
        text("*(no rows)*")
        return
    columns = list(rows[0])
    right = [all(isinstance(row[column], int | float) for row in rows) for column in columns]
    lines = [
        "| " + " | ".join(map(_cell, columns)) + " |",
        "|" + "|".join("---:" if is_number else "---" for is_number in right) + "|",
    ]
    lines += ["| " + " | ".join(_cell(row[column]) for column in columns) + " |" for row in rows]
    widths = [max(len(_value(item)) for item in (column, *(row[column] for row in rows))) for column in columns]
    plain = ["  ".join(_value(item).ljust(width) for item, width in zip(columns, widths, strict=True)).rstrip()]
    for row in rows:
        cells = zip(columns, widths, strict=True)
        plain.append("  ".join(_value(row[column]).ljust(width) for column, width in cells).rstrip())
    if caption:
        lines = [caption, "", *lines]
        plain = [caption, *plain]
    show(Shown("\n".join(lines), "\n".join(plain)))


def tokens(text: str, encoding: tiktoken.Encoding, label: str = "") -> None:
    """Show a text cut into its tokens: one box a token, its id on hover; the plain text has a bar between tokens.

    A space that begins a token is drawn as `·`. A token that holds only part of a character shows its bytes.
    """
    ids = encoding.encode(text, disallowed_special=())
    pieces = [_piece(encoding.decode_single_token_bytes(token)) for token in ids]
    coloured = f"background-color:{{}};{TOKEN_BOX}"
    boxes = "".join(
        f'<span title="token {token}" style="{coloured.format(TOKEN_COLOURS[i % 4])}">{_escaped(piece)}</span>'
        for i, (token, piece) in enumerate(zip(ids, pieces, strict=True))
    )
    count = f"{len(ids)} tokens, {len(text)} characters"
    heading = f"<b>{html.escape(label)}</b> {count}" if label else count
    strip = f'<div style="line-height:2">{heading}<br>{boxes}</div>'
    show(Shown(strip, f"{label + ': ' if label else ''}{count}\n{'|'.join(pieces)}"))


def side_by_side(columns: Mapping[str, str]) -> None:
    """Show texts beside each other, such as two replies to two prompts: heading -> text."""
    heads = "".join(f'<th style="text-align:left">{_escaped(head)}</th>' for head in columns)
    width = 100 // max(len(columns), 1)
    style = f"text-align:left;vertical-align:top;white-space:pre-wrap;width:{width}%"
    cells = "".join(f'<td style="{style}">{_one_line(body)}</td>' for body in columns.values())
    markup = f"<table><tr>{heads}</tr><tr>{cells}</tr></table>"
    show(Shown(markup, "\n\n".join(f"{head}:\n{body}" for head, body in columns.items())))


def _as_shown(thing: Any) -> Any:
    """Objects that know their own markdown keep a plain text beside it; others are shown as they are."""
    if isinstance(thing, Shown) or not hasattr(thing, "_repr_markdown_"):
        return thing
    markdown = thing._repr_markdown_()
    return Shown(markdown, markdown.replace("**", "").replace("`", ""))


def _piece(piece: bytes) -> str:
    try:
        written = piece.decode("utf-8")
    except UnicodeDecodeError:
        return "⟨" + piece.hex(" ") + "⟩"
    return written.replace(" ", "·").replace("\n", "↵").replace("\t", "→")


def _one_line(body: str) -> str:
    # A line end inside a markdown table's cell or a div would end the HTML block.
    return _escaped(body).replace("\n", "<br>")


def _escaped(text: str) -> str:
    # JupyterLab takes what stands between two dollars for mathematics before it reads HTML, tags and all.
    return html.escape(text).replace("$", "&#36;")


def _value(item: Any) -> str:
    if isinstance(item, bool) or not isinstance(item, int | float):
        return str(item)
    if isinstance(item, int):
        return f"{item:,}"
    return f"{item:,.0f}" if abs(item) >= 1000 else f"{item:.4g}"


def _cell(item: Any) -> str:
    value = _value(item)
    # Two dollars in a row would swallow the cells between them; in code they are safe, and an entity would be shown.
    # What looks like a tag, such as <HOST>, would be taken for one and left out; in code it is safe too.
    value = value if "`" in value else _TAG.sub("&lt;", value.replace("$", "&#36;"))
    return value.replace("|", "\\|").replace("\n", "<br>")
