"""Uploaded files: what is kept of them, and the lines of those whose purpose asks for a form."""
