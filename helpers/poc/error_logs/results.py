"""What a run leaves behind: a row an event in classified.csv, a row a template in templates.csv, the proposals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from helpers.poc.error_logs.classification import Sorted
from helpers.poc.error_logs.discovery import Discovery
from helpers.poc.error_logs.rewriting import Plain

if TYPE_CHECKING:
    from helpers.logs import Template
    from helpers.poc import Run

COLUMNS = ("file", "line", "when", "severity", "code", "system", "category", "template", "plain_words")
NOT_ASKED = "(not asked: beyond max_templates)"


def write(
    run: Run,
    templates: Mapping[int, Template],
    assigned: Iterable[Sequence],
    discovery: Discovery,
    plain: Mapping[int, Plain],
    first: Mapping[int, Sorted],
) -> None:
    """Write the three tables. assigned: (file, line, when, severity, code, template) of each event; it is streamed.

    first: the answers before new categories were proposed, for templates.csv.
    """
    run.stream_table("classified", COLUMNS, rows_of(templates, assigned, discovery.answers, plain))
    run.table("templates", [template_row(one, discovery.answers, plain, first) for one in templates.values()])
    run.table("proposals", proposal_rows(discovery, templates))


def rows_of(
    templates: Mapping[int, Template],
    assigned: Iterable[Sequence],
    answers: Mapping[int, Sorted],
    plain: Mapping[int, Plain],
) -> Iterator[tuple]:
    """A row of classified.csv for each event, in the order of the log, one at a time."""
    # What is said of a template is looked up once a template, not once an event.
    said = {
        i: (one.system, answers[i].category if i in answers else NOT_ASKED, i, plain[i].text if i in plain else "")
        for i, one in templates.items()
    }
    for file, line, when, severity, code, template in assigned:
        yield (file, line, when.isoformat(" ") if when else "", severity, code, *said[template])


def template_row(
    one: Template, answers: Mapping[int, Sorted], plain: Mapping[int, Plain], first: Mapping[int, Sorted]
) -> dict[str, Any]:
    """A row of templates.csv."""
    answer, words = answers.get(one.id), plain.get(one.id)
    return {
        "template": one.id,
        "events": one.count,
        "severity": one.severity,
        "code": one.code,
        "system": one.system,
        "category": answer.category if answer else NOT_ASKED,
        "category_before_proposals": first[one.id].category if one.id in first else "",
        "reason": answer.reason if answer else "",
        "text": one.text,
        "plain_words": words.text if words else "",
        "grade": round(words.grade, 1) if words and words.grade == words.grade else "",
        "problems": "; ".join(words.problems) if words else "",
        "first": one.first.isoformat(" ") if one.first else "",
        "last": one.last.isoformat(" ") if one.last else "",
        "example": one.examples[0] if one.examples else "",
    }


def proposal_rows(discovery: Discovery, templates: Mapping[int, Template]) -> list[dict[str, Any]]:
    """A row of proposals.csv for each proposal, with its exemplars, and for each that was withdrawn, with why."""
    rows = []
    for one in discovery.proposals:
        rows.append(
            {
                "name": one.name,
                "definition": one.definition,
                "templates": len(one.templates),
                "lines": one.lines,
                "cohesion": round(one.candidate.cohesion, 2),
                "apart": round(one.candidate.apart, 2),
                "agreement": round(one.candidate.agreement, 2),
                "exemplars": [templates[i].text for i in one.candidate.exemplars],
                "withdrawn": "",
            }
        )
    for candidate, why in discovery.withdrawn:
        rows.append(
            {
                "name": "",
                "definition": "",
                "templates": len(candidate.members),
                "lines": sum(templates[i].count for i in candidate.members),
                "cohesion": round(candidate.cohesion, 2),
                "apart": round(candidate.apart, 2),
                "agreement": round(candidate.agreement, 2),
                "exemplars": [templates[i].text for i in candidate.exemplars],
                "withdrawn": why,
            }
        )
    return rows
