"""Each template in plain words for people outside IT: asked for, checked by code, asked for again with what is wrong.

    plain = rewrite(run, asker, templates, redactor, prompt)   ->   {template id: Plain}

The model never sees more than the redacted template, and what it says is checked all the same: a fluent sentence may
lose the code, soften the severity, or repeat a host name that a pattern did not know.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from helpers.intervals import Interval, share
from helpers.poc.error_logs.asking import Asker, NoReply, defused, in_log
from helpers.poc.error_logs.classification import PLACEHOLDER, spoken
from helpers.readability import grade

if TYPE_CHECKING:
    from helpers.logs import Template
    from helpers.poc import Run
    from helpers.redaction import Redactor

WORK = "rewriting"
TRIES = 3  # the first, and two more with what is wrong
MOST_WORDS = 60
LEAST_ALIKE = 0.3  # cosine of a template and its plain words; unrelated messages have about 0.1
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


def rewrite(run: Run, asker: Asker, templates: Sequence[Template], redactor: Redactor, prompt: str) -> dict[int, Plain]:
    """Every template in plain words, by its id; what still fails after the last try is listed as skipped too."""
    parameters = run.parameters
    told = prompt.replace("{language}", LANGUAGES[parameters.language]).replace("{audience}", parameters.audience)

    def one(template: Template) -> Plain:
        return plain_words(asker, template, redactor, told, language=parameters.language, most_grade=parameters.grade)

    made = run.map(one, templates, "rewriting", name=lambda one: f"template {one.id}, {one.text[:80]}")
    found = {}
    for template, plain in zip(templates, made, strict=True):
        found[template.id] = plain or Plain(template.id, problems=("not answered, see skipped",))
    found |= {one.template: one for one in off_subject(run, templates, found)}
    failed = [plain for plain in found.values() if plain.problems and plain.tries]
    if failed:  # one line for all: files that could not be read must not be lost among them
        run.skip(
            f"{len(failed)} of {len(found)} plain words",
            f"they do not pass a check, such as template {failed[0].template}: {'; '.join(failed[0].problems)}",
            "templates.csv says what is wrong with each (problems): write them by hand, or change the prompt",
        )
    return found


def off_subject(run: Run, templates: Sequence[Template], plain: Mapping[int, Plain]) -> list[Plain]:
    """Plain words that mean something else than their template, with that among their problems: by embeddings."""
    from helpers.vectors import embed

    written = [one for one in templates if plain[one.id].text]
    before = embed(run.endpoint, [spoken(one) for one in written])
    after = embed(run.endpoint, [body_of(plain[one.id], one) for one in written])
    found = []
    for one, nearness in zip(written, (before * after).sum(axis=1), strict=True):
        if nearness < LEAST_ALIKE:
            made = plain[one.id]
            found.append(replace(made, problems=(*made.problems, f"it says something else (likeness {nearness:.2f})")))
    return found


def body_of(plain: Plain, template: Template) -> str:
    """Plain words without their heading."""
    return plain.text.removeprefix(heading(template)).strip()


def plain_words(
    asker: Asker, template: Template, redactor: Redactor, told: str, *, language: str, most_grade: float
) -> Plain:
    """One template in plain words: the best of at most three tries, each told what was wrong with the last."""
    messages = [
        {"role": "system", "content": told},
        {"role": "user", "content": in_log([defused(spoken(template, "some"))])},
    ]
    best = Plain(template.id, problems=("no reply",))
    for number in range(1, TRIES + 1):
        try:
            body = without_heading(asker.text(WORK, messages), template)
        except NoReply as error:
            best = best if best.text else Plain(template.id, tries=number, problems=(str(error),))
            continue
        problems = problems_of(body, template, redactor, language=language, most_grade=most_grade)
        made = Plain(template.id, f"{heading(template)} {body}", grade(body, language), number, tuple(problems))
        if not best.text or len(made.problems) < len(best.problems):
            best = made
        if made.passed:
            return made
        # A fresh request, without the first try: what was wrong in it would be there to be repeated.
        faults = "\n".join(f"- {problem}" for problem in problems)
        messages[0] = {
            "role": "system",
            "content": f"{told}\nA first try was refused for these faults; avoid them:\n{faults}",
        }
    return replace(best, tries=TRIES)


def heading(template: Template) -> str:
    """How its plain words begin: severity and code, as in "ERROR E1042:". Written here: what must not change is not
    given to a model to copy."""
    return f"{' '.join(part for part in (template.severity, template.code) if part) or 'NOTE'}:"


def without_heading(text: str, template: Template) -> str:
    """What a model wrote, without severity and code where it wrote them all the same."""
    parts = "|".join(re.escape(part) for part in (template.severity, template.code) if part)
    text = " ".join(text.split())
    return re.sub(rf"^(?:[\[(*]*(?:{parts})[\])*]*[\s:,–-]+)+", "", text, flags=re.IGNORECASE) if parts else text


def problems_of(body: str, template: Template, redactor: Redactor, *, language: str, most_grade: float) -> list[str]:
    """What is wrong with plain words (without their heading), each as a sentence that a model can act on.

    Checked: nothing that the redactor sees; no placeholder; no stack frame or class name; no number that the template
    does not have; not too long; not above the grade.
    """
    found = leaks_in(body, redactor, spoken(template))
    known = set(_NUMBER.findall(f"{template.text} {' '.join(template.examples)}"))
    if invented := [number for number in _NUMBER.findall(body) if number not in known]:
        found.append(f"it has a number that the message does not have: {invented[0]}")
    if (words := len(body.split())) > MOST_WORDS:
        found.append(f"it has {words} words, more than {MOST_WORDS}")
    reached = grade(body, language)
    if reached != reached:
        found.append("it says nothing")
    elif round(reached, 1) > most_grade:  # as it is shown
        found.append(
            f"it asks for {reached:.1f} years of school, more than {most_grade:g}: use shorter words and sentences"
        )
    return found


def leaks_in(body: str, redactor: Redactor, told: str = "") -> list[str]:
    """What plain words hold that must not leave: what the redactor sees, a placeholder, a piece of a stack trace.

    told: what the model was given. A common word of it ("a machine: licence missing") is no name beside another word.
    """
    found = []
    common = set(re.findall(r"(?<![\w.-])[a-z]+(?![\w.-])", told))
    if leaks := [(kind, text) for kind, text in redactor.found(body) if text not in common]:
        kinds = ", ".join(sorted({kind for kind, _ in leaks}))
        found.append(f"it names what must not be named ({kinds})")
    if PLACEHOLDER.search(body):
        found.append("it has a placeholder in angle brackets")
    if frame := _FRAME.search(body):
        found.append(f"it has a part of a stack trace or a class name: {frame.group().strip()[:60]}")
    return found


def passed(plain: Mapping[int, Plain]) -> Interval:
    """Share of the templates whose plain words pass every check. Raises ValueError for none."""
    return share(sum(one.passed for one in plain.values()), len(plain))


def leaking(plain: Mapping[int, Plain], templates: Sequence[Template], redactor: Redactor) -> list[int]:
    """Ids of the templates whose plain words hold something that must not leave."""
    return [one.id for one in templates if leaks_in(body_of(plain[one.id], one), redactor, spoken(one))]
