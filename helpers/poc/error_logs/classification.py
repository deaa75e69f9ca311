"""Templates into the team's categories, each with the words that decide; a reply is checked and asked for once more.

    sorting = Sorting(categories, prompt, examples)
    found = classify(run, asker, templates, sorting)   ->   {template id: Sorted}

Templates are asked about, not lines: what differs between two lines of a template does not change its category.

Whoever can write into a log can write an order into it, in words that no list knows. But an order for a category has to
say which. So a template that says the name of what it was sorted into is asked about again, without the sentences that
say it, or, where no other is left, with the name blanked; that answer counts: the rest of a message has to bear it.
And such templates are never in one request with others, to which an order could be meant as well.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from helpers.poc.error_logs.asking import (
    Asker,
    NoReply,
    as_data,
    blanked,
    defused,
    in_log,
    object_of,
    says,
    without_saying,
)
from helpers.poc.error_logs.parameters import NONE, Category

if TYPE_CHECKING:
    from helpers.logs import Template
    from helpers.poc import Run

WORK = "sorting"
DOUBT = "second look"  # the second look at templates that say the name of their category
_FEW_WORDS = 3
_LONGEST = 600  # characters of a template that are sent

# What a placeholder stands for, as people say it: models read it better than a sign, and repeat it less.
SPOKEN = {
    "HOST": "a machine", "IP": "an address", "MAC": "a device", "EMAIL": "an e-mail address", "USER": "somebody",
    "PERSON": "somebody", "PATH": "a file", "URL": "a web page", "UUID": "a number", "ID": "a number",
    "SECRET": "a secret", "IBAN": "a bank account", "CARD": "a card", "PHONE": "a phone",
}  # fmt: skip
PLACEHOLDER = re.compile(r"<(?P<kind>[A-Z][A-Z_]*|\*)>")
_KEY = re.compile(r"(?<!\S)[\w.-]+=\S*?(?=[.;]?(?:\s|$))")  # not the end of its sentence

# A class of exceptions by its name: a model reads it better as words, and then does not repeat it.
_CLASS = re.compile(
    r"(?<![\w.<])(?:[a-z_](?:\w|<\*>)*[.$]|[A-Z]\w*\$)*"
    r"(?P<name>[A-Z]\w*(?:Error|Exception|Warning|Fault|Exit|Interrupt|Timeout))\b"
)
_HUMP = re.compile(r"(?<=[a-z\d])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|_+")


def _as_words(match: re.Match[str]) -> str:
    """FileNotFoundError -> file not found error; JSONDecodeError -> JSON decode error."""
    words = [word if word.isupper() else word.lower() for word in _HUMP.split(match["name"]) if word]
    return " ".join(words[:-1] if words[-1] == "exception" and len(words) > 1 else words)


@dataclass(frozen=True)
class Sorted:
    """A template's category and the words that decide; `problem` says why there is none."""

    template: int
    category: str = ""
    reason: str = ""
    problem: str = ""


@dataclass(frozen=True)
class Sorting:
    """What a model is told: the categories, the prompt with {categories} and {examples} in it, labelled templates."""

    categories: tuple[Category, ...]
    prompt: str
    examples: tuple[tuple[Template, str], ...] = ()
    allow_none: bool = True

    @property
    def answers(self) -> list[str]:
        """What may be answered."""
        return [one.name for one in self.categories] + [NONE] * self.allow_none

    @property
    def rules(self) -> str:
        """The system message. A version of the prompt that forgets a place still gets what belongs there."""
        defined = [f"- {one.name}: {one.definition}" for one in self.categories]
        parts = {"{categories}": "\n".join(defined + [f"- {NONE}: fits no category above"] * self.allow_none)}
        shown = [f"Message: {defused(spoken(one), self.answers)}\nCategory: {name}" for one, name in self.examples]
        parts["{examples}"] = "\n".join(["Examples:", *shown]) if shown else ""
        told = self.prompt
        for place, text in parts.items():
            told = told.replace(place, text) if place in told else f"{told.rstrip()}\n\n{text}"
        return re.sub(r"\n{3,}", "\n\n", told).strip()

    def with_new(self, category: Category, exemplars: Sequence[Template]) -> Sorting:
        """With one more category, and templates that belong to it."""
        more = tuple((one, category.name) for one in exemplars)
        return replace(self, categories=(*self.categories, category), examples=(*self.examples, *more))


def classify(
    run: Run,
    asker: Asker,
    templates: Sequence[Template],
    sorting: Sorting,
    *,
    label: str = "sorting",
    batch_size: int | None = None,
) -> dict[int, Sorted]:
    """Every template's category, by its id. What has none after a second request is listed as skipped in the run.

    batch_size: templates in one request; None takes the run's parameter.
    """
    size = batch_size or run.parameters.batch_size
    alone = [one for one in templates if size > 1 and any(says(spoken(one), name) for name in sorting.answers)]
    others = [one for one in templates if one not in alone] if alone else templates
    batches = [others[i : i + size] for i in range(0, len(others), size)] + [[one] for one in alone]
    results = run.map(
        lambda batch: sort_batch(asker, batch, sorting),
        batches,
        label,
        name=lambda batch: f"templates {', '.join(str(one.id) for one in batch)}",
    )
    found: dict[int, Sorted] = {}
    for batch, answers in zip(batches, results, strict=True):
        for template in batch:
            answer = (answers or {}).get(template.id) or Sorted(template.id, problem="not answered, see skipped")
            found[template.id] = answer
            if answer.problem and answers is not None:
                run.skip(f"{label}: template {template.id}, {template.text[:80]}", answer.problem, "label it by hand")
    return found


def sort_batch(asker: Asker, batch: Sequence[Template], sorting: Sorting) -> dict[int, Sorted]:
    """One request for a few templates, and one more for those that it left out or got wrong."""
    found: dict[int, Sorted] = {}
    missing, why = list(batch), ""
    for _ in range(2):
        try:
            answers = asker.json(WORK, messages(missing, sorting), schema(sorting, alone=len(missing) == 1))
            new, why = checked(answers, missing, sorting)
            found |= new
        except NoReply as error:
            why = str(error)
        missing = [template for template in missing if template.id not in found]
        if not missing:
            break
    found = {one.id: looked_at_again(asker, one, found[one.id], sorting) for one in batch if one.id in found}
    return found | {one.id: Sorted(one.id, problem=why or "left out twice") for one in missing}


def looked_at_again(asker: Asker, template: Template, answer: Sorted, sorting: Sorting) -> Sorted:
    """The answer, or what it becomes where nothing but its name in the message bears it: see the module. Most templates
    do not say their category's name, and are not asked about again."""
    name = answer.category or NONE
    told = defused(spoken(template), sorting.answers)
    if not says(told, name):
        return answer
    try:
        return _asked_alone(asker, template, without_saying(told, name) or blanked(told, name), sorting)
    except NoReply as error:
        return Sorted(template.id, problem=f"its category's name stands in it, and without that: {error}")


def _asked_alone(asker: Asker, template: Template, told: str, sorting: Sorting) -> Sorted:
    asked = [{"role": "system", "content": sorting.rules}, {"role": "user", "content": in_log([f"message: {told}"])}]
    found, why = checked(asker.json(DOUBT, asked, schema(sorting, alone=True)), [template], sorting)
    if template.id not in found:
        raise NoReply(why)
    return found[template.id]


def messages(batch: Sequence[Template], sorting: Sorting) -> list[dict[str, str]]:
    """The request: rules, definitions and examples in the system message, log text as data in the user's."""
    if len(batch) == 1:
        lines = [f"message: {defused(spoken(batch[0]), sorting.answers)}"]
    else:
        lines = [f"- id: {one.id}, message: {defused(spoken(one), sorting.answers)}" for one in batch]
    return [{"role": "system", "content": sorting.rules}, {"role": "user", "content": in_log(lines)}]


def spoken(template: Template, blank: str = " ") -> str:
    """A template as a model reads it: one line of words. `<HOST>` is "a machine"; `<*>`, the code and keys with their
    values (`bay=<*>`) are left out where enough words stay: they seldom say what kind of failure it is.

    blank: what stands for `<*>`.
    """
    said = _KEY.sub(" ", template.text)
    said = said if len(re.findall(r"[^\W\d_]{2,}", said)) >= _FEW_WORDS else template.text
    if template.code:
        said = re.sub(rf"[\[(]?(?<!\w)(?:\w+=)?{re.escape(template.code)}(?!\w)[\])]?:?", " ", said)
    said = re.sub(r"(?<=>):<\*>", "", said)  # the port of a host
    said = re.sub(r"(?<=>)@(?=<)", " at ", _CLASS.sub(_as_words, said))
    said = PLACEHOLDER.sub(lambda m: f" {blank} " if m["kind"] == "*" else SPOKEN.get(m["kind"], "something"), said)
    said = re.sub(r"\s+(?=[,;:.)\]%])|(?<=[(\[])\s+", "", as_data(said)).strip(" :,;-·")
    return (said or as_data(template.text))[:_LONGEST]


def schema(sorting: Sorting, *, alone: bool) -> dict[str, Any]:
    """{reason, category} for one template, a list of {id, reason, category} for several."""
    answer = {
        "reason": {"type": "string", "description": "one short sentence: the words of the message that decide"},
        "category": {"type": "string", "enum": sorting.answers},
    }
    if alone:
        return object_of(**answer)
    return object_of(answers={"type": "array", "items": object_of(id={"type": "integer"}, **answer)})


def checked(answers: Any, batch: Sequence[Template], sorting: Sorting) -> tuple[dict[int, Sorted], str]:
    """The answers that can be used, by id, and what is wrong with the others.

    An id that was not asked for is dropped; one that is there twice with two categories counts as not answered.
    """
    if len(batch) == 1 and "answers" not in answers:
        answers = {"answers": [{**answers, "id": batch[0].id}]}
    asked = {template.id for template in batch}
    found: dict[int, Sorted] = {}
    problems: list[str] = []
    twice: set[int] = set()
    for answer in answers.get("answers") or ():
        number, category = answer.get("id"), answer.get("category")
        if number not in asked:
            problems.append(f"id {number!r} was not asked for")
        elif category not in sorting.answers:
            problems.append(f"{category!r} is no category")
        elif number in found and found[number].category != _kept(category):
            twice.add(number)
        else:
            found[number] = Sorted(number, _kept(category), str(answer.get("reason") or "").strip())
    if twice:
        problems.append("one id has two categories")
    found = {number: one for number, one in found.items() if number not in twice}
    if asked - found.keys() and not problems:
        problems.append("the reply leaves templates out")
    return found, "; ".join(dict.fromkeys(problems))


def _kept(category: str) -> str:
    return "" if category == NONE else category
