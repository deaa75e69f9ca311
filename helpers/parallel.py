"""Several calls at a time, in order, with a progress bar: what a cell with sixty model calls needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def in_parallel(
    function: Callable[[Item], Result], items: Iterable[Item], *, workers: int = 4, label: str = "", bar: bool = True
) -> list[Result]:
    """`[function(item) for item in items]`, `workers` at a time; results are in the order of the items.

    The first exception ends it: what has not begun is not begun, what runs is waited for, the exception is raised.
    The same holds for Ctrl-C and a notebook's stop button. The bar appears after a second; TQDM_DISABLE=1 hides it.
    bar=False: none, for a check, where it would stand in the learner's own output.
    """
    import sys

    from tqdm.std import tqdm

    items = list(items)
    hidden = {} if bar else {"disable": True}  # disable=False would overrule TQDM_DISABLE
    with (
        ThreadPoolExecutor(max_workers=workers) as pool,
        tqdm(total=len(items), desc=label or None, delay=1, leave=False, file=sys.stdout, ncols=80, **hidden) as shown,
    ):
        futures = [pool.submit(function, item) for item in items]
        results = []
        try:
            for future in futures:
                results.append(future.result())
                shown.update()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return results
