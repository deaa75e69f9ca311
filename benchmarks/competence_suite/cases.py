"""Cases from their JSON files: a request, and what is expected of the reply.

The shape is in benchmarks/competence/README.md. A group holds what its cases share; a case fills the group's templates.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent.parent / "competence"
HALVES = ("development", "train", "heldout")
SKILLS = ("answer", "decline", "label", "tools", "extract", "memory", "format", "summarise", "judge")
DECLINE = "Not found"


@dataclass(frozen=True)
class Case:
    """One request and the properties that a right reply has."""

    id: str  # "train/label/2.3": half, file, group and case
    skill: str
    messages: list[dict[str, Any]]
    expect: dict[str, Any]
    texts: dict[str, str] = field(default_factory=dict)
    tools: list[dict[str, Any]] = field(default_factory=list)
    schema: dict[str, Any] | None = None
    json_mode: bool = False
    labels: list[str] = field(default_factory=list)

    @property
    def half(self) -> str:
        return self.id.partition("/")[0]


def read_half(half: str, folder: Path = FOLDER) -> list[Case]:
    """All cases of "train" or "heldout", in the order of their files; "development" has a shape of its own."""
    if half == "development":
        return list(development(folder))
    return [case for path in sorted((folder / half).glob("*.json")) for case in read_file(path)]


def read_file(path: Path) -> Iterator[Case]:
    for group in json.loads(path.read_text(encoding="utf-8")):
        for case in group["cases"]:
            texts = {**group.get("texts", {}), **case.get("texts", {})}
            yield Case(
                id=case["id"],
                skill=case.get("skill", group["skill"]),
                messages=_messages(case.get("messages") or group["messages"], texts),
                expect=case["expect"],
                texts=texts,
                tools=[{"type": "function", "function": tool} for tool in group.get("tools", [])],
                schema=group.get("schema"),
                json_mode=case.get("json_mode", group.get("json_mode", False)),
                labels=group.get("labels", []),
            )


def _messages(templates: list[dict[str, Any]], texts: dict[str, str]) -> list[dict[str, Any]]:
    """Messages of the API; `calls` of an assistant and the tool results after it are given matching ids."""
    messages: list[dict[str, Any]] = []
    open_ids: list[str] = []
    for template in templates:
        message = {"role": template["role"]}
        if "content" in template:
            message["content"] = fill(template["content"], texts)
        if "calls" in template:
            message["content"] = None
            message["tool_calls"] = [_call(call, texts, f"call_{i}") for i, call in enumerate(template["calls"], 1)]
            open_ids = [call["id"] for call in message["tool_calls"]]
        if template["role"] == "tool":
            message["tool_call_id"] = open_ids.pop(0)
        messages.append(message)
    return messages


def _call(call: dict[str, Any], texts: dict[str, str], call_id: str) -> dict[str, Any]:
    arguments = fill(json.dumps(call["arguments"], ensure_ascii=False), texts)
    return {"id": call_id, "type": "function", "function": {"name": call["name"], "arguments": arguments}}


def fill(template: str, texts: dict[str, str]) -> str:
    """fill("Hello {name}", {"name": "you"}) -> "Hello you"; other braces stay, also those of a text filled in."""
    parts = []
    while template:
        found = [(at, name) for name in texts if (at := template.find(f"{{{name}}}")) >= 0]
        if not found:
            return "".join([*parts, template])
        at, name = min(found)
        parts += [template[:at], texts[name]]
        template = template[at + len(name) + 2 :]
    return "".join(parts)


# --- the development cases: labels.json and answers.json -----------------------------------------------------------


def development(folder: Path = FOLDER) -> Iterator[Case]:
    """The cases on which the skills' first weights were set."""
    for n, task in enumerate(read_json("labels", folder), 1):
        for m, case in enumerate(task["cases"], 1):
            prompt = label_prompt(task, ("definitions",), case["text"])
            expect = {"label": case["label"]}
            yield Case(f"development/label/{n}.{m}", "label", _user(prompt), expect, labels=list(task["labels"]))
    for n, document in enumerate(read_json("answers", folder), 1):
        for m, case in enumerate(document["questions"], 1):
            held = case["answer_contains"]
            prompt = passage_prompt(document["passages"], case["question"], grounded=True)
            expect = {"contains": [held], "words": {"max": 40}} if held else {"declines": [DECLINE]}
            yield Case(f"development/answer/{n}.{m}", "answer" if held else "decline", _user(prompt), expect)


def read_json(name: str, folder: Path = FOLDER) -> Any:
    return json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))


def _user(prompt: str) -> list[dict[str, Any]]:
    return [{"role": "user", "content": prompt}]


def label_prompt(task: dict[str, Any], shown: tuple[str, ...], text: str) -> str:
    """A request for one of the task's labels, with their "definitions" and with labelled "examples" if shown."""
    lines = [task["task"], ""]
    if "definitions" in shown:
        lines += ["Labels:", *(f"- {name}: {meaning}" for name, meaning in task["labels"].items())]
    else:
        lines += [f"Choose one of: {', '.join(task['labels'])}."]
    lines += ["Answer with the label only.", ""]
    if "examples" in shown:
        lines += [f"Text: {example['text']}\nLabel: {example['label']}\n" for example in task["examples"]]
        return "\n".join([*lines, f"Text: {text}\nLabel:"])
    return "\n".join([*lines, f'Text: """{text}"""'])


def passage_prompt(passages: list[str], question: str, *, grounded: bool) -> str:
    """A question with numbered passages; `grounded` adds the rule to decline."""
    numbered = "\n".join(f"[{number}] {text}" for number, text in enumerate(passages, 1))
    rule = f' If they do not contain the answer, reply "{DECLINE}".' if grounded else ""
    return f"Answer the question from the passages.{rule}\n\nPassages:\n{numbered}\n\nQuestion: {question}"
