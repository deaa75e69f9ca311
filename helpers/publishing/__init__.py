"""From an author's source to the notebooks that are opened: read, split, execute, write, check for drift.

Lessons never import this room; `workbook build` and the tests do. `published` alone is read at a lesson's run time.
"""
