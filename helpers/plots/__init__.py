"""Pictures for lessons: matplotlib, legible on light and dark pages, safe for colour-blind readers, each with alt text.

The alt text is made from the numbers that are drawn, so the two cannot drift. A module a family of pictures; what they
have in common is in `figure`. Tables and token strips: helpers.show.
"""

from helpers.plots.agents import sequence, tool_choices
from helpers.plots.answers import answer_matrix, token_waterfall
from helpers.plots.charts import bars, lines
from helpers.plots.diagrams import steps
from helpers.plots.documents import page_chunks
from helpers.plots.extraction import field_map
from helpers.plots.figure import Picture
from helpers.plots.graphs import agent_graph
from helpers.plots.measured import intervals, tradeoff
from helpers.plots.multiples import small_multiples
from helpers.plots.ranks import rank_slopes
from helpers.plots.stacked import stacked
from helpers.plots.timeline import lane_sets, timeline
from helpers.plots.vectors import heat_map, thresholds, vector_map

__all__ = [
    "Picture",
    "agent_graph",
    "answer_matrix",
    "bars",
    "field_map",
    "heat_map",
    "intervals",
    "lane_sets",
    "lines",
    "page_chunks",
    "rank_slopes",
    "sequence",
    "small_multiples",
    "stacked",
    "steps",
    "thresholds",
    "timeline",
    "token_waterfall",
    "tool_choices",
    "tradeoff",
    "vector_map",
]
