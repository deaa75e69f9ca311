"""A check leaves the notebook as it found it: its variables, its random numbers, its page and its figures."""

from __future__ import annotations

import contextlib
import io
import random
import sys
from collections.abc import Callable, Iterator, MutableMapping
from typing import Any

from helpers.grading.attempts import copied
from helpers.grading.notation import same


@contextlib.contextmanager
def kept_as_it_was(namespace: MutableMapping[str, Any]) -> Iterator[None]:
    """Undo what a check's calls do to the notebook's variables.

    Names that are new, deleted or bound to another object are put back. A list, dict or set that was changed in place
    is filled again with what it held. Not undone: changes inside other objects, in files, and in containers of more
    than 50,000 items.
    """
    before = dict(namespace)
    held = {name: copied(value) for name, value in before.items() if _small_container(name, value)}
    dice = random.getstate()
    try:
        yield
    finally:
        random.setstate(dice)
        for name in [name for name in namespace if name not in before]:
            del namespace[name]
        namespace.update({name: value for name, value in before.items() if namespace.get(name, held) is not value})
        for name, content in held.items():
            if not same(before[name], content):
                _refill(before[name], content)


def _small_container(name: str, value: Any) -> bool:
    # `In`, `Out` and the names with an underscore are the notebook's own.
    if name in ("In", "Out") or name.startswith("_"):
        return False
    return type(value) in (list, dict, set) and _weight(value) <= 50_000


def _weight(value: Any, budget: int = 50_001) -> int:
    """Number of items in nested containers, counted no further than the budget."""
    if type(value) not in (list, tuple, set, frozenset, dict) or budget <= 0:
        return 1
    if len(value) > budget:
        return budget
    total = 1
    for item in value.values() if type(value) is dict else value:
        total += _weight(item, budget - total)
        if total >= budget:
            return budget
    return total


def _refill(container: Any, content: Any) -> None:
    container.clear()
    (container.extend if type(container) is list else container.update)(content)


@contextlib.contextmanager
def quiet() -> Iterator[Callable[[], str]]:
    """Swallow what the learner's code prints, displays and plots; the yielded function gives the printed text."""
    out = io.StringIO()
    pyplot = sys.modules.get("matplotlib.pyplot")
    figures = set(pyplot.get_fignums()) if pyplot else set()
    with contextlib.ExitStack() as stack:
        ipython = sys.modules.get("IPython")
        if ipython and ipython.get_ipython():
            from IPython.utils.capture import capture_output

            stack.enter_context(capture_output(stdout=False, stderr=False, display=True))
        stack.enter_context(contextlib.redirect_stdout(out))
        stack.enter_context(contextlib.redirect_stderr(io.StringIO()))
        try:
            yield out.getvalue
        finally:
            pyplot = sys.modules.get("matplotlib.pyplot")
            for number in set(pyplot.get_fignums()) - figures if pyplot else ():
                pyplot.close(number)
