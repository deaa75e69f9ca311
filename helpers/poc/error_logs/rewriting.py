"""Each template in plain words for people outside IT: asked for, checked by code, asked for again with what is wrong.

    plain = rewrite(run, asker, templates, redactor, prompt)   ->   {template id: Plain}

The model never sees more than the redacted template, and what it says is checked all the same: a fluent sentence may
lose the code, soften the severity, or repeat a host name that a pattern did not know.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from helpers.poc.error_logs.asking import Asker, NoReply, in_log
from helpers.poc.error_logs.classification import PLACEHOLDER, spoken
from helpers.readability import grade

if TYPE_CHECKING:
    from helpers.logs import Template
    from helpers.poc import Run
    from helpers.redaction import Redactor

WORK = "rewriting"
TRIES = 3  # the first, and two more with what is wrong
MOST_WORDS = 60
LANGUAGES = {"en": "English", "pt": "Portuguese", "es": "Spanish", "de": "German"}

_FRAME = re.compile(
    r"^\s*at [\w$.<>]+\(.*\)|\([\w$]+\.(?:java|kt|scala|py|js|ts|go|rb|cs):\d+\)|\bFile \"[^\"]+\", line \d+"
    r"|\bTraceback \(most recent|\bCaused by:|\b[a-z]\w*(?:\.[a-z]\w*)+\.[A-Z]\w+"
    r"|\b[A-Z]\w*(?:Exception|Error)\b(?=[:(.])|\b0x[0-9a-f]{6,}",
    re.MULTILINE,
)
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


@dataclass(frozen=True)
class Plain:
    """A template in plain words. problems: what is still wrong with it after the last try; grade of its sentences."""

    template: int
    text: str = ""
    grade: float = float("nan")
    tries: int = 0
    problems: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong with it."""
        return not self.problems


def rewrite(
    run: Run, asker: Asker, templates: Sequence[Template], redactor: Redactor, prompt: str
) -> dict[int, Plain]:
    """Every template in plain words, by its id; what still fails after the last try is listed as skipped too."""
    parameters = run.parameters
    told = prompt.replace("{language}", LANGUAGES[parameters.language]).replace("{audience}", parameters.audience)

    def one(template: Template) -> Plain:
        return plain_words(
            asker, template, redactor, told, language=parameters.language, most_grade=parameters.grade
        )

    made = run.map(one, templates, "rewriting", name=lambda one: f"template {one.id}, {one.text[:80]}")
    found = {}
    for template, plain in zip(templates, made, strict=True):
        plain = plain or Plain(template.id, problems=("not answered, see skipped",))
        found[template.id] = plain
        if plain.problems and plain.tries:
            run.skip(f"plain words: template {template.id}", "; ".join(plain.problems), "write this one by hand")
    return found


def plain_words(
    asker: Asker, template: Template, redactor: Redactor, told: str, *, language: str, most_grade: float
) -> Plain:
    """One template in plain words: the best of at most three tries, each told what was wrong with the last."""
    messages = [
        {"role": "system", "content": told},
        {"role": "user", "content": in_log([f"{heading(template)} {spoken(template)}"])},
    ]
    best: Plain | None = None
    for number in range(1, TRIES + 1):
        try:
            text = asker.text(WORK, messages)
        except NoReply as error:
            made = Plain(template.id, tries=number, problems=(str(error),))
        else:
            problems = problems_of(text, template, redactor, language=language, most_grade=most_grade)
            made = Plain(template.id, text, grade(sentences_of(text, template), language), number, tuple(problems))
        if best is None or len(made.problems) < len(best.problems) or not best.text:
            best = made
        if made.passed:
            return made
        if made.text:
            again = f"This is not right yet: {'; '.join(made.problems)}. Write it again, whole, and nothing else."
            messages = [*messages[:2], {"role": "assistant", "content": made.text}, {"role": "user", "content": again}]
    return Plain(best.template, best.text, best.grade, TRIES, best.problems)


def heading(template: Template) -> str:
    """How its plain words begin: severity and code, as in "ERROR E1042:"."""
    return f"{' '.join(part for part in (template.severity, template.code) if part) or 'NOTE'}:"


def sentences_of(text: str, template: Template) -> str:
    """The plain words without severity and code, which everybody has to live with: what the grade is reckoned of."""
    for part in (template.severity, template.code):
        if part:
            text = re.sub(rf"(?<!\w){re.escape(part)}(?!\w)", " ", text, flags=re.IGNORECASE)
    return text.strip(" :-–—,")


def problems_of(
    text: str, template: Template, redactor: Redactor, *, language: str, most_grade: float
) -> list[str]:
    """What is wrong with a rewrite, each as a sentence that a model can act on. Empty: nothing.

    Checked: severity and code stand as they are; nothing that the redactor sees; no placeholder; no stack frame or class
    name; no number that the template does not have; not too long; not above the grade.
    """
    found = []
    for what, part in (("severity", template.severity), ("code", template.code)):
        if part and not re.search(rf"(?<!\w){re.escape(part)}(?!\w)", text, re.IGNORECASE):
            found.append(f"the {what} {part} is missing")
    body = sentences_of(text, template)
    if leaks := redactor.found(body):
        found.append(f"it names what must not be named ({', '.join(sorted({kind for kind, _ in leaks}))})")
    if PLACEHOLDER.search(body):
        found.append("it has a placeholder in angle brackets")
    if frame := _FRAME.search(body):
        found.append(f"it has a part of a stack trace or a class name: {frame.group().strip()[:60]}")
    known = set(_NUMBER.findall(f"{template.text} {' '.join(template.examples)}"))
    if invented := [number for number in _NUMBER.findall(body) if number not in known]:
        found.append(f"it has a number that the message does not have: {invented[0]}")
    if (words := len(body.split())) > MOST_WORDS:
        found.append(f"it has {words} words, more than {MOST_WORDS}")
    reached = grade(body, language)
    if reached != reached:
        found.append("it says nothing")
    elif reached > most_grade:
        found.append(
            f"it asks for {reached:.0f} years of school, more than {most_grade:g}: use shorter words and sentences"
        )
    return found


def leaks_of(plain: Mapping[int, Plain], templates: Sequence[Template], redactor: Redactor) -> list[int]:
    """Ids of templates whose plain words hold what the redactor sees, a placeholder, or a piece of a stack trace."""
    found = []
    for template in templates:
        body = sentences_of(plain[template.id].text, template)
        if redactor.found(body) or PLACEHOLDER.search(body) or _FRAME.search(body):
            found.append(template.id)
    return found
