"""Pictures for lessons: matplotlib, legible on light and dark pages, safe for colour-blind readers, each with alt text.

The alt text is made from the numbers that are drawn, so the two cannot drift. A module a family of pictures; what they
have in common is in `figure`. Tables and token strips: helpers.show.
"""

from helpers.plots.charts import bars, lines, points
from helpers.plots.diagrams import steps
from helpers.plots.figure import Picture
from helpers.plots.ranks import quality_cost, rank_slopes
from helpers.plots.vectors import heat_map, thresholds, vector_map

__all__ = [
    "Picture",
    "bars",
    "heat_map",
    "lines",
    "points",
    "quality_cost",
    "rank_slopes",
    "steps",
    "thresholds",
    "vector_map",
]
