"""A quiz: questions with lettered options, each with its reason. An Exercise whose check is made from its questions.

The learner writes letters into a dict named like the quiz: `recap = {1: "b", 2: "a"}`. Feedback gives the reason of the
option chosen, right or wrong; the right letter is never told before it is chosen.
"""

from __future__ import annotations

import string
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any

from helpers.grading.exercises import Exercise, Wrong
from helpers.grading.failures import AuthorError
from helpers.grading.notation import shown
from helpers.grading.outcomes import Counterexample, Outcome, PartOutcome, Status, counted
from helpers.grading.starters import same_code
from helpers.grading.variants import shuffled


@dataclass(frozen=True)
class Option:
    """An answer to choose. because: why it is right, or what speaks against it."""

    text: str
    because: str
    right: bool = False

    def __init__(self, text: str, *, because: str, right: bool = False) -> None:
        for name, value in (("text", text), ("because", because), ("right", right)):
            object.__setattr__(self, name, value)
        if not text.strip() or not because.strip():
            raise AuthorError(f"quiz option {text!r}: text and because must both say something")


@dataclass(frozen=True)
class Question:
    """A question with two or more options, exactly one of them right."""

    text: str
    options: Sequence[Option]

    def __post_init__(self) -> None:
        if len(self.options) < 2 or sum(option.right for option in self.options) != 1:
            raise AuthorError(f"quiz question {self.text!r}: give two or more options, exactly one with right=True")

    @property
    def letters(self) -> str:
        return string.ascii_lowercase[: len(self.options)]

    @property
    def right(self) -> str:
        return next(letter for letter, option in self.lettered() if option.right)

    def lettered(self) -> list[tuple[str, Option]]:
        return list(zip(self.letters, self.options, strict=True))


def quiz(name: str, *, points: int, questions: Sequence[Question], hints: Sequence[str] = (), title: str = "") -> Quiz:
    """Declare a quiz. points: shared evenly by the questions, so a multiple of their number."""
    return Quiz(name, points, tuple(questions), tuple(hints), title)


class Quiz(Exercise):
    def __init__(
        self, name: str, points: int, questions: tuple[Question, ...], hints: tuple[str, ...], title: str
    ) -> None:
        if not questions or points % len(questions):
            count = counted(len(questions), "question")
            raise AuthorError(f"quiz {name!r}: {points} points cannot be shared evenly by {count}")
        self.questions = questions
        self._declared: Quiz = self  # with the options in the order of their declaration
        super().__init__(lambda answers: None, name, points, hints, self._wrong(name), title or "Quiz")

    def for_variant(self, code: str) -> Quiz:
        """The same questions, their options in an order of this learner's own: letters cannot be handed on."""
        declared = self._declared
        questions = tuple(
            Question(question.text, shuffled(question.options, code, self.name, number))
            for number, question in enumerate(declared.questions, 1)
        )
        own = Quiz(self.name, self.points, questions, self.hints, self.title)
        own._declared = declared
        return own

    @property
    def varies(self) -> bool:
        return True

    def solution(self, source: str) -> str:
        written = f"{self.name} = {self.answers!r}".replace("'", '"')
        return source if same_code(source, written) else written

    @property
    def needs(self) -> list[str]:
        return [self.name]

    @property
    def answers(self) -> dict[int, str]:
        """The right letters, for tests and the solution's cell."""
        return {number: question.right for number, question in enumerate(self.questions, 1)}

    @property
    def markdown(self) -> str:
        """The questions with their options, and how to answer."""
        blocks = []
        for number, question in enumerate(self.questions, 1):
            options = "\n".join(f"- **{letter})** {option.text}" for letter, option in question.lettered())
            blocks.append(f"**{number}. {question.text}**\n\n{options}")
        example = ", ".join(f"{number}: ..." for number in range(1, len(self.questions) + 1))
        blocks.append(f"Answer with letters, then check: `{self.name} = {{{example}}}`")
        return "\n\n".join(blocks)

    def not_begun(self, namespace: Mapping[str, Any], starter: str | None) -> str:
        answers = namespace.get(self.name, ...)
        if self.name not in namespace:
            return f"`{self.name}` is not defined yet: run the quiz's cell first."
        if answers is ... or (isinstance(answers, Mapping) and all(value is ... for value in answers.values())):
            return f"`{self.name}` has no answer yet."
        return ""

    def verdict(
        self, namespace: MutableMapping[str, Any], starter: str | None, seconds: float, *, eager: bool = False
    ) -> Outcome:
        reason = self.not_begun(namespace, starter)
        if reason:
            step = f'Write a letter for each question, e.g. `{self.name} = {{1: "a", …}}`, then check again.'
            return self._outcome(Status.NOT_ATTEMPTED, 0, message=reason, next_step=step)
        answers = namespace[self.name]
        if not isinstance(answers, Mapping):
            rows = (("yours is", shown(answers)), ("expected", f'{self.name} = {{1: "a", 2: "b", …}}'))
            return self._outcome(
                Status.NOT_YET, 0, message="A dict of question numbers and letters is expected.",
                counterexample=Counterexample(rows),
                next_step="Change your cell, run it, then run this check again.",
            )  # fmt: skip
        return self._judged_answers(answers)

    def _judged_answers(self, answers: Mapping[Any, Any]) -> Outcome:
        each = self.points // len(self.questions)
        parts, reasons = [], []
        for number, question in enumerate(self.questions, 1):
            state, reason = _judged(number, question, answers.get(number, ...))
            parts.append(PartOutcome(f"question {number}", each if state == "passed" else 0, each, state))
            reasons.append(reason)
        earned = sum(part.points for part in parts)
        details = ("\n".join(f"- {reason}" for reason in reasons),)
        if earned == self.points:
            return self._outcome(Status.PASSED, earned, tuple(parts), details=details)
        step = "Change your answers, run the cell, then run this check again."
        # The reasons already stand question by question: a list of parts would only repeat them.
        return self._outcome(
            Status.NOT_YET, earned, tuple(parts), message=_first_words(parts), details=details, next_step=step
        )

    def _wrong(self, name: str) -> dict[str, Wrong]:
        """Every wrong option by itself, among otherwise right answers."""
        right = {number: question.right for number, question in enumerate(self.questions, 1)}
        return {
            f"question {number}, option {letter}": Wrong(f"{name} = { ({**right, number: letter})!r}", option.because)
            for number, question in enumerate(self.questions, 1)
            for letter, option in question.lettered()
            if not option.right
        }


def _judged(number: int, question: Question, answer: Any) -> tuple[str, str]:
    """State of a question's part, and its line of feedback."""
    if answer is ...:
        return "untried", f"· **{number}.** no answer yet"
    letter = answer.strip(" ().").lower() if isinstance(answer, str) else ""
    option = dict(question.lettered()).get(letter)
    if option is None:
        listed = ", ".join(question.letters)
        return "failed", f"✗ **{number}.** `{shown(answer, 30)}` is not one of the letters {listed}"
    state, symbol = ("passed", "✓") if option.right else ("failed", "✗")
    return state, f"{symbol} **{number}.** you chose **{letter})** {option.text}: {option.because}"


def _first_words(parts: Sequence[PartOutcome]) -> str:
    """Which questions to look at again, and which have no answer yet."""
    failed = [number for number, part in enumerate(parts, 1) if part.state == "failed"]
    open_ones = [number for number, part in enumerate(parts, 1) if part.state == "untried"]
    sentences = [f"Look again at {_numbered(failed)}."] if failed else []
    if open_ones:
        verb = "has" if len(open_ones) == 1 else "have"
        sentences.append(f"{_numbered(open_ones).capitalize()} {verb} no answer yet.")
    return " ".join(sentences)


def _numbered(numbers: Sequence[int]) -> str:
    if len(numbers) == 1:
        return f"question {numbers[0]}"
    return f"questions {', '.join(map(str, numbers[:-1]))} and {numbers[-1]}"
