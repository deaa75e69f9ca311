"""A run of a PoC workbook: its folder, and what the notebook puts there while it runs.

run = begin("error_logs", globals())
labels = run.map(classify, templates, "classifying")     # goes on past a bad item, and lists it
run.table("classified", rows)
with run.section("Over time"): plots.lines(...)          # what is shown in it is in the report too
run.measure("macro_f1", interval)
run.finish()
"""

from __future__ import annotations

import contextlib
import csv
import hashlib
import io
import json
import os
import platform
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from helpers.connection.exchanges import ReplyStore, keep_everything
from helpers.files import write_atomically
from helpers.paths import my_work
from helpers.poc.charter import Charter, Judged, judge, verdict
from helpers.poc.parameters import Parameters
from helpers.poc.workbooks import Workbook, workbook
from helpers.problem import Problem

if TYPE_CHECKING:
    from helpers.endpoint import Endpoint
    from helpers.evaluation import Results
    from helpers.intervals import Interval

Item = TypeVar("Item")
Result = TypeVar("Result")

FOLDER_VARIABLE = "WORKBOOK_POC_RUN"  # set by `workbook poc run` for the notebook's kernel
_PROGRESS_EVERY_S = 0.5
_CALLS = "calls"  # folder of the run's own ledger: each part's calls as they end
_GONE = 5  # items in a row that the endpoint fails for, after its retries, and the run waits to be resumed
_HASHED_BYTES = 1 << 20


@dataclass(frozen=True)
class Skipped:
    """Something that a run could not use, and went on without."""

    what: str
    why: str
    next_step: str = ""


@dataclass
class Section:
    """A part of the report: what was shown while it was open."""

    title: str
    shown: list[Any] = field(default_factory=list)


@dataclass
class Run:
    """A run that is going on. Made by begin()."""

    workbook: Workbook
    parameters: Parameters
    folder: Path
    charter: Charter
    endpoint: Endpoint
    began: datetime
    sections: list[Section] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    measured: dict[str, tuple[Interval | float | None, str]] = field(default_factory=dict)
    headlines: list[str] = field(default_factory=list)
    inputs: dict[str, str] = field(default_factory=dict)  # path -> SHA-256
    evaluation: Results | None = None
    stages: list[dict[str, Any]] = field(default_factory=list)
    _last_progress: float = 0.0

    def input_file(self, path: Path | str) -> Path:
        """Note a file that is read, by its hash, so that the run can be repeated. Raises OSError."""
        path = Path(path)
        digest = hashlib.sha256()
        with path.open("rb") as file:
            while block := file.read(_HASHED_BYTES):
                digest.update(block)
        self.inputs[str(path)] = digest.hexdigest()
        return path

    def skip(self, what: str, why: str, next_step: str = "") -> None:
        """List something that cannot be used; the run goes on without it."""
        self.skipped.append(Skipped(what, why, next_step))

    def map(
        self,
        function: Callable[[Item], Result],
        items: Iterable[Item],
        label: str,
        *,
        name: Callable[[Item], str] = str,
        workers: int | None = None,
    ) -> list[Result | None]:
        """`function` of every item, a few at a time, with progress; None where it failed, which is listed as skipped.

        workers: how many at a time; None takes the parameter `concurrency`, 1 asks one after the other.

        What ends the whole run is raised: a budget that is used up, an endpoint that refuses the key or that has failed
        for _GONE items in a row, Ctrl-C.
        """
        import openai

        from helpers.ledger import BudgetExceeded
        from helpers.parallel import in_parallel

        items = list(items)
        done = failed = 0  # failed: items in a row for which the endpoint did not answer

        def one(item: Item) -> Result | None:
            nonlocal done, failed
            try:
                result = function(item)
                failed = 0
                return result
            except (BudgetExceeded, openai.AuthenticationError, openai.PermissionDeniedError, openai.NotFoundError):
                raise
            except Exception as error:
                if isinstance(error, openai.APIConnectionError | openai.InternalServerError):
                    failed += 1
                    if failed >= _GONE:  # listing all the rest as skipped would be a run that says nothing
                        raise
                self.skip(f"{label}: {name(item)[:120]}", f"{type(error).__name__}: {error}")
                return None
            finally:
                done += 1
                self.progress(label, done, len(items))

        started = time.perf_counter()
        self.progress(label, 0, len(items), now=True)
        results = in_parallel(one, items, workers=workers or self.parameters.concurrency, label=label)
        self.progress(label, len(items), len(items), now=True)
        self.stages.append({"stage": label, "items": len(items), "seconds": round(time.perf_counter() - started, 3)})
        return results

    def table(self, name: str, rows: Sequence[Mapping[str, Any]]) -> Path:
        """Write NAME.csv (for a spreadsheet) and NAME.json; gives the CSV's path.

        Cells that a spreadsheet would take for a formula get a leading apostrophe: they may come from a log.
        """
        columns = list(dict.fromkeys(column for row in rows for column in row))
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([[_cell(row.get(column)) for column in columns] for row in rows])
        path = self.folder / f"{name}.csv"
        write_atomically(path, "\ufeff" + text.getvalue())  # the mark tells Excel that it is UTF-8
        write_atomically(path.with_suffix(".json"), json.dumps(list(rows), ensure_ascii=False, indent=1, default=str))
        return path

    def stream_table(self, name: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Path:
        """Write NAME.csv from rows that come one by one, however many there are; gives its path.

        A row has a cell a column. The file is there as a whole, or, where `rows` fails, not at all.
        """
        path = self.folder / f"{name}.csv"
        unfinished = path.with_suffix(".csv.part")
        try:
            with unfinished.open("w", encoding="utf-8-sig", newline="") as file:
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow(columns)
                writer.writerows([_cell(value) for value in row] for row in rows)
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
        return path

    @contextlib.contextmanager
    def section(self, title: str) -> Iterator[Section]:
        """Everything that is shown in the block is in the report as well, under this title."""
        from helpers.show import listeners

        part = Section(title)
        self.sections.append(part)
        listeners.append(part.shown.append)
        try:
            yield part
        finally:
            listeners.remove(part.shown.append)

    def headline(self, *sentences: str) -> None:
        """Sentences for the top of the report, in markdown: what was found, what it costs, what is to be decided."""
        self.headlines += sentences

    def measure(self, criterion: str, value: Interval | float | None, how: str = "") -> None:
        """What was measured for a criterion of the workbook. Raises KeyError for one that it does not have."""
        if criterion not in {each.name for each in self.workbook.criteria}:
            raise KeyError(f"{self.workbook.name} has no criterion {criterion!r}")
        self.measured[criterion] = (value, how)

    @property
    def table_of_criteria(self) -> list[Judged]:
        """The go / no-go table as it stands."""
        return judge(self.charter.bounds_on(self.workbook.criteria), self.measured)

    def finish(self) -> Path:
        """Write the ledger, what is needed to repeat the run, and the report; show where it is. Gives its path."""
        from helpers.poc.report import write
        from helpers.show import text

        self._keep_sections()
        calls = [{**asdict(call), "when": call.when.isoformat()} for call in self.endpoint.ledger.calls]
        self.table("ledger", calls)
        self.table("skipped", [asdict(each) for each in self.skipped])
        if self.evaluation is not None:
            self.evaluation.save(self.folder)
        write_atomically(self.folder / "run.json", json.dumps(self._record(), ensure_ascii=False, indent=1) + "\n")
        report = write(self.folder)
        self.progress("done", 1, 1, now=True)
        text(f"**{verdict(self.table_of_criteria)}** · the report is `{report.name}` in `{self.folder.name}/`")
        return report

    def prompt(self, name: str) -> str:
        """The text of one of the workbook's prompts, by file name, as this run uses it; a copy is kept in the folder.

        The parameter `prompt` replaces the first of them, files beside it those of their names. Raises Problem for a
        file that cannot be read.
        """
        texts = dict(self.workbook.prompts)
        if self.parameters.prompt:
            main = Path(self.parameters.prompt)
            file = main if name == next(iter(texts)) else main.with_name(name)
            try:
                if file == main or file.exists():
                    texts[name] = self.input_file(file).read_text(encoding="utf-8-sig")
            except (OSError, UnicodeDecodeError) as error:
                raise Problem(f"the prompt {file} cannot be read: {error}", "check the parameter `prompt`") from None
        write_atomically(self.folder / "prompts" / name, texts[name])
        return texts[name]

    def _keep_sections(self) -> None:
        from helpers import plots, show
        from helpers.poc.report import html_of

        parts = [{"title": part.title, "html": [html_of(shown) for shown in part.shown]} for part in self.sections]
        if self.workbook.steps is not None:
            drawn: list[Any] = []
            show.listeners.append(drawn.append)
            try:
                plots.steps(self.workbook.steps(self.parameters), title="How this run works")
            finally:
                show.listeners.remove(drawn.append)
            parts.insert(0, {"title": "Architecture", "html": [html_of(each) for each in drawn]})
        write_atomically(self.folder / "sections.json", json.dumps(parts, ensure_ascii=False))

    def _record(self) -> dict[str, Any]:
        return {
            "workbook": self.workbook.name,
            "title": self.workbook.title,
            "began": self.began.isoformat(timespec="seconds"),
            "seconds": round((datetime.now().astimezone() - self.began).total_seconds(), 1),
            "measured": {name: {"value": _plain(value), "how": how} for name, (value, how) in self.measured.items()},
            "headlines": self.headlines,
            "parameters": self.parameters.model_dump(),
            "endpoint": self.endpoint.label,
            "simulated": self.endpoint.simulated,
            "models": dict(self.endpoint.settings.models),
            "usd": self.endpoint.ledger.usd,
            "calls": len(self.endpoint.ledger.calls),
            "tokens": self.endpoint.ledger.tokens,
            "stages": self.stages,
            "ledger": self.endpoint.ledger._repr_markdown_(),
            "skipped": [asdict(each) for each in self.skipped],
            "inputs": self.inputs,
            "versions": {
                "python": platform.python_version(),
                **{name: version(name) for name in ("openai", "langchain", "chromadb", "llm-workbook")},
            },
        }

    def progress(self, stage: str, done: int, of: int, now: bool = False) -> None:
        """Tell `workbook poc run`, which shows it in the terminal."""
        if not now and time.monotonic() - self._last_progress < _PROGRESS_EVERY_S:
            return
        self._last_progress = time.monotonic()
        told = {"stage": stage, "done": done, "of": of, "usd": self.endpoint.ledger.usd, "at": time.time()}
        with contextlib.suppress(OSError):  # progress is a courtesy: it must not end a run
            write_atomically(self.folder / "progress.json", json.dumps(told))


def begin(name: str, variables: Mapping[str, Any]) -> Run:
    """Begin a run of a workbook with a notebook's variables, and connect its endpoint.

    Under `workbook poc run` the run's folder is there already; opened by hand, one is made in the learner's own folder.
    Replies are kept in the folder: a run that was interrupted, and is started in the same folder, pays only for what
    is new, its ledger has the calls of all its parts, and `max_cost` holds for them together.
    Raises ParameterError, Problem, SettingsError.
    """
    from helpers.endpoint import connect
    from helpers.ledger import kept
    from helpers.ledger.totals import Reader

    chosen = workbook(name)
    parameters = chosen.parameters.of_notebook(variables)
    given = os.environ.get(FOLDER_VARIABLE)
    folder = Path(given) if given else new_folder(my_work() / "poc", name)
    for path in (getattr(parameters, each) for each in parameters.path_names()):
        if path and folder.resolve().is_relative_to(Path(path).resolve()):
            raise Problem(f"the run's folder {folder} lies in an input, {path}", "choose another with --out")
    charter_file = folder / "charter.yaml"
    charter = Charter.read(charter_file) if charter_file.exists() else Charter()
    charter.bounds_on(chosen.criteria)  # a wrong charter is refused now, not at the end
    earlier = list(Reader(folder / _CALLS))
    left = parameters.max_cost - sum(call.usd or 0.0 for call in earlier)
    endpoint = connect(parameters.profile or None, budget_usd=max(left, 0.0))
    endpoint.ledger.calls[:0] = earlier  # a run that is resumed tells what all of it has cost
    keeper = kept.keeper(folder / _CALLS)
    endpoint.ledger.observers.append(lambda finished: keeper.add(finished.call.as_json()))
    keep_everything(ReplyStore(folder / "replies.sqlite"), scope=endpoint.label)
    write_atomically(folder / "params.yaml", parameters.as_yaml(parameters.model_dump()))
    return Run(chosen, parameters, folder, charter, endpoint, datetime.now().astimezone())


def new_folder(parent: Path, name: str, when: datetime | None = None) -> Path:
    """Make a folder for a run, named by its time: two runs in one second get two folders. Raises OSError."""
    stem = f"{(when or datetime.now()).strftime('%Y-%m-%d_%H%M%S')}_{name}"
    for number in range(1, 1000):
        folder = parent / (stem if number == 1 else f"{stem}_{number}")
        try:
            folder.mkdir(parents=True)
            return folder
        except FileExistsError:
            continue
    raise FileExistsError(f"{parent} has too many runs named {stem}")


def _cell(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") and not _is_number(value):
        return f"'{value}"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list | tuple) else value


def _is_number(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True


def _plain(measured: Any) -> Any:
    return asdict(measured) if hasattr(measured, "low") else measured
