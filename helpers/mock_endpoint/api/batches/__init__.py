"""Batches: the lines of an uploaded file, answered one after another in the background."""
