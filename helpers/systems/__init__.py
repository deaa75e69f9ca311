"""The logs of five invented systems over five days, with gold: which of a team's categories each failure belongs to.

There are two sets of wordings. "first" is what prompts, skills of the mock and thresholds may be made with. "held_out"
(messages/held_out) says other things in other words, and has a second category that the team does not have; it answers
one question: how well does what was made with the first do on logs that its makers had not read? So nobody tunes
anything on it, and nobody who does reads it: measure, report the figure, note in sample_data/README.md that you did.
"""

from .logs import LEAST_LINES, write_logs
from .messages import NEW, NEW_IN, SYSTEMS, WORDINGS

__all__ = ["LEAST_LINES", "NEW", "NEW_IN", "SYSTEMS", "WORDINGS", "write_logs"]
