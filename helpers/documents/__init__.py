"""Documents read into pages."""

from helpers.documents.document import Box, Document, DocumentError, Page, Picture, Table
from helpers.documents.reading import read_document

__all__ = ["Box", "Document", "DocumentError", "Page", "Picture", "Table", "read_document"]
