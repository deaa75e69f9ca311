"""Nothing in the mock endpoint is keyed to a lesson's wording, to sample data or to a case of the competence suite.

Its source and data are searched for what those texts say: sentences and runs of five words, questions, names, gold
answers and sets of labels. Common phrases are no finding: a run counts only if two of its words are rare, and rare is
what lies beyond the first 4,000 words of BERT's vocabulary, whose order follows frequency in English.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from competence_suite.cases import FOLDER, HALVES, Case, read_half, read_json

from helpers.paths import ROOT, SAMPLE_DATA, SOLUTIONS

MOCK = ROOT / "helpers" / "mock_endpoint"
VOCABULARY = MOCK / "data" / "bert_uncased_vocab.txt"
COMMON_WORDS = 4_000
SUBJECT = {"openai", "azure"}  # whose API it speaks; BERT is older than one and thinks of the sky at the other
RUN, LONG_RUN = 5, 8
RECORDED = SAMPLE_DATA / "endpoint" / "dialects.json"  # what the mock itself answered, recorded by a benchmark
NO_TEXT = {".pdf", ".docx", ".pptx", ".png", ".py", ".sqlite"}  # what documents say stands beside them as JSON

# --- words, and which of them are rare -----------------------------------------------------------------------------


@cache
def ranks() -> dict[str, int]:
    """Word -> its place in BERT's vocabulary, counted from the first whole word, "the"."""
    rows = VOCABULARY.read_text(encoding="utf-8").splitlines()
    return {word: place for place, word in enumerate(rows[rows.index("the") :]) if not word.startswith("##")}


def words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.casefold())


def rare(word: str) -> bool:
    return len(word) > 2 and word.isalpha() and word not in SUBJECT and ranks().get(word, COMMON_WORDS) >= COMMON_WORDS


def unheard_of(word: str) -> bool:
    """Not among BERT's 30,000 entries at all, as a made-up name is."""
    return len(word) > 3 and word not in ranks() and word not in SUBJECT


def runs(text: str, length: int = RUN) -> set[str]:
    """Runs of so many words that hold at least two different rare ones."""
    said = words(text)
    windows = (said[at : at + length] for at in range(len(said) - length + 1))
    return {" ".join(window) for window in windows if len({word for word in window if rare(word)}) >= 2}


# --- what the mock says, and what the lessons and the suite say ----------------------------------------------------


def mock_files(folder: Path = MOCK) -> Iterator[Path]:
    """Everything that was written; the vocabulary is a list of words that others made."""
    yield from sorted(p for p in folder.rglob("*") if p.suffix in {".py", ".txt", ".json", ".md"} and p != VOCABULARY)


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from strings(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from strings(each)


def in_python(path: Path) -> Iterator[str]:
    """The strings of a Python file, and its markdown cells and comments as paragraphs."""
    source = path.read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
    comments = re.sub(r"(?m)^# ?(?!%%)", "", "\n".join(re.findall(r"(?m)^#.*$|^$", source)))
    yield from comments.split("\n\n")


@cache
def lesson_texts() -> tuple[str, ...]:
    folders = (SOLUTIONS, ROOT / "helpers" / "checks", SAMPLE_DATA)
    python = [path for folder in folders for path in folder.rglob("*.py")]
    written = [path for path in SAMPLE_DATA.rglob("*.*") if path.suffix not in NO_TEXT and path != RECORDED]
    written += (ROOT / "helpers" / "systems").rglob("*.yaml")  # what logs are made of that no folder holds
    data = {path: path.read_text(encoding="utf-8", errors="replace") for path in written}  # some log lines are Latin-1
    parsed = [json.loads(text) if path.suffix == ".json" else text for path, text in data.items()]
    return tuple([*strings(parsed), *(text for path in python for text in in_python(path))])


@cache
def cases() -> tuple[Case, ...]:
    return tuple(case for half in HALVES for case in read_half(half))


@cache
def case_texts() -> tuple[str, ...]:
    said = [text for case in cases() for text in strings([case.texts, [m.get("content") for m in case.messages]])]
    said += [text for case in cases() for text in strings([case.tools, case.schema])]
    return tuple(dict.fromkeys([*said, *strings(read_json("mechanism"))]))


@cache
def texts_of_other_benchmarks() -> tuple[str, ...]:
    return tuple(strings([read_json(path.stem) for path in FOLDER.glob("*.json")]))


# --- the search ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Wording:
    """What a set of texts says, in the forms in which a program could be keyed to it."""

    runs: frozenset[str]
    questions: frozenset[str]  # of at least four words, one of them rare
    names: frozenset[str]  # two capitalised words in a row, one of them unheard of: a person, a place, a firm
    answers: frozenset[str]  # unheard-of names and codes among the gold answers
    labels: frozenset[tuple[str, ...]]  # sets of three and more, two of them rare

    @classmethod
    def of(cls, texts: Iterable[str], answers: Iterable[str] = (), labels: Iterable[Iterable[str]] = ()) -> Wording:
        texts, sets = list(texts), {tuple(words(" ".join(names))) for names in labels}
        asked = {tuple(words(found)) for text in texts for found in re.findall(r"[^.!?:\n]+\?", text)}
        pairs = {pair for text in texts for pair in re.findall(r"(?=\b([A-ZÀ-Þ][^\WA-Z]+ [A-ZÀ-Þ][^\WA-Z]+))", text)}
        gold = {word for text in answers for word in re.findall(r"[A-ZÀ-Þ]\w+|\w*\d\w{4,}", text)}
        return cls(
            runs=frozenset(run for text in texts for run in runs(text)),
            questions=frozenset(" ".join(one) for one in asked if len(one) >= 4 and any(map(rare, one))),
            names=frozenset(" ".join(words(pair)) for pair in pairs if any(map(unheard_of, words(pair)))),
            answers=frozenset(word.casefold() for word in gold if unheard_of(word.casefold())),
            labels=frozenset(names for names in sets if len(names) >= 3 and sum(map(rare, names)) >= 2),
        )

    def found_in(self, content: str) -> list[str]:
        said, whole = set(words(content)), f" {' '.join(words(content))} "
        found = [f"run: {run}" for run in self.runs & runs(content)]
        found += [f"question: {one}" for one in self.questions if f" {one} " in whole]
        found += [f"name: {name}" for name in self.names if f" {name} " in whole]
        found += [f"gold answer: {word}" for word in self.answers & said]
        found += [f"labels: {', '.join(names)}" for names in self.labels if said.issuperset(names)]
        return sorted(found)


@cache
def taught() -> Wording:
    # A verdict is a word of its prompt's labels, which are searched for as a set.
    answers = [text for case in cases() if "label" not in case.expect for text in strings(case.expect)]
    texts = [*lesson_texts(), *case_texts(), *texts_of_other_benchmarks()]
    return Wording.of(texts, answers, [case.labels for case in cases()])


@pytest.mark.parametrize("path", list(mock_files()), ids=lambda path: path.relative_to(MOCK).as_posix())
def test_no_file_of_the_mock_says_what_a_lesson_or_a_case_says(path):
    assert not taught().found_in(path.read_text(encoding="utf-8"))


def test_the_search_would_find_what_is_planted():
    """One plant of each kind, in a copy of a file in which nothing is found."""
    honest = (MOCK / "skills" / "label.py").read_text(encoding="utf-8")
    assert not taught().found_in(honest)
    case = next(case for case in cases() if case.half == "train" and case.skill == "answer")
    labelled = next(case for case in cases() if case.id.startswith("train/label/1."))
    sentence = next(text for text in lesson_texts() if len(runs(text)) > 3)
    plants = {
        "run": sentence,
        "question": f'if prompt.question == "{case.texts["question"]}":',
        "name": '"Tobias Renk"',
        "gold answer": "# renk",
        "labels": f"LABELS = {labelled.labels}",
    }
    for kind, plant in plants.items():
        assert any(one.startswith(f"{kind}:") for one in taught().found_in(f"{honest}\n{plant}\n")), plant


def test_a_common_phrase_is_no_finding():
    phrase = "the first of the two that has the most of it, or the last one"
    assert Wording.of([phrase, f"Is this {phrase}?"]).found_in(phrase) == []


# --- the suite's own texts -----------------------------------------------------------------------------------------


def all_runs(texts: Iterable[str], length: int) -> set[str]:
    said = [words(text) for text in texts]
    return {" ".join(one[at : at + length]) for one in said for at in range(len(one) - length + 1)}


def test_the_suite_quotes_no_lesson_and_no_test():
    here = Path(__file__).name
    tests = [text for path in (ROOT / "tests").rglob("*.py") if path.name != here for text in in_python(path)]
    assert not all_runs(case_texts(), LONG_RUN) & all_runs([*lesson_texts(), *tests], LONG_RUN)


def test_train_and_held_out_share_no_phrasing():
    halves = {half: [c for c in cases() if c.half == half] for half in ("train", "heldout")}
    said = {h: all_runs(strings([m.get("content") for c in cs for m in c.messages]), 5) for h, cs in halves.items()}
    assert said["train"] and said["heldout"]
    assert not said["train"] & said["heldout"]
