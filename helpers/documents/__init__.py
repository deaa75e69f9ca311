"""Documents read into pages: text with the place of every line, tables, pictures, notes; and cut into chunks.

    report = read_document("report.pdf")
    report.pages[6].tables[0].rows, report.problems
    split_document(report, size=500)

Which parser reads what, and why; measured on the filings of sample_data/companies (four PDFs with 26 pages and 40 gold
quotes, one web page), in processor time of one core:

- PDF: pdfplumber, for words with places and ruling lines. Quotes found on their pages: its own text 39 of 40;
  pdfminer.six 11, as it reads a table by columns; pypdfium2 40 at 1 ms a page, but without tables; the
  reader here 40, with tables, at 42 ms a page.
- Pages as pictures: pypdfium2, which comes with pdfplumber and needs no program outside Python.
- PPTX, DOCX: python-pptx and python-docx. What they leave out (alternative text, tracked insertions, footnotes) is
  read from the XML.
- HTML: beautifulsoup4 on lxml, 10 ms for the page; on html.parser 15 ms.
- CSV: the standard library's csv. Encodings: charset-normalizer, see plain.py.

Not measured: markitdown (5 more packages) and unstructured (78 more, by `uv pip install --dry-run`). Both give text
without the places of its lines, which chunks drawn over a page and cited by offset need.
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
