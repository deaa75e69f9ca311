"""The analyst's view: half a page by the model, made from the table alone, of which every number is the table's.

    facts of a paragraph -> the model's prose -> braces filled in -> check
                                  -> asked again with what is wrong -> what is still wrong is cut

Two ways to write it. "placeholders": the model writes names in braces and code the figures. "free": the model writes
the figures itself. Both go through the same check; what each is worth is measured by `workbook bench analyst_view`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from helpers.poc.financial_report import claims
from helpers.poc.financial_report.facts import Facts, facts_of
from helpers.poc.financial_report.grounding import Finding, check
from helpers.poc.financial_report.normalisation import Normalised
from helpers.poc.financial_report.wording import Language

Style = Literal["placeholders", "free"]
Messages = list[dict[str, str]]

SENTENCES = 3  # a paragraph
LANGUAGES: dict[Language, str] = {"en": "English", "pt": "Portuguese", "es": "Spanish"}
PROMPT = "view.md"


@dataclass(frozen=True)
class Cut:
    """A sentence that was taken out, and why."""

    sentence: str
    why: str


@dataclass(frozen=True)
class View:
    """The finished prose, what was cut from it, and what each round of asking came to.

    rounds: for each paragraph the findings of its first reply, its second, ... findings: of the finished prose.
    """

    text: str
    cut: tuple[Cut, ...]
    rounds: tuple[tuple[int, ...], ...]
    findings: tuple[Finding, ...]
    drafts: tuple[str, ...]
    language: Language

    @property
    def sentences(self) -> int:
        """How many stand."""
        return len(claims.sentences(self.text))

    @property
    def ungrounded(self) -> int:
        """Numbers of the finished prose that are not in the table: the criterion, by the check."""
        return sum(finding.number for finding in self.findings)

    def as_markdown(self, title: str) -> str:
        """For view.md: the prose, and below it what was cut."""
        lines = [f"# {title}", "", self.text or "*Nothing of what the model wrote stands in the table.*", ""]
        if self.cut:
            lines += ["## Cut", "", "What the model wrote and the table does not say:", ""]
            lines += [f"- “{_plain(cut.sentence)}” ({_plain(cut.why)})" for cut in self.cut]
        return "\n".join(lines).rstrip() + "\n"


def write(
    ask: Callable[[Messages], str],
    table: Normalised,
    language: Language,
    prompt: str,
    *,
    style: Style = "placeholders",
    again: int = 1,
    in_order: Callable[[Callable[[str], Paragraph], Sequence[str]], Sequence[Paragraph | None]] | None = None,
) -> View:
    """Have the view written, each paragraph checked and asked again at most `again` times, and what is wrong cut.

    ask: sends messages, gives the reply's text. prompt: the text of view.md, or a team's own.
    in_order: runs a function over the paragraphs' names, such as `run.map`; one after another by default.
    """
    facts = facts_of(table, language)

    def paragraph(about: str) -> Paragraph:
        return _paragraph(ask, _messages(facts, about, prompt, style), facts, table, again)

    every = in_order or (lambda function, items: [function(item) for item in items])
    written = [each for each in every(paragraph, list(facts.paragraphs)) if each is not None]
    prose = "\n\n".join(each.prose for each in written if each.prose)
    cut: list[Cut] = []
    # As often as something is cut: a sentence that leaned on one that was cut may say something else now.
    while findings := _findings(prose, facts, table):
        prose, more = without(prose, findings)
        cut += more
        if not more:
            break
    return View(
        prose,
        tuple(cut),
        tuple(each.rounds for each in written),
        tuple(findings),
        tuple(draft for each in written for draft in each.drafts),
        language,
    )


@dataclass(frozen=True)
class Paragraph:
    """The best of the replies for one paragraph, and how many findings each reply had."""

    prose: str
    findings: tuple[Finding, ...]
    rounds: tuple[int, ...]
    drafts: tuple[str, ...]


def _paragraph(
    ask: Callable[[Messages], str], messages: Messages, facts: Facts, table: Normalised, again: int
) -> Paragraph:
    drafts: list[str] = []
    judged: list[tuple[str, list[Finding]]] = []
    for left in range(again, -1, -1):
        drafts.append(ask(messages))
        prose = _prose(facts.filled(drafts[-1]))
        judged.append((prose, _findings(prose, facts, table)))
        if not judged[-1][1] or not left:
            break
        reply = {"role": "assistant", "content": drafts[-1]}
        messages = [*messages, reply, {"role": "user", "content": _again(judged[-1][1])}]
    prose, found = max(judged, key=lambda each: _good(*each))
    return Paragraph(prose, tuple(found), tuple(len(each) for _, each in judged), tuple(drafts))


def _findings(prose: str, facts: Facts, table: Normalised) -> list[Finding]:
    unfilled = [
        Finding(sentence, f"{{{name}}}", "no figure of the table has this name")
        for sentence in claims.sentences(prose)
        for name in facts.unknown(sentence)
    ]
    bare = [
        Finding(sentence, "no figure", "a sentence of the view has to say a figure of the table", number=False)
        for sentence in claims.sentences(prose)
        if not _says_a_figure(sentence)
    ]
    return [*unfilled, *bare, *check(prose, table, facts.language)]


def _says_a_figure(sentence: str) -> bool:
    """Whether it has digits besides those of years: courtesies and headings have none, and the table bears out none."""
    return bool(re.search(r"\d", re.sub(r"\b(?:FY)?(?:19|20)\d\d(?:/\d\d)?\b", "", sentence)))


def without(prose: str, found: Sequence[Finding]) -> tuple[str, list[Cut]]:
    """The prose without its sentences that have a finding, paragraph by paragraph; and those sentences."""
    why: dict[str, list[str]] = {}
    for finding in found:
        why.setdefault(finding.sentence, []).append(f"“{finding.words}”: {finding.problem}")
    paragraphs, cut = [], []
    for paragraph in prose.split("\n\n"):
        kept = []
        for sentence in claims.sentences(paragraph):
            if sentence in why:
                cut.append(Cut(sentence, "; ".join(why[sentence])))
            else:
                kept.append(sentence)
        if kept:
            paragraphs.append(" ".join(kept))
    return "\n\n".join(paragraphs), cut


def _messages(facts: Facts, about: str, prompt: str, style: Style) -> Messages:
    told = prompt.replace("{sentences}", str(SENTENCES)).replace("{language}", LANGUAGES[facts.language])
    told = told.replace("{about}", about).replace("{{", "{").replace("}}", "}")
    said = facts.paragraphs[about]
    said = said if style == "placeholders" else tuple(map(facts.filled, said))
    lines = "\n".join(said)
    return [
        {"role": "system", "content": told.strip()},
        {"role": "user", "content": f"<facts>\n{lines}\n</facts>"},
    ]


def _again(found: Sequence[Finding]) -> str:
    lines = [f"- “{finding.words}” in “{finding.sentence}”: {finding.problem}" for finding in found[:12]]
    return "\n".join(
        [
            "These do not agree with the facts:",
            *lines,
            "",
            "The paragraph again, with these mended or left out, and nothing else.",
        ]
    )


def _prose(text: str) -> str:
    """Paragraphs of prose: what a model adds of markdown is taken off."""
    lines = [line.strip().strip("*").lstrip("#-• ").strip() for line in text.strip().split("\n")]
    return "\n".join(lines)


def _good(prose: str, found: Sequence[Finding]) -> int:
    bad = {finding.sentence for finding in found}
    return sum(sentence not in bad for sentence in claims.sentences(prose))


def _plain(text: str) -> str:
    """Text of a model inside a line of markdown."""
    return " ".join(text.replace("<", "‹").replace("`", "'").split())
