"""Documents read into pages: text with the place of every line, tables, pictures, notes; and cut into chunks.

    report = read_document("report.pdf")
    report.pages[6].tables[0].rows, report.problems
    split_document(report, size=500)

Which parser reads what, and why:

| kind | parser | beside it |
|---|---|---|
| PDF | pdfplumber (pdfminer.six) | PARSERS |
| PPTX, DOCX | python-pptx, python-docx | the formats' own libraries; what they leave out is read from the XML |
| HTML | beautifulsoup4 on lxml | html.parser reads the same and takes longer |
| CSV | csv (standard library) | pandas would add 60 MB for what one call does |
| encodings | charset-normalizer | see plain.py |

`PARSERS` of benchmarks/documents.py compares them; docs/documents.md has the figures.
"""

from helpers.documents.chunking import Chunk, as_records, from_records, split_document
from helpers.documents.document import Box, Document, DocumentError, Page, Picture, Table
from helpers.documents.pdf import render_page
from helpers.documents.reading import read_document

__all__ = [
    "Box",
    "Chunk",
    "Document",
    "DocumentError",
    "Page",
    "Picture",
    "Table",
    "as_records",
    "from_records",
    "read_document",
    "render_page",
    "split_document",
]
