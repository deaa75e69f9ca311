"""What is said to a person when something cannot go on: one sentence, and the next step. Standard library only.

It holds the exception and nothing that raises it.
"""

from __future__ import annotations


class Problem(Exception):
    """Something a person has to put right. Printed without a traceback; the exit status is 2.

    `what` is one sentence without its full stop, `next_step` says what to type or change.
    """

    exit_status = 2

    def __init__(self, what: str, next_step: str) -> None:
        super().__init__(what, next_step)
        self.what = what
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.what}.\nNext step: {self.next_step}"
