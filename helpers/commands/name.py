"""`workbook name`: keeps the learner's name on this machine, where its variant of the exercises comes from."""

from __future__ import annotations

from helpers.grading.variants import keep_name, learner_name, own_code
from helpers.problem import Problem


def run(name: str | None) -> str:
    """One line for a person. Raises Problem for a name that cannot be one."""
    if name is None:
        return f"You are {learner_name() or 'nobody yet'}: variant {own_code()} of the exercises."
    try:
        code = keep_name(name)
    except ValueError as error:
        raise Problem(f"That name cannot be kept: {error}", 'type it in quotes, as workbook name "Ana Lima"') from None
    return (
        f"Hello {' '.join(name.split())}: your exercises are variant {code}. The name stays on this machine, in "
        "my_work/name.txt.\nA notebook that is open already takes it over after Kernel > Restart Kernel."
    )
