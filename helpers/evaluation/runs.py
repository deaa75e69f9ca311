"""Runs a task over a dataset, a few cases at a time; what was answered before is not paid again."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import inspect
import platform
import sys
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from helpers.connection.exchanges import Exchange, ReplyStore, watch
from helpers.evaluation.datasets import Case, Dataset
from helpers.evaluation.results import Results, Row
from helpers.evaluation.scorers import Score, Scorer

if TYPE_CHECKING:
    from helpers.endpoint import Endpoint

Task = Callable[[Any], Any]


def evaluate(dataset: Dataset, task: Task, **options: Any) -> Results:
    """As evaluate_async(), for a notebook's cell or a script: it has an event loop of its own, in a thread.

    An async task that uses endpoint.async_client belongs into evaluate_async(), in the client's own loop.
    """
    loop = asyncio.new_event_loop()
    context = contextvars.copy_context()
    running = context.run(loop.create_task, evaluate_async(dataset, task, **options))
    thread = threading.Thread(target=_run_until_done, args=(loop, running), daemon=True)
    thread.start()
    try:
        thread.join()
    except BaseException:  # Ctrl-C: what is kept so far stays kept
        loop.call_soon_threadsafe(running.cancel)
        thread.join()
        raise
    return running.result()


def _run_until_done(loop: asyncio.AbstractEventLoop, running: asyncio.Task[Results]) -> None:
    asyncio.set_event_loop(loop)
    with contextlib.suppress(BaseException):  # it is raised where the result is asked for
        loop.run_until_complete(running)
    with contextlib.suppress(BaseException):  # an interrupt of a case may end the loop once more
        loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()


async def evaluate_async(
    dataset: Dataset,
    task: Task,
    *,
    scorers: Sequence[Scorer],
    endpoint: Endpoint | None = None,
    name: str = "",
    folder: Path | str | None = None,
    concurrency: int = 4,
    about: dict[str, Any] | None = None,
) -> Results:
    """Give every case's input to the task, every output to the scorers; results in the dataset's order.

    task: takes a case's input and gives an output; a plain function runs in a thread, an async one in this loop.
    endpoint: where the task's calls go, for the record; the calls of any client of connect() are seen.
    folder: keeps replies.sqlite, so that a run that was interrupted, or is repeated after a change elsewhere, pays for
        new requests only, and results.json at the end. Without one nothing is kept.
    concurrency: cases at a time. about: what else belongs to the record, such as the prompt's version.

    A task that raises costs its case, which scores 0 and is listed with the error; the run goes on. BudgetExceeded ends
    it: what was answered is kept. A scorer that raises leaves its score open. Raises ValueError without scorers, or
    with two of one name.
    """
    names = [each.name for each in scorers]
    if not names or len(set(names)) < len(names):
        raise ValueError(f"give at least one scorer, each with a name of its own; given: {', '.join(names) or 'none'}")
    folder = Path(folder) if folder is not None else None
    store = ReplyStore(folder / "replies.sqlite") if folder else None
    began = datetime.now(UTC)
    try:
        rows = await _rows(dataset, task, scorers, store, concurrency)
    finally:
        if store:
            store.close()
    results = Results(
        name or getattr(task, "__name__", "run"),
        tuple(rows),
        {
            "dataset": dataset.name,
            "fingerprint": dataset.fingerprint,
            "when": began.isoformat(timespec="seconds"),
            "endpoint": endpoint.label if endpoint else "",
            "simulated": bool(endpoint and endpoint.simulated),
            "models": dict(endpoint.settings.models) if endpoint else {},
            "python": platform.python_version(),
            "openai": version("openai"),
            **(about or {}),
        },
    )
    if folder:
        results.save(folder)
    return results


async def _rows(
    dataset: Dataset, task: Task, scorers: Sequence[Scorer], store: ReplyStore | None, concurrency: int
) -> list[Row]:
    from tqdm.std import tqdm

    places = asyncio.Semaphore(concurrency)
    with tqdm(total=len(dataset), delay=1, leave=False, file=sys.stdout, ncols=80) as bar:

        async def one(case: Case) -> Row:
            async with places:
                row = await _row(case, task, scorers, store)
            bar.update()
            return row

        tasks = [asyncio.ensure_future(one(case)) for case in dataset]
        try:
            return list(await asyncio.gather(*tasks))
        except BaseException:
            for running in tasks:
                running.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            raise


async def _row(case: Case, task: Task, scorers: Sequence[Scorer], store: ReplyStore | None) -> Row:
    from helpers.ledger import BudgetExceeded

    output, error, scores = None, "", {}
    started = time.perf_counter()
    with watch(kept=store, scope=f"task {case.id}") as exchanges:
        try:
            if inspect.iscoroutinefunction(task):
                output = await task(case.input)
            else:
                output = await asyncio.to_thread(task, case.input)
        except BudgetExceeded:
            raise
        except Exception as raised:  # one bad case must not cost the others
            error = f"{type(raised).__name__}: {raised}"
    seconds = time.perf_counter() - started
    for each in scorers:
        scores[each.name] = await _score(each, case, output, store) if not error else Score(None, "no output")
    return Row(
        id=case.id,
        input=case.input,
        expected=case.expected,
        output=output,
        scores=scores,
        tags=dict(case.tags),
        error=error,
        seconds=seconds,
        prompts=[_prompt(exchange) for exchange in exchanges],
        **_used(exchanges),
    )


async def _score(scorer: Scorer, case: Case, output: Any, store: ReplyStore | None) -> Score:
    from helpers.ledger import BudgetExceeded

    with watch(kept=store, scope=f"{scorer.name} {case.id}"):
        try:
            return await scorer(case, output)
        except BudgetExceeded:
            raise
        except Exception as raised:
            return Score(None, f"could not be judged: {type(raised).__name__}: {raised}")


def _used(exchanges: Sequence[Exchange]) -> dict[str, Any]:
    usd = [exchange.usd for exchange in exchanges]
    return {
        "calls": len(exchanges),
        "input_tokens": sum(exchange.input_tokens for exchange in exchanges),
        "output_tokens": sum(exchange.output_tokens for exchange in exchanges),
        "usd": None if None in usd else sum(usd),
    }


def _prompt(exchange: Exchange) -> Any:
    return exchange.request.get("messages", exchange.request.get("input"))
