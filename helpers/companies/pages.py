"""What a document is made of, before it becomes a file: pages of blocks, and the facts that they state.

A page of the model is one page (or slide) of the file, so a fact's page is known and never searched for.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Heading:
    text: str
    level: int = 2


@dataclass(frozen=True)
class Paragraph:
    text: str
    small: bool = False


@dataclass(frozen=True)
class Bullets:
    items: tuple[str, ...]


@dataclass(frozen=True)
class Row:
    """One line of a table; a heading inside the table has no cells."""

    label: str
    cells: tuple[str, ...] = ()
    strong: bool = False

    @property
    def text(self) -> str:
        """As a reader of the file gets it: cells one space apart."""
        return " ".join([self.label, *self.cells])


@dataclass(frozen=True)
class Table:
    """`header` is empty in the second part of a table that a page break cuts."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Chart:
    """Bars. As a picture it carries `alt`, which need not be true; otherwise it is drawn by the file's own means."""

    title: str
    categories: tuple[str, ...]
    series: dict[str, tuple[float, ...]]
    unit: str
    decimals: int = 1
    picture: str = ""  # name of the PNG
    alt: str = ""
    alt_is_right: bool = True

    def described(self, series: dict[str, tuple[float, ...]] | None = None) -> str:
        """Alternative text with every value, one line: what a careful author would write."""
        lines = []
        for name, values in (series or self.series).items():
            pairs = zip(self.categories, values, strict=True)
            lines.append(f"{name}: " + ", ".join(f"{category} {value:.{self.decimals}f}" for category, value in pairs))
        return f"Bar chart. {self.title} ({self.unit}). " + ". ".join(lines) + "."


@dataclass(frozen=True)
class Columns:
    """Paragraphs that run in two columns."""

    paragraphs: tuple[str, ...]


Block = Heading | Paragraph | Bullets | Table | Chart | Columns


@dataclass
class Page:
    title: str  # empty where a page goes on with the last one's table
    blocks: list[Block] = field(default_factory=list)
    footnotes: tuple[str, ...] = ()
    speaker_notes: str = ""


@dataclass(frozen=True)
class Fact:
    """One line of the gold. `value` is as printed, in `unit`; `absolute` is in single units of the currency."""

    period: str
    indicator: str
    value: float
    unit: str
    currency: str
    page: int
    quote: str
    trap: str = ""

    @property
    def absolute(self) -> float:
        return round(self.value * {"thousand": 1_000, "million": 1_000_000}.get(self.unit, 1), 2)


@dataclass
class Document:
    """A filing: what it is, its pages, and the facts that they state."""

    name: str  # of the file
    company: str
    title: str
    period: str
    language: str
    colour: str
    second_colour: str
    running_head: str = ""
    pages: list[Page] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)

    def texts(self) -> list[dict[str, object]]:
        """Plain text of every page, as a reader of documents would give it: {page, text, notes, pictures}."""
        return [
            {
                "page": number,
                "text": "\n".join(
                    filter(
                        None,
                        [page.title, *(line for block in page.blocks for line in lines_of(block)), *page.footnotes],
                    )
                ),
                "notes": page.speaker_notes,
                "pictures": [
                    {"file": block.picture, "alt": block.alt}
                    for block in page.blocks
                    if isinstance(block, Chart) and block.picture
                ],
            }
            for number, page in enumerate(self.pages, 1)
        ]


def lines_of(block: Block) -> list[str]:
    """A block's text, line by line; of a chart only its title, and its values where it is no picture."""
    match block:
        case Heading(text=text) | Paragraph(text=text):
            return [text]
        case Bullets(items=items):
            return list(items)
        case Columns(paragraphs=paragraphs):
            return list(paragraphs)
        case Table(caption=caption, header=header, rows=rows):
            lines = [header, *((row.label, *row.cells) for row in rows)]
            return [line for line in [caption, *(" | ".join(cells).strip() for cells in lines if cells)] if line]
        case Chart() as chart:
            return [chart.title]
