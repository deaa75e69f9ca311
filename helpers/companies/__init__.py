"""Invented companies and their filings, made from one model of their books: files, page texts and gold."""

from .collection import filings, page_texts, write
from .words import LANGUAGES

__all__ = ["LANGUAGES", "filings", "page_texts", "write"]
