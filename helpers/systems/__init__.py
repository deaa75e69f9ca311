"""The logs of five invented systems over five days, with gold: which of a team's categories each failure belongs to."""

from .logs import write_logs
from .messages import NEW, SYSTEMS

__all__ = ["NEW", "SYSTEMS", "write_logs"]
