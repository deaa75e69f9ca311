"""HTML: the main content, with headings, lists, tables and the text of links; what surrounds it is left out."""

from __future__ import annotations

import base64
import binascii
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from helpers.documents.composing import Composer
from helpers.documents.document import Document, DocumentError, Page, Picture
from helpers.documents.marks import raised
from helpers.documents.plain import decoded

if TYPE_CHECKING:
    from bs4 import Tag

_NEVER = ("script", "style", "noscript", "template", "svg", "iframe", "form", "button", "select", "head")
_AROUND = ("nav", "aside", "header", "footer")
_ROLES = ("navigation", "banner", "contentinfo", "search", "complementary")
_BLOCKS = ("p", "div", "section", "article", "main", "blockquote", "pre", "figure", "figcaption", "dl", "dt", "dd",
           "td", "address", "details", "summary", "ul", "ol", "li", "table", "h1", "h2", "h3", "h4", "h5", "h6", "body",
           "header", "footer")  # fmt: skip
_DECLARED = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)


def read(path: Path, kind: str) -> Document:
    from bs4 import BeautifulSoup

    markup, encoding = _markup(path.read_bytes(), path.name)
    soup = BeautifulSoup(markup, "lxml")
    title = soup.title.get_text(" ", strip=True) if soup.title else ""
    for tag in [*soup(list(_NEVER)), *soup.find_all(_hidden)]:
        tag.decompose()
    for tag in soup("sup"):
        before = tag.previous_sibling
        if isinstance(before, str) and before[-1:].strip():  # after a word; before one it is the footnote itself
            tag.replace_with(raised(tag.get_text()))
    soup.smooth()
    main = soup.find("main") or soup.find(attrs={"role": "main"}) or _only_article(soup)
    if main is None:
        main = soup.body or soup
        for tag in main.find_all(lambda t: t.name in _AROUND or t.get("role") in _ROLES):
            tag.decompose()
    composer, pictures = Composer(), []
    if title and main.find("h1") is None:
        composer.add(f"# {title}")
    _walk(main, composer, pictures, path)
    if not composer.text.strip() and not pictures:
        raise DocumentError(
            f"{path.name} holds no text: its page is perhaps built by a script when a browser opens it",
            "Save the page from a browser once it is shown, or print it to PDF",
        )
    return Document(path, kind, (Page(1, composer.text, tuple(composer.tables), tuple(pictures)),), encoding)


def _markup(data: bytes, name: str) -> tuple[str, str]:
    """Decoded by what the page declares, if that fits; else as any text."""
    declared = _DECLARED.search(data[:4096])
    if declared and not data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        encoding = declared[1].decode("ascii")
        try:
            return data.decode(encoding), encoding.lower()
        except (UnicodeDecodeError, LookupError):
            pass
    return decoded(data, name)


def _hidden(tag: Tag) -> bool:
    style = str(tag.get("style") or "").replace(" ", "").lower()
    return tag.has_attr("hidden") or "display:none" in style or "visibility:hidden" in style


def _only_article(soup: Any) -> Tag | None:
    articles = soup.find_all("article")
    return articles[0] if len(articles) == 1 else None


def _walk(tag: Tag, composer: Composer, pictures: list[Picture], path: Path) -> None:
    """Blocks in the order of the page; runs of text between them are paragraphs."""
    run: list[str] = []

    def flush() -> None:
        if text := " ".join("".join(run).split()):
            composer.add(text, apart=True)
        run.clear()

    for child in tag.children:
        name = getattr(child, "name", None)
        if name is None:
            if type(child).__name__ == "NavigableString":  # not a comment
                run.append(str(child))
        elif name == "br":
            run.append(" ")
        elif name == "img":
            pictures.append(_picture(child, path, len(pictures) + 1))
        elif name == "table":
            flush()
            _add_table(child, composer)
        elif re.fullmatch(r"h[1-6]", name):
            flush()
            composer.add(f"{'#' * int(name[1])} {child.get_text(' ', strip=True)}", apart=True)
        elif name == "li":
            flush()
            if child.find(["ul", "ol", "table", "p"]):
                _walk(child, composer, pictures, path)
            else:
                composer.add(f"- {' '.join(child.get_text(' ').split())}")
                pictures += [_picture(image, path, len(pictures) + 1) for image in child.find_all("img")]
        elif name in _BLOCKS or child.find(_BLOCKS):
            flush()
            _walk(child, composer, pictures, path)
        else:
            run.append(child.get_text())
            pictures += [_picture(image, path, len(pictures) + 1) for image in child.find_all("img")]
    flush()


def _add_table(table: Tag, composer: Composer) -> None:
    caption = table.caption.get_text(" ", strip=True) if table.caption else ""
    rows, heads = [], []
    below: dict[int, int] = {}  # column -> rows that a cell further up still covers
    for row in table.find_all("tr"):
        if row.find_parent("table") is not table:
            continue
        cells = row.find_all(["td", "th"], recursive=False)
        rows.append(_row(cells, below))
        heads.append(bool(cells) and all(cell.name == "th" for cell in cells))
    if caption:
        composer.add(caption, apart=True)
    if rows:
        composer.add_table(rows, title=caption, headed=heads[0] or None)


def _row(cells: list[Tag], below: dict[int, int]) -> list[str]:
    """A row's texts, each in its own column: an empty one wherever another cell reaches to, from the left or above."""
    texts: list[str] = []

    def covered() -> None:
        while below.get(len(texts), 0) > 0:
            below[len(texts)] -= 1
            texts.append("")

    for cell in cells:
        covered()
        deep, wide = _span(cell, "rowspan", 500), _span(cell, "colspan", 50)
        for column in range(wide):
            below[len(texts)] = deep - 1
            texts.append("" if column else " ".join(cell.get_text(" ").split()))
    covered()
    return texts


def _span(cell: Tag, name: str, most: int) -> int:
    told = str(cell.get(name) or "1").strip()
    return max(1, min(int(told), most)) if told.isascii() and told.isdigit() else 1


def _picture(image: Tag, path: Path, number: int) -> Picture:
    """Data inside the page, or a file below the page's folder; nothing is fetched."""
    source, alt = str(image.get("src") or ""), str(image.get("alt") or "")
    if source.startswith("data:"):
        head, _, body = source.partition(",")
        try:
            data = base64.b64decode(body, validate=False)
        except (binascii.Error, ValueError):
            data = b""
        return Picture(f"picture {number}", alt, head[5:].split(";")[0], None, lambda: data)
    file = (path.parent / source).resolve()
    inside = "://" not in source and file.is_relative_to(path.parent.resolve()) and file.is_file()
    media = {"jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp"}
    return Picture(
        source, alt, media.get(file.suffix.lower()[1:], "image/png"), None, file.read_bytes if inside else bytes
    )
