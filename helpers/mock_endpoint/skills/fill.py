"""Fill a JSON schema, or the keys a prompt names in JSON mode, from the text of the prompt."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

from ..api import schemas
from ..api.schemas import Schema
from ..config import Model
from ..evidence.prototypes import evidence
from ..extraction.documents import Document
from ..extraction.source import Source, today_in, without_today
from ..reading.keys import shape_in, without_template
from ..reading.limits import read_limits
from ..reading.prompt import Prompt
from ..reading.work import read_work
from ..text.language import sentences
from .answer import answer_from_passages
from .candidate import Candidate
from .judge import fill_judgement
from .summarise import extract_summary

_ANSWERS = ("answer", "response", "reply", "final answer", "resposta", "respuesta")
_SOURCES = ("sources", "source ids", "citations", "references", "source", "citation", "passage ids", "document ids")
_TASK = re.compile(
    r"^(?:please\s+|now\s+|can you\s+|could you\s+)*(?:extract|parse|return|fill|read|convert|turn|identify|classify"
    r"|analy[sz]e|pull|get|find|list|output|give|provide|collect|structure|transform|label|use|respond|reply|write"
    r"|produce"
    r"|answer|extraia|extrae)\b",
    re.IGNORECASE,
)


def fill_schema(prompt: Prompt, model: Model) -> list[Candidate] | None:
    """Documents of the schema that the request demands, valid against it; None when it demands none."""
    schema = prompt.schema or _shape_of_json_mode(prompt)
    if schema is None:
        return None
    if prompt.schema is not None and (judged := fill_judgement(prompt, schema, model)):
        return judged
    if not model.reads_descriptions:
        schema = replace(schema, root=schemas.without_descriptions(schema.root, model.description_words))
    source = Source(without_today(text_to_read(prompt)), model, today_in(f"{prompt.rules}\n{prompt.said}"))
    document = Document(
        schema=schema,
        source=source,
        evidence=lambda labels, text: evidence(labels, prompt.examples, text, model),
        labels=prompt.labels,
        rules=sentences(prompt.instructions),
        known=_WorkedOut((*_ANSWERS, *_SOURCES, *(name for name, _ in _SHORT)), lambda: _known(prompt, model)),
    )
    return [Candidate(json.dumps(value, ensure_ascii=False), score) for value, score in document.versions()]


def _shape_of_json_mode(prompt: Prompt) -> Schema | None:
    if (not prompt.json_mode and not _names_keys(prompt)) or prompt.texts:
        return None
    shape = shape_in(f"{prompt.rules}\n{prompt.said}")
    if shape is None:
        return None
    if len(shape["properties"]) == 1 and len(prompt.labels) > 1 and prompt.item is not None:
        return None  # the one value is the label
    try:
        schemas.check(shape, "the prompt", "messages", None, strict=False)
    except schemas.errors.ApiError:
        return None
    return Schema("json", shape)


def _names_keys(prompt: Prompt) -> bool:
    """Whether a prompt asks for an object of keys that it names, to be filled from a text, without JSON mode."""
    if prompt.labels or prompt.tools.functions:
        return False
    work = read_work(prompt)
    if not work.text or not (prompt.limits.json or read_limits(work.told).json):
        return False
    return not (prompt.passages and not prompt.loose and prompt.question.strip().endswith("?"))


def text_to_read(prompt: Prompt) -> str:
    """What values are taken from: the delimited text, else what was said without the task, then results of tools."""
    results = [result.text for result in prompt.results]
    if prompt.schema is None and not results and (text := read_work(prompt).text):
        return text
    if prompt.item is not None and prompt.item.delimited:
        return "\n".join([prompt.item.text, *results])
    own = _without_task(without_template(prompt.said) if prompt.json_mode else prompt.said, bool(prompt.rules.strip()))
    turns = [turn.text for turn in prompt.history if turn.role == "user"]
    if prompt.passages and not prompt.loose and not results:
        own = "\n".join(passage.text for passage in prompt.passages)
    elif len(own.split()) < 3 and turns:
        own = "\n".join([*turns, own])
    return "\n".join([own, *results])


def _without_task(said: str, instructed: bool) -> str:
    """A message without the sentences that tell what to do; `Extract the order: ...` keeps what follows the colon.

    Where blank lines part the message, only its first and its last part may tell what to do. instructed: whether the
    system message already does, so that only a heading or a sentence that names the form is one.
    """
    parts = [p.strip() for p in re.split(r"\n[ \t]*\n", said) if p.strip()]
    if len(parts) > 1:
        told = [p for p in parts if not (p in (parts[0], parts[-1]) and _is_task(p))]
        if 0 < len(told) < len(parts):
            return "\n\n".join(told)
    if instructed and len(parts) == 1 and not _is_task(parts[0].split("\n")[0]):
        return said
    lead = re.match(
        r"[^:\n.]{0,60}\b(?:json|schema|fields?|details|data|record|object)\b[^:\n.]{0,30}:\s+(?=\S)",
        said,
        re.IGNORECASE,
    )
    said = said[lead.end() :] if lead else said
    kept = []
    for line in said.split("\n"):
        for sentence in sentences(line) or [""]:
            lead = _TASK.match(sentence)
            colon = re.search(r":\s+(?=\S)", sentence)
            if lead and colon:
                sentence = sentence[colon.end() :]
            elif lead and (
                re.search(r"\b(?:json|schema|fields?|keys?|format|text|data|details|information|following)\b", sentence)
                or sentence.endswith(":")
            ):
                continue
            kept.append((line, sentence))
    text = "\n".join(" ".join(s for own, s in kept if own is line) for line in dict.fromkeys(line for line, _ in kept))
    return text.strip() or said


def _is_task(part: str) -> bool:
    """Whether a paragraph only tells what to do: short, and begun by an order."""
    return len(part.split()) <= 40 and bool(_TASK.match(part)) and not re.search(r":\s+\S", part)


class _WorkedOut(Mapping[str, Any]):
    """Values by field name that are worked out when one of the names is asked for: most schemas have none of them,
    and looking through the passages for an answer takes longer than filling the fields."""

    def __init__(self, names: tuple[str, ...], work: Callable[[], Mapping[str, Any]]) -> None:
        self._names, self._work = frozenset(names), work

    @cached_property
    def _found(self) -> Mapping[str, Any]:
        return self._work()

    def __getitem__(self, name: str) -> Any:
        if name not in self._names:
            raise KeyError(name)
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)


def _known(prompt: Prompt, model: Model) -> Mapping[str, Any]:
    """Fields that ask for the answer to the prompt's question, and for where it stands."""
    if not prompt.passages or prompt.loose or not prompt.question:
        return _in_short(prompt, model)
    plain = replace(prompt, limits=replace(prompt.limits, json=False, cite=False))
    found = answer_from_passages(plain, model)
    if not found:
        return {}
    answer = found[0].text
    ids = [p.id for p in prompt.passages if p.id and any(s in p.text for s in sentences(answer))]
    return dict.fromkeys(_ANSWERS, answer) | {
        name: ids if name.endswith("s") else "".join(ids[:1]) for name in _SOURCES
    }


_SHORT = (
    ("summary", ""),
    ("title", "Write a title."),
    ("headline", "Write a title."),
    ("resumo", ""),
    ("resumen", ""),
    ("título", "Write a title."),
)


def _in_short(prompt: Prompt, model: Model) -> Mapping[str, Any]:
    """Fields of a shape that the prompt describes which ask for the text in short."""
    text = "" if prompt.schema is not None else read_work(prompt).text
    if len(text.split()) < _WORTH_SHORTENING:
        return {}
    found: dict[str, Any] = {}
    for name, order in _SHORT:
        asked = Prompt(
            said=f"{order or 'Summarise in one sentence.'}\n\n{text}",
            instructions=order or "Summarise in one sentence.",
        )
        if written := extract_summary(asked, model):
            found[name] = written[0].text
    return found


_WORTH_SHORTENING = 8
