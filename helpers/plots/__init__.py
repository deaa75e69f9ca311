"""Pictures for lessons: matplotlib, legible on light and dark pages, safe for colour-blind readers, each with alt text.

The alt text is made from the numbers that are drawn, so the two cannot drift. A module a family of pictures; what they
have in common is in `figure`. Tables and token strips: helpers.show.
"""

from helpers.plots.charts import bars, lines
from helpers.plots.diagrams import steps
from helpers.plots.documents import chunk_lengths, page_chunks
from helpers.plots.extraction import field_map
from helpers.plots.figure import Picture

__all__ = ["Picture", "bars", "chunk_lengths", "field_map", "lines", "page_chunks", "steps"]
