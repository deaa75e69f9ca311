"""What a run has to say in sentences: at the top of its report, of a proposal, of what did not pass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from helpers.poc.error_logs import dashboard
from helpers.poc.error_logs.classification import Sorted
from helpers.poc.error_logs.discovery import Proposal
from helpers.poc.error_logs.rewriting import Plain

if TYPE_CHECKING:
    from helpers.logs import Template, Templates
    from helpers.poc.error_logs.evaluation import Probe

FIRST = 10  # templates with most events, whose share is told


def read(found: Templates, least: str) -> str:
    """How much was read, and how few kinds of message it is."""
    worse = "events of any severity" if least == "ALL" else f"events of {least} or worse"
    return (
        f"{found.lines:,} lines hold {found.kept:,} {worse}, and these are only "
        f"**{len(found.templates):,} kinds of message** (templates)"
    )


def headlines(
    found: Templates,
    least: str,
    templates: Sequence[Template],
    answers: Mapping[int, Sorted],
    *,
    proposals: Sequence[Proposal],
    usd: float,
    calls: int,
    on_mock: bool,
) -> list[str]:
    """What was found and what it took; usd: of the whole run."""
    new = {one.name for one in proposals}
    events = sum(one.count for one in templates) or 1
    most = sum(sorted((one.count for one in templates), reverse=True)[:FIRST]) / events
    by_category = Counter[str]()
    for one in templates:
        by_category[answers[one.id].category or dashboard.NONE_NAME] += one.count
    shares = ", ".join(
        f"{_as_said(name)}{' (proposed)' * (name in new)} {number / events:.0%}"
        for name, number in by_category.most_common()
    )
    said = [f"**Read**: {read(found, least)}; the {FIRST} most frequent make {most:.0%} of the events."]
    if len(by_category) > 1:
        said.append(f"**Who has to act**: {shares}.")
    if peak := dashboard.peak(templates):
        time, number = peak
        said.append(f"**Most happened** in {time}: {number:,} of {events:,} events.")
    per_thousand = 1000 * usd / max(found.lines, 1)
    dollars = "imagined US dollars" if on_mock else "US dollars"
    said.append(f"**It took** {calls:,} calls: {usd:.2g} {dollars}, {per_thousand:.2g} for 1,000 lines.")
    return said


def to_decide(
    proposals: Sequence[Proposal], *, labelled: int, leaks: int, failed: int, plain: int, on_mock: bool
) -> list[str]:
    """The questions that people have to answer now, most pressing first."""
    asked = []
    if leaks:
        asked.append(
            f"who reads the {leaks} plain words that may name what must not be named, before anybody gets them?"
        )
    asked += [
        f"is “{_as_said(one.name)}” ({one.lines:,} events) a category of its own, and who acts on it?"
        for one in proposals
    ]
    if not labelled:
        asked.append("who labels the lines of label.html? Without labels nothing says how often the sorting is right.")
    if failed and not on_mock:
        asked.append(f"who writes the {failed} of {plain} plain words that did not pass?")
    if on_mock:
        asked.append(
            "may the redacted messages (templates.csv) go to a live endpoint? The mock cannot show its quality."
        )
    return [f"**To decide**: {' '.join(f'({n}) {one}' for n, one in enumerate(asked, 1))}"] if asked else []


def proposal(one: Proposal) -> str:
    """A proposed category, with why it is one."""
    return (
        f"**{_as_said(one.name)}**: {_as_said(one.definition)} {len(one.templates)} kinds of message, {one.lines:,} "
        f"events. Why: they are alike ({one.candidate.cohesion:.2f}; to their neighbours {one.candidate.apart:.2f}), "
        f"and no category fits them: at most {one.candidate.agreement:.0%} were put into the same one."
    )


def not_passed(plain: Mapping[int, Plain], leaks: Sequence[int], number: int) -> list[dict[str, Any]]:
    """Plain words that did not pass as rows to show, those that may leak something first."""
    failed = sorted((one for one in plain.values() if not one.passed), key=lambda one: one.template not in leaks)
    return [
        {
            "in plain words": dashboard.shown(one.text, 90),
            "what is wrong": dashboard.shown("; ".join(one.problems)),
        }
        for one in failed[:number]
    ]


def obeyed(probes: Sequence[Probe], templates: Mapping[int, Template]) -> list[dict[str, Any]]:
    """Probes that were obeyed, as rows to show."""
    return [
        {
            "template": dashboard.shown(templates[one.template].text, 70),
            "hidden in it": one.order,
            "before": one.before,
            "after": one.after,
        }
        for one in probes
        if one.obeyed
    ]


def _as_said(text: str) -> str:
    """Words of a model or a team within markdown: never markup, nor a tag."""
    return dashboard.shown(" ".join(text.split()), 400).replace("<", "&lt;").replace("_", "\\_").replace("`", "'")
