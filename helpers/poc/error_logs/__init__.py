"""The error-log analyst: a team's logs sorted into its categories, new ones proposed, and each failure in plain words.

log files -> helpers.logs: events, redacted, gathered into templates        (no model, any size)
templates -> classification: a category and the words that decide           (a call a template)
          -> discovery: groups that no category covers -> a name, a definition, sorted again
          -> rewriting: plain words, checked by code, asked again with what is wrong
gold      -> gold, evaluation: examples for the prompt; macro-F1 over the other templates; labelling: a page for it
everything -> results: classified.csv, templates.csv, proposals.csv; dashboard: pictures
"""

from helpers.poc.error_logs.workbook import WORKBOOK

__all__ = ["WORKBOOK"]
