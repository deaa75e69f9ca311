"""A lesson in a notebook: its exercises bound to the learner's variables, their feedback shown, their progress kept.

Everything that a learner calls is here: open_lesson, and .check(), .hint(), .solution() of an exercise.
"""

from __future__ import annotations

import difflib
import importlib
import json
import os
import sys
from collections.abc import Mapping, MutableMapping
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

from helpers import paths
from helpers.grading.exercises import Exercise, grade
from helpers.grading.failures import AuthorError
from helpers.grading.live_calls import announcement
from helpers.grading.outcomes import Outcome, Status, counted, plain
from helpers.grading.progress import Progress, ProgressUnavailable
from helpers.grading.quizzes import Quiz
from helpers.grading.variants import NEUTRAL, own_code
from helpers.grading.worked_solution import worked_solution

CHECKS = "helpers.checks"
LIVE_CALL_SECONDS = 20.0
STATE_SYMBOLS = {"passed": "✓ passed", "not yet": "✗ not yet", "not attempted": "○ open"}


def open_lesson(name: str) -> Lesson:
    """The exercises of a lesson, bound to the variables of the notebook or script that calls.

    name: for example "01_tokens". Raises LookupError with the nearest names when there is no such lesson.
    """
    return Lesson.load(name, _callers_namespace())._welcomed()


def _callers_namespace() -> MutableMapping[str, Any]:
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return shell.user_ns if shell else sys._getframe(2).f_globals


def lesson_names() -> list[str]:
    """Names of all lessons that have checks, in order."""
    folder = Path(importlib.import_module("helpers").__file__ or "").parent / "checks"
    return sorted(path.stem for path in folder.glob("*.py") if path.stem != "__init__")


def exercises_of(checks: ModuleType) -> dict[str, Exercise]:
    """The exercises that a module of checks declares, in the order of declaration.

    Raises AuthorError for two of one name, or a name that a lesson already uses for itself.
    """
    found: dict[str, Exercise] = {}
    for value in vars(checks).values():
        if not isinstance(value, Exercise):
            continue
        if value.name in found and found[value.name] is not value:
            raise AuthorError(f"{checks.__name__} declares two exercises named {value.name!r}")
        if value.name in _RESERVED:
            raise AuthorError(f"{checks.__name__}: {value.name!r} is taken by the lesson itself; choose another name")
        found[value.name] = value
    return found


class Lesson:
    """The exercises of one lesson as attributes: `lesson.split.check()`. By itself it shows where you stand."""

    def __init__(
        self,
        name: str,
        exercises: Mapping[str, Exercise],
        namespace: MutableMapping[str, Any],
        starters: Mapping[str, str],
        solutions: Mapping[str, str],
        progress: Progress,
        variant: str = NEUTRAL,
    ) -> None:
        self.name, self._variant = name, variant
        exercises = {key: exercise.for_variant(variant) for key, exercise in exercises.items()}
        self._namespace, self._starters, self._solutions, self._progress = namespace, starters, solutions, progress
        self._bound = {key: BoundExercise(self, exercise) for key, exercise in exercises.items()}

    @classmethod
    def load(cls, name: str, namespace: MutableMapping[str, Any]) -> Lesson:
        """From helpers/checks and the published notebooks. Raises LookupError or AuthorError."""
        if name not in lesson_names():
            raise LookupError(_no_such("lesson", name, lesson_names()))
        checks = importlib.import_module(f"{CHECKS}.{name}")
        starters, solutions = _cells(name, paths.NOTEBOOKS), _cells(name, paths.SOLUTIONS)
        # A worked notebook has the neutral answers in its cells.
        variant = NEUTRAL if _runs_in(paths.SOLUTIONS, namespace) else own_code()
        return cls(name, exercises_of(checks), namespace, starters, solutions, Progress.default(), variant)

    @property
    def exercises(self) -> list[BoundExercise]:
        return list(self._bound.values())

    def __getattr__(self, name: str) -> BoundExercise:
        bound = self.__dict__.get("_bound", {})
        if name in bound:
            return bound[name]
        raise AttributeError(_no_such("exercise", name, list(bound)))

    def __dir__(self) -> list[str]:
        return [*self._bound, "exercises", "progress", "start_again"]

    def progress(self) -> None:
        """Show this lesson's exercises, points and what is left."""
        _show(self.markdown)

    def start_again(self) -> None:
        """Set this lesson's points and hints back to none. The old progress file is kept as a backup."""
        try:
            backup = self._progress.reset(self.name)
        except ProgressUnavailable as error:
            _show(f"Nothing was changed: {error}.")
            return
        where = f" The progress until now is kept in `{backup.name}`." if backup else ""
        _show(f"Lesson {self.name} starts again at 0 points.{where} Your notebook is untouched.")

    @property
    def markdown(self) -> str:
        records = self._progress.lessons().get(self.name, {})
        rows = ["| exercise | task | points | state | hints seen |", "|---|---|---|---|---|"]
        best = 0
        for bound in self.exercises:
            exercise, record = bound.exercise, records.get(bound.exercise.name, {})
            points = min(record.get("best", 0), exercise.points)
            best += points
            state = STATE_SYMBOLS.get(record.get("status", ""), STATE_SYMBOLS["not attempted"])
            title = exercise.title.replace("|", "\\|")
            hints = f"{record.get('hints', 0)} of {len(exercise.hints)}" if exercise.hints else "none needed"
            rows.append(f"| {exercise.name} | {title} | {points} of {exercise.points} | {state} | {hints} |")
        total = sum(bound.exercise.points for bound in self.exercises)
        return f"**Lesson {self.name}: {best} of {counted(total, 'point')}**\n\n" + "\n".join(rows)

    def _repr_markdown_(self) -> str:
        return self.markdown

    def __repr__(self) -> str:
        return plain(self.markdown)

    def _welcomed(self) -> Lesson:
        """One short line when a notebook opens its lesson."""
        total = sum(bound.exercise.points for bound in self.exercises)
        line = f"Lesson {self.name}: {counted(len(self.exercises), 'exercise')}, {counted(total, 'point')}."
        if self._variant != NEUTRAL and any(bound.exercise.varies for bound in self.exercises):
            line += f" Yours is variant {self._variant}: names, numbers and the order of options are your own."
        if self._progress.kept:
            records = self._progress.lessons().get(self.name, {})
            best = sum(min(records.get(b.exercise.name, {}).get("best", 0), b.exercise.points) for b in self.exercises)
            line += f" You have {best} so far." if best else ""
            notices = self._progress.opened(self.name)
            if _runs_in(paths.NOTEBOOKS, self._namespace):
                notices.append(
                    "This is the published notebook, which the next update may replace. "
                    "Work in your own copy under `my_work/`: `python3 -m helpers lab` opens it."
                )
            line = "\n\n".join([line, *notices])
        _show(line)
        return self


_RESERVED = {name for name in dir(Lesson) if not name.startswith("__")} | {"name"}


class BoundExercise:
    """One exercise with the learner's variables. Its methods show something and return nothing; none of them raises."""

    def __init__(self, lesson: Lesson, exercise: Exercise) -> None:
        self._lesson, self.exercise = lesson, exercise

    def check(self) -> None:
        """Check your answer: what holds, the first thing that does not, one counterexample, what to do next."""
        announced = announcement(self.exercise.live_calls, self.exercise.live_tokens, self._endpoint)
        if announced:
            _show(announced)
        outcome = self.outcome()
        _tell(self._lesson.name, outcome)
        notices = self._lesson._progress.record(self._lesson.name, outcome)
        _show("\n\n".join([replace(outcome, next_step=self._next_step(outcome)).markdown, *notices]))

    def outcome(self) -> Outcome:
        """The verdict as data, neither shown nor kept."""
        try:
            starter = self._lesson._starters.get(self.exercise.name)
            return grade(self.exercise, self._lesson._namespace, starter, seconds=self._seconds)
        except Exception as error:  # a fault of ours must not stop the learner's notebook
            return self.exercise.uncheckable(f"{type(error).__name__}: {error}")

    def hint(self) -> None:
        """Show the next hint, below the ones already seen."""
        hints = self.exercise.hints
        if not hints:
            _show(f"{self.exercise.name} has no hints: the reason under each answer you try is the hint.")
            return
        seen, notices = self._lesson._progress.hint(self._lesson.name, self.exercise.name, len(hints))
        blocks = [f"**Hint {number} of {len(hints)}.** {hint}" for number, hint in enumerate(hints[:seen], 1)]
        if seen == len(hints):
            blocks.append(f"That was the last one; `lesson.{self.exercise.name}.solution()` shows a worked solution.")
        else:
            blocks.append("Run this cell again for the next one.")
        _show("\n\n".join([*blocks, *notices]))

    def solution(self) -> None:
        """Show a worked solution beside your own code. Costs no points; progress remembers that it was looked at."""
        name, lesson = self.exercise.name, self._lesson
        source = self.exercise.solution(lesson._solutions.get(name, "")).strip()
        if not source:
            _show(f"There is no worked solution of {name} in `solutions/` here.")
            return
        notices = lesson._progress.solution(lesson.name, name)
        starter = lesson._starters.get(name, "")
        _show("\n\n".join([worked_solution(self.exercise.needs, lesson._namespace, starter, source), *notices]))

    @property
    def variant(self) -> Any:
        """Your own names and numbers for this exercise, as attributes."""
        return self.exercise.variant

    def ask(self) -> None:
        """Show the questions of a quiz, or the task of another exercise."""
        if isinstance(self.exercise, Quiz):
            _show(self.exercise.markdown)
        else:
            _show(f"**{self.exercise.name}** ({counted(self.exercise.points, 'point')}): {self.exercise.title}")

    @property
    def status(self) -> str:
        """The last verdict kept: "not attempted", "not yet" or "passed"."""
        return self._lesson._progress.of(self._lesson.name, self.exercise.name)["status"]

    def __repr__(self) -> str:
        return f"{self.exercise.name} ({counted(self.exercise.points, 'point')}): {self.status}"

    def _next_step(self, outcome: Outcome) -> str:
        if outcome.status is not Status.NOT_YET:
            return outcome.next_step
        name, hints = self.exercise.name, len(self.exercise.hints)
        seen = self._lesson._progress.of(self._lesson.name, name)["hints"]
        if hints > seen:
            return f"{outcome.next_step} Stuck? `lesson.{name}.hint()` ({counted(hints - seen, 'hint')} left)."
        return f"{outcome.next_step} Stuck? `lesson.{name}.solution()` shows one way." if hints else outcome.next_step

    @property
    def _endpoint(self) -> Any:
        return self._lesson._namespace.get("endpoint")

    @property
    def _seconds(self) -> float:
        """The exercise's limit, and more where a real endpoint has to answer: its slowness is not the learner's."""
        live = getattr(self._endpoint, "simulated", True) is False
        return self.exercise.seconds + (LIVE_CALL_SECONDS * self.exercise.live_calls if live else 0)


def _tell(lesson: str, outcome: Outcome) -> None:
    """Append a verdict to the file that WORKBOOK_OUTCOMES names, as a line of JSON, for whoever runs the notebook."""
    if file := os.environ.get("WORKBOOK_OUTCOMES"):
        with Path(file).open("a", encoding="utf-8") as lines:
            lines.write(json.dumps({"lesson": lesson, **outcome.as_dict()}, ensure_ascii=False) + "\n")


def _cells(name: str, tree: Path) -> dict[str, str]:
    from helpers.publishing.published import exercise_cells, find

    try:
        return exercise_cells(find(name, tree))
    except (FileNotFoundError, ValueError):
        return {}  # without the published notebook, only `...` and missing names count as not attempted


def _no_such(what: str, name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    if near:
        return f"there is no {what} {name!r}; did you mean {' or '.join(map(repr, near))}?"
    return f"there is no {what} {name!r}; there are: {', '.join(known) or 'none yet'}"


def _runs_in(tree: Path, namespace: Mapping[str, Any]) -> bool:
    """Whether this is a notebook of one of the clone's trees.

    VS Code and Jupyter tell a kernel its notebook's path; a kernel also starts in its notebook's folder.
    """
    told = namespace.get("__vsc_ipynb_file__") or os.environ.get("JPY_SESSION_NAME") or ""
    path = Path(str(told)) if Path(str(told)).is_absolute() else Path.cwd() / str(told)
    try:
        return path.resolve().is_relative_to(tree)
    except OSError:
        return False


def _show(markdown: str) -> None:
    from helpers.show import Shown, show

    show(Shown(markdown, plain(markdown)))
