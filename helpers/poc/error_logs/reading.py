"""The team's files, read: logs gathered into redacted templates, categories, labelled lines. No model is asked."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from helpers.poc.error_logs.classification import Sorting
from helpers.poc.error_logs.gold import GoldLine, examples_of, joined, read_gold
from helpers.poc.error_logs.parameters import Category, read_categories

if TYPE_CHECKING:
    from collections.abc import Iterator

    from helpers.logs import Event, Events, Template, Templates
    from helpers.poc import Run
    from helpers.redaction import Redactor

_TOLD_EVERY = 5_000  # events


@dataclass(frozen=True)
class Logs:
    """What was read. chosen: the templates that are asked about, those with most events first."""

    found: Templates
    chosen: tuple[Template, ...]
    redactor: Redactor
    categories: tuple[Category, ...]
    gold: tuple[GoldLine, ...]

    @property
    def by_id(self) -> dict[int, Template]:
        """All templates, by their ids."""
        return self.found.by_id()

    @property
    def names(self) -> list[str]:
        """Names of the team's categories."""
        return [one.name for one in self.categories]


def read_logs(run: Run) -> Logs:
    """Read the run's logs, categories and gold. What cannot be read is listed as skipped; the run goes on without it.

    Which event has which template is kept in the run's folder, so that memory does not grow with the log.
    Raises ParameterError for wrong categories, Problem for wrong redaction rules.
    """
    from helpers.logs import mine, read_events
    from helpers.redaction import Redactor

    parameters = run.parameters
    categories = read_categories(run.input_file(parameters.categories))
    redactor = Redactor.of(run.input_file(parameters.redaction_rules) if parameters.redaction_rules else None)
    path = Path(parameters.log_path)
    # The team's own files often lie beside the logs, and are none.
    own = (parameters.categories, parameters.gold_path, parameters.redaction_rules, parameters.prompt)
    events = read_events(
        path, format=parameters.format, on_problem=run.skip, leave_out=[Path(name) for name in own if name]
    )
    for file in events.files:
        with contextlib.suppress(OSError):  # the reader says so
            run.input_file(path / file if path.is_dir() else path)
    found = mine(
        _told(run, events),
        redactor=redactor,
        least_severity=parameters.least,
        assignments=run.folder / "assignments.bin",
    )
    found.lines = events.lines
    if found.severities[""] and parameters.least:
        run.skip(f"{found.severities['']:,} events", "their severity is not known", "least_severity=ALL sorts them too")
    order = sorted(found.templates, key=lambda one: (-one.count, one.id))
    chosen, rest = order[: parameters.max_templates], order[parameters.max_templates :]
    if rest:
        number = sum(one.count for one in rest)
        run.skip(f"{len(rest)} rare templates, {number} events", "more than max_templates", "raise max_templates")
    gold = _gold(run, found) if parameters.gold_path else ()
    return Logs(found, tuple(sorted(chosen, key=lambda one: one.id)), redactor, categories, gold)


def _told(run: Run, events: Events) -> Iterator[Event]:
    """The events, while the run tells how many of the logs' bytes are read."""
    size = max(events.bytes, 1)
    for number, event in enumerate(events):
        if number % _TOLD_EVERY == 0:
            run.progress("reading, in MB", round(events.bytes_done / 1e6), max(round(size / 1e6), 1))
        yield event


def _gold(run: Run, found: Templates) -> tuple[GoldLine, ...]:
    path = Path(run.parameters.gold_path)
    if not path.exists():
        run.skip(path.name, "there is no such gold file", "label some lines on label.html, or leave gold_path empty")
        return ()
    return tuple(joined(read_gold(run.input_file(path), run.skip), found.assigned(), run.skip))


def sorting_of(run: Run, logs: Logs) -> Sorting:
    """What the model is told: the categories, the run's prompt, and labelled templates as examples."""
    asked = {one.id: one for one in logs.chosen}
    shown = examples_of(logs.gold, asked, logs.names, run.parameters.examples, run.parameters.seed)
    return Sorting(logs.categories, run.prompt("classify.md"), shown, run.parameters.allow_new)
