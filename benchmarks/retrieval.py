"""Four searches on the lessons' questions: words, vectors, both, both and a reader; recall, MRR, nDCG with intervals.

    workbook bench retrieval            # on the configured endpoint; writes docs/retrieval.md on the mock

Questions of sample_data: 80 about help articles, 60 answerable ones about public services (English articles, whole).
No parameter was chosen on them: BM25 with Lucene's defaults, fusion with the published k = 60 and 20 of each ranking.
The reader sees the first five in one call (helpers.retrieval.cited_first). Intervals: percentile bootstrap over the
questions, 2,000 resamples, 95%; the last table is paired, so it says what its difference is for the same questions.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean

from helpers import connect, in_parallel, intervals, load_sample, ranking, retrieval, vectors
from helpers.paths import ROOT

PAGE = ROOT / "docs" / "retrieval.md"
READ, DEPTH = 5, 20
SEARCHES = ("BM25", "vectors", "fusion", "fusion + reader")
MEASURES: dict[str, Callable] = {
    "recall@1": lambda r, g: ranking.recall(r, g, 1),
    "recall@5": lambda r, g: ranking.recall(r, g, 5),
    "MRR": ranking.reciprocal_rank,
    "nDCG@10": lambda r, g: ranking.ndcg(r, g, 10),
}


@dataclass(frozen=True)
class Task:
    """A collection and the questions that are asked of it."""

    name: str
    ids: Sequence[str]
    texts: Sequence[str]
    questions: Sequence[dict]


def tasks() -> list[Task]:
    helps = load_sample("help_articles/articles.jsonl")
    services = [a for a in load_sample("services/articles.jsonl") if a["language"] == "en"]
    answerable = [q for q in load_sample("services/questions.jsonl") if q["articles"]]
    return [
        Task(
            "help articles",
            [a["id"] for a in helps],
            [f"{a['title']}. {a['text']}" for a in helps],
            load_sample("help_articles/questions.jsonl"),
        ),
        Task(
            "public services",
            [a["id"] for a in services],
            [f"{a['title']}. {' '.join(a['sections'].values())}" for a in services],
            answerable,
        ),
    ]


def measured(task: Task, endpoint) -> list[dict]:
    """A row for each question: its kind, and search -> measure -> value."""
    collection = retrieval.Collection(task.texts, vectors.embed(endpoint, task.texts))
    question_vectors = vectors.embed(endpoint, [q["question"] for q in task.questions])

    def one(case) -> dict:
        question, vector = case
        fused = collection.search(question["question"], vector, depth=DEPTH)
        steady = {"temperature": 0} if endpoint.simulated else {}  # reasoning models refuse it
        first = retrieval.cited_first(endpoint, question["question"], [task.texts[i] for i in fused[:READ]], **steady)
        rankings = {
            "BM25": collection.by_words(question["question"]),
            "vectors": collection.by_vectors(vector),
            "fusion": fused,
            "fusion + reader": [fused[i] for i in first] + fused[READ:],
        }
        gold = set(question["articles"])
        return {
            "kind": question.get("kind", ""),
            **{
                search: {name: measure([task.ids[i] for i in places], gold) for name, measure in MEASURES.items()}
                for search, places in rankings.items()
            },
        }

    return in_parallel(one, list(zip(task.questions, question_vectors, strict=True)), workers=2, label=task.name)


def table(task: Task, rows: Sequence[dict]) -> list[str]:
    lines = [f"## {task.name.capitalize()}: {len(task.texts)} texts, {len(rows)} questions", ""]
    lines += [f"| search | calls | {' | '.join(MEASURES)} |", f"|---|---:|{'---:|' * len(MEASURES)}"]
    for search in SEARCHES:
        found = [
            intervals.bootstrap(rows, lambda cases, s=search, m=m: fmean(c[s][m] for c in cases)) for m in MEASURES
        ]
        calls = 1 if search == "fusion + reader" else 0
        lines.append(f"| {search} | {calls} | {' | '.join(map(str, found))} |")
    return [*lines, ""]


def by_kind(rows: Sequence[dict]) -> list[str]:
    kinds = list(dict.fromkeys(row["kind"] for row in rows))
    lines = ["nDCG@10 by kind of question:", "", f"| search | {' | '.join(kinds)} |", f"|---|{'---:|' * len(kinds)}"]
    for search in SEARCHES:
        means = [fmean(row[search]["nDCG@10"] for row in rows if row["kind"] == kind) for kind in kinds]
        lines.append(f"| {search} | {' | '.join(f'{mean:.2f}' for mean in means)} |")
    return [*lines, ""]


def differences(rows: Sequence[dict]) -> list[str]:
    lines = ["Paired difference in nDCG@10:", "", "| | difference |", "|---|---:|"]
    for better, worse in (("fusion", "vectors"), ("fusion", "BM25"), ("fusion + reader", "fusion")):
        found = intervals.bootstrap(
            rows, lambda cases, a=better, b=worse: fmean(c[a]["nDCG@10"] - c[b]["nDCG@10"] for c in cases)
        )
        lines.append(f"| {better} less {worse} | {found} |")
    return [*lines, ""]


def main() -> int:
    endpoint = connect(quiet=True)
    start, page = (
        time.perf_counter(),
        [
            "# Retrieval",
            "",
            f"Made by `workbook bench retrieval` on the {endpoint.label}, embeddings `{endpoint.embedding}`, reader "
            f"`{endpoint.chat_large}`. What is compared, and how, is said in "
            "benchmarks/retrieval.py. In brackets: 95% intervals.",
            "",
        ],
    )
    for task in tasks():
        rows = measured(task, endpoint)
        page += table(task, rows)
        if len({row["kind"] for row in rows}) > 1:
            page += by_kind(rows)
        page += differences(rows)
    print("\n".join(page))
    print(f"{time.perf_counter() - start:.0f} s", file=sys.stderr)
    if endpoint.simulated:
        store = PAGE.read_text(encoding="utf-8").partition("# Vector store\n") if PAGE.exists() else ("", "", "")
        PAGE.write_text("\n".join(page) + (f"\n{store[1]}{store[2]}" if store[1] else ""), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
