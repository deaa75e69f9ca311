"""Exercises of lesson 06: BM25, reciprocal rank fusion, a reranker, follow-up rewriting, a configuration."""

from __future__ import annotations

import math
from collections.abc import Sequence

from helpers import ranking, retrieval, vectors
from helpers.data import load_sample
from helpers.grading import (
    Option,
    Question,
    ScriptedClient,
    Threshold,
    Wrong,
    attempt,
    exercise,
    for_all,
    observe,
    part,
    quiz,
    remark,
    strategies,
)

WITHIN = 1e-6  # of a score

# --- exercise 1 ----------------------------------------------------------------------------------------------------


def reference_bm25(question: list[str], documents: list[list[str]], k1: float, b: float) -> list[float]:
    """Lucene's variant, without the factor k1 + 1 (Kamphuis et al. 2020, Which BM25 Do You Mean?, table 1)."""
    mean_length = sum(map(len, documents)) / len(documents)
    scores = []
    for document in documents:
        score = 0.0
        for word in question:
            n, f = sum(word in other for other in documents), document.count(word)
            rarity = math.log(1 + (len(documents) - n + 0.5) / (n + 0.5))
            score += rarity * f / (f + k1 * (1 - b + b * len(document) / mean_length))
        scores.append(score)
    return scores


BM25_LOOP = """
import math
def bm25(question, documents, k1=1.2, b=0.75):
    mean_length = sum(map(len, documents)) / len(documents)
    scores = []
    for document in documents:
        score = 0.0
        for word in {words}:
            n = sum(word in other for other in documents)
            f = document.count(word)
            score += {rarity} * {weight}
        scores.append(score)
    return scores
"""
RARITY = "math.log(1 + (len(documents) - n + 0.5) / (n + 0.5))"
WEIGHT = "f / (f + k1 * (1 - b + b * len(document) / mean_length))"


def bm25_with(words: str = "question", rarity: str = RARITY, weight: str = WEIGHT) -> str:
    """A BM25 with one of its pieces replaced."""
    return BM25_LOOP.format(words=words, rarity=rarity, weight=weight)


@exercise(
    points=4,
    hints=[
        "Before the loops: N is `len(documents)`, and the mean length is needed once.",
        "For a word: n is the number of documents that have it, `sum(word in d for d in documents)`.",
        "For a word and a document: f is `document.count(word)`. Where f is 0 nothing is added.",
    ],
    wrong={
        "counts hits, knows no rarity": Wrong(bm25_with(rarity="1"), "rare"),
        "without the 1 in the logarithm": bm25_with(rarity="math.log((len(documents) - n + 0.5) / (n + 0.5))"),
        "length forgotten": Wrong(bm25_with(weight="f / (f + k1)"), "long"),
        "another variant's factor": Wrong(bm25_with(weight=WEIGHT.replace("f / (", "f * (k1 + 1) / (")), "formula"),
        "each word once": Wrong(bm25_with(words="set(question)"), "twice"),
        "n counts every hit": bm25_with(
            rarity=RARITY.replace("n + 0.5", "sum(d.count(word) for d in documents) + 0.5")
        ),
    },
)
def bm25(bm25):
    "BM25"
    cards = [["the", "card", "was", "declined"], ["the", "invoice"], ["the", "red", "card"], ["the", "door"]]
    with part("rare words count more, and long texts less", points=2):
        attempt(bm25, ["declined"], cards).close(
            reference_bm25(["declined"], cards, 1.2, 0.75),
            rel=WITHIN,
            why="One document has the word. Compare the formula piece by piece: it has no factor k1 + 1.",
        )
        attempt(bm25, ["the", "card"], cards).close(
            reference_bm25(["the", "card"], cards, 1.2, 0.75),
            rel=WITHIN,
            why="“the” is everywhere and counts little, “card” is rare and counts more; a long text counts it less.",
        )
    with part("a word that is twice, and one that is nowhere", points=1):
        attempt(bm25, ["card", "card", "zebra"], cards).close(
            reference_bm25(["card", "card", "zebra"], cards, 1.2, 0.75),
            rel=WITHIN,
            why="“card” stands in the question twice, so it counts twice; “zebra” is in no document and adds nothing.",
        )
    with part("it holds for any texts and parameters", points=1):
        word = strategies.sampled_from("abcd")
        text = strategies.lists(word, min_size=1, max_size=5)

        @for_all(
            question=strategies.lists(word, max_size=3),
            documents=strategies.lists(text, min_size=1, max_size=4),
            k1=strategies.sampled_from([0.9, 1.2, 2.0]),
            b=strategies.sampled_from([0.0, 0.4, 0.75]),
        )
        def any_texts(question, documents, k1, b):
            attempt(bm25, question, documents, k1=k1, b=b).close(
                reference_bm25(question, documents, k1, b),
                rel=WITHIN,
                why="The sum of the formula over the question's words.",
            )


# --- exercise 2 ----------------------------------------------------------------------------------------------------


@exercise(
    points=3,
    hints=[
        "A dict from document to its sum; go through every ranking with `enumerate(ranking, start=1)`.",
        "`sums[document] = sums.get(document, 0) + 1 / (k + rank)`",
        "A dict keeps the order in which keys came, and `sorted` keeps the order of equals: sort by minus the sum.",
    ],
    wrong={
        "ranks from 0": """
def fuse(rankings, k=60):
    sums = {}
    for r in rankings:
        for rank, d in enumerate(r):
            sums[d] = sums.get(d, 0) + 1 / (k + rank)
    return sorted(sums, key=lambda d: -sums[d])
""",
        "k ignored": """
def fuse(rankings, k=60):
    sums = {}
    for r in rankings:
        for rank, d in enumerate(r, 1):
            sums[d] = sums.get(d, 0) + 1 / (60 + rank)
    return sorted(sums, key=lambda d: -sums[d])
""",
        "one after the other": Wrong("def fuse(rankings, k=60): return list(dict.fromkeys(sum(rankings, [])))", "both"),
        "only what all found": """
def fuse(rankings, k=60):
    sums = {}
    for r in rankings:
        for rank, d in enumerate(r, 1):
            sums[d] = sums.get(d, 0) + 1 / (k + rank)
    return [d for d in sorted(sums, key=lambda d: -sums[d]) if all(d in r for r in rankings)]
""",
        "worst first": """
def fuse(rankings, k=60):
    sums = {}
    for r in rankings:
        for rank, d in enumerate(r, 1):
            sums[d] = sums.get(d, 0) + 1 / (k + rank)
    return sorted(sums, key=sums.get)
""",
        "ties by name": """
def fuse(rankings, k=60):
    sums = {}
    for r in rankings:
        for rank, d in enumerate(r, 1):
            sums[d] = sums.get(d, 0) + 1 / (k + rank)
    return sorted(sums, key=lambda d: (-sums[d], d))
""",
    },
)
def fuse(fuse):
    "Reciprocal rank fusion"
    with part("what both found goes first", points=1):
        attempt(fuse, [["a", "b"], ["b"]]).equals(
            ["b", "a"], why="b: 1/62 + 1/61; a: 1/61. What both have found goes before what one has."
        )
        attempt(fuse, [["z", "a"], ["y", "b"]]).equals(
            ["z", "y", "a", "b"], why="z and y have equal sums: z comes first in the first ranking."
        )
        attempt(fuse, [["x", "y"], ["z", "y"]], k=0).equals(
            ["x", "y", "z"], why="With k = 0 the sums are 1/1, 1/2 + 1/2 and 1/1: all equal, ranks from 1."
        )
        attempt(fuse, [[], ["c"]]).equals(["c"], why="An empty ranking gives nothing.")
    with part("for any rankings and any k", points=2):
        documents = strategies.lists(strategies.sampled_from("abcdef"), unique=True, max_size=6)

        @for_all(
            rankings=strategies.lists(documents, min_size=1, max_size=3), k=strategies.sampled_from([0, 1, 10, 60])
        )
        def any_rankings(rankings, k):
            expected = retrieval.fuse(rankings, k)
            attempt(fuse, rankings, k=k).equals(
                expected, why=f"The sum of 1 / ({k} + rank), ranks from 1; equals stay."
            )


# --- exercise 3 ----------------------------------------------------------------------------------------------------


def scoring(scores: dict[str, str]) -> ScriptedClient:
    """A client that answers each request with the score of the passage that it shows; "no idea" for several or none."""

    def reply(body: dict) -> str:
        said = " ".join(str(message.get("content")) for message in body["messages"])
        shown = [passage for passage in scores if passage in said]
        return scores[shown[0]] if len(shown) == 1 else "I have no idea."

    return ScriptedClient(lambda body, reply=reply: reply(body) for _ in range(100))


RERANK = """
def rerank(client, model, question, passages, k=5):
    given = []
    for passage in {some}:
        message = {{"role": "user", "content": PROMPT.format(question=question, passage=passage)}}
        reply = client.chat.completions.create(model=model, messages=[message])
        given.append({score})
    first = {order}
    return {result}
"""


def rerank_with(
    some: str = "passages[:k]",
    score: str = "score_in(reply.choices[0].message.content)",
    order: str = "sorted(range(len(given)), key=lambda place: -given[place])",
    result: str = "first + list(range(len(given), len(passages)))",
) -> str:
    """A reranker with one of its pieces replaced."""
    return RERANK.format(some=some, score=score, order=order, result=result)


@exercise(
    points=4,
    hints=[
        "Only `passages[:k]` are sent, one request each; fill `PROMPT` with `.format(question=…, passage=…)`.",
        "`score_in(reply.choices[0].message.content)` is a passage's score.",
        "Scores in `given`: `sorted(range(len(given)), key=lambda place: -given[place])` keeps ties in order.",
    ],
    wrong={
        "reads everything": Wrong(rerank_with(some="passages"), "requests"),
        "drops the rest": Wrong(rerank_with(result="first"), "rest"),
        "worst first": rerank_with(order="sorted(range(len(given)), key=lambda place: given[place])"),
        "ties turned round": Wrong(
            rerank_with(order="sorted(range(len(given)), key=lambda place: (-given[place], -place))"),
            "order",
        ),
        "compares scores as text": rerank_with(
            score="reply.choices[0].message.content",
            order="sorted(range(len(given)), key=lambda place: given[place], reverse=True)",
        ),
        "question and passage change places": Wrong(
            rerank_with().replace("question=question, passage=passage", "question=passage, passage=question"), "places"
        ),
        "gives texts": rerank_with(result="[passages[i] for i in first] + passages[len(given):]"),
    },
)
def rerank(rerank, PROMPT):
    "Rerank within a budget"
    passages = ["The sky is grey.", "Pay by card.", "The door is open.", "Ships sail at noon.", "Tea is hot."]
    marks = dict(zip(passages, ["2", "9", "Score: 10", "9", "7/10"], strict=True))
    with part("the best score goes first, equal ones in their old order", points=2):
        attempt(rerank, scoring(marks).client, "m", "How do I pay?", passages, k=5).equals(
            [2, 1, 3, 4, 0], why="10 is more than 9; the two nines keep their order; 7, then 2."
        )
        same = dict.fromkeys(passages, "5")
        attempt(rerank, scoring(same).client, "m", "How do I pay?", passages, k=5).equals(
            [0, 1, 2, 3, 4], why="All scores are equal: the old order stays."
        )
    with part("at most k requests, and the rest stays as it was", points=1):
        script = scoring(marks)
        attempt(rerank, script.client, "m", "How do I pay?", passages, k=2).equals(
            [1, 0, 2, 3, 4], why="Two are read, 9 before 2; the rest follows as it was."
        )
        observe(k=2, requests=len(script.requests))
        assert len(script.requests) == 2, "It sends more requests than `k`."
        said = str(script.requests[0]["messages"])
        turned = PROMPT.format(question=passages[0], passage="How do I pay?")
        observe(sent=said)
        assert repr(turned)[1:-1] not in said, "Question and passage have changed places in the prompt."
        attempt(rerank, scoring(marks).client, "m", "How do I pay?", passages[:2], k=5).equals(
            [1, 0], why="There may be fewer passages than k."
        )
    with part("a reply without a number is no end", points=1):
        odd = {**marks, passages[0]: "I cannot say.", passages[1]: ""}
        attempt(rerank, scoring(odd).client, "m", "How do I pay?", passages, k=4).equals(
            [2, 3, 0, 1, 4], why="No number counts as 0."
        )


# --- exercise 4 ----------------------------------------------------------------------------------------------------

TURNS = [
    {"role": "user", "content": "What does the ferry to Gull Island cost?"},
    {"role": "assistant", "content": "Nine euros."},
    {"role": "user", "content": "And for a dog?"},
]
PART_OF_THE_WAY = 0.5  # from the MRR of the questions alone to that of the questions rewritten by hand, on any endpoint


@exercise(
    points=4,
    live_calls=12,
    live_tokens=900,  # sixty articles are embedded in one of the calls
    hints=[
        "One turn: `return turns[-1]['content']` before any call.",
        "Put all turns into one message, a line each: `user: …`, `assistant: …`, under a line that says what to do.",
        "Say “Rewrite the last question so that it is a standalone question. Reply with the question only.”",
        "`(reply.choices[0].message.content or '').strip() or question` takes the question when the reply is empty.",
    ],
    wrong={
        "the last question alone": Wrong("def search_query(client, model, turns): return turns[-1]['content']", "call"),
        "asks for the first question too": """
def search_query(client, model, turns):
    told = "Rewrite the last question as a standalone question." + "".join(f"\\nuser: {t['content']}" for t in turns)
    reply = client.chat.completions.create(model=model, messages=[{"role": "user", "content": told}])
    return reply.choices[0].message.content.strip() or turns[-1]["content"]
""",
        "sends only the last turn": Wrong(
            """
def search_query(client, model, turns):
    if len(turns) == 1:
        return turns[0]["content"]
    told = "Rewrite as a standalone question: " + turns[-1]["content"]
    reply = client.chat.completions.create(model=model, messages=[{"role": "user", "content": told}])
    return reply.choices[0].message.content.strip() or turns[-1]["content"]
""",
            "turn",
        ),
        "searches for nothing": """
def search_query(client, model, turns):
    if len(turns) == 1:
        return turns[0]["content"]
    told = "Rewrite the last question as a standalone question." + "".join(f"\\nuser: {t['content']}" for t in turns)
    reply = client.chat.completions.create(model=model, messages=[{"role": "user", "content": told}])
    return reply.choices[0].message.content.strip()
""",
        "answers instead of rewriting": """
def search_query(client, model, turns):
    if len(turns) == 1:
        return turns[0]["content"]
    reply = client.chat.completions.create(model=model, messages=turns)
    return reply.choices[0].message.content.strip() or turns[-1]["content"]
""",
    },
)
def search_query(search_query, endpoint):
    "Rewrite a follow-up"
    with part("a first question needs no call", points=1):
        script = ScriptedClient(["unasked"])
        attempt(search_query, script.client, "m", TURNS[:1]).equals(TURNS[0]["content"], why="It leans on nothing.")
        observe(requests=len(script.requests))
        assert not script.requests, "A single turn is searched as it is, without a call."
    with part("one call, which sees every turn", points=1):
        script = ScriptedClient([" What does the ferry to Gull Island cost for a dog?\n"])
        attempt(search_query, script.client, "m", TURNS).equals(
            "What does the ferry to Gull Island cost for a dog?",
            why="One call rewrites the question; its reply, without spaces at its ends, is searched for.",
        )
        sent = (
            " ".join(str(message["content"]) for message in script.requests[0]["messages"]) if script.requests else ""
        )
        observe(sent=sent)
        assert all(turn["content"] in sent for turn in TURNS), "A turn is missing in what the model gets."
        attempt(search_query, ScriptedClient([" "]).client, "m", TURNS).equals(
            "And for a dog?", why="An empty reply would search for nothing: take the last question."
        )
    with part("hidden dialogues are found better", points=2):
        dialogues = [d for d in load_sample("services/dialogues.jsonl") if d["split"] == "hidden"]
        queries = [
            str(attempt(search_query, endpoint.client, endpoint.chat_large, d["turns"]).result) for d in dialogues
        ]
        last = [d["turns"][-1]["content"] for d in dialogues]
        by_hand = [d["standalone"] for d in dialogues]
        alone, found, best = service_mrr(endpoint, [last, queries, by_hand], dialogues)
        observe(last_question=last[0], searched_for=queries[0])
        observe(mrr_of_the_questions_alone=round(alone, 2), of_yours=round(found, 2), rewritten_by_hand=round(best, 2))
        needed = alone + PART_OF_THE_WAY * (best - alone)
        assert found >= needed, f"On {len(dialogues)} hidden dialogues the MRR should be at least {needed:.2f}."
        remark(
            f"On {len(dialogues)} hidden dialogues the MRR goes from {alone:.2f} to **{found:.2f}**; "
            f"questions rewritten by hand have {best:.2f}."
        )


def service_mrr(endpoint, searches: Sequence[Sequence[str]], dialogues: Sequence[dict]) -> list[float]:
    """For each list of queries, one a dialogue: mean reciprocal rank of the dialogue's article in plain English."""
    services = [a for a in load_sample("services/articles.jsonl") if a["language"] == "en"]
    texts = [f"{a['title']}. {' '.join(a['sections'].values())}" for a in services]
    of_texts, gold = vectors.embed(endpoint, texts), [set(d["articles"]) for d in dialogues]
    of_queries = vectors.embed(endpoint, [query for queries in searches for query in queries])
    rankings = [[services[i]["id"] for i in retrieval.ranked(row)] for row in of_queries @ of_texts.T]
    return [
        ranking.mean(ranking.reciprocal_rank, rankings[start : start + len(gold)], gold)
        for start in range(0, len(rankings), len(gold))
    ]


# --- exercise 5 ----------------------------------------------------------------------------------------------------

CALLS = {"no": 0, "listwise": 1, "pointwise": 5}  # model calls a question
BUDGET = 1
ABOVE_EACH_ALONE = Threshold(mock=0.02, live=0.005)  # nDCG@10; strong vectors leave the words little to add
READ_EVERY = 2  # where a model reads, every other hidden question: a call for each
READ = 5


@exercise(
    points=4,
    live_calls=24,
    live_tokens=700,
    hints=[
        "A weight of 0 leaves one search out: with the words out, codes are not found.",
        "Both weights above 0, then try `k`: 60 hardly tells the first place from the fifth, 1 trusts first places.",
        "Reading is not needed here. `pointwise` sends five calls a question, which is over the budget.",
    ],
    wrong={
        "vectors alone": Wrong(
            'CONFIG = {"word_weight": 0, "vector_weight": 2, "k": 60, "depth": 20, "rerank": "no"}', "nDCG"
        ),
        "words alone": 'CONFIG = {"word_weight": 1, "vector_weight": 0, "k": 60, "depth": 20, "rerank": "no"}',
        "over the budget": Wrong(
            'CONFIG = {"word_weight": 1, "vector_weight": 1, "k": 10, "depth": 20, "rerank": "pointwise"}', "budget"
        ),
        "one result": 'CONFIG = {"word_weight": 1, "vector_weight": 1, "k": 10, "depth": 1, "rerank": "no"}',
        "unknown reranker": Wrong(
            'CONFIG = {"word_weight": 1, "vector_weight": 1, "k": 10, "depth": 20, "rerank": "magic"}', "listwise"
        ),
        "a key is missing": 'CONFIG = {"word_weight": 1, "vector_weight": 1, "k": 10}',
    },
)
def config(CONFIG, endpoint):
    "Choose a configuration"
    assert isinstance(CONFIG, dict), "CONFIG is a dict."
    missing = [name for name in ("word_weight", "vector_weight", "k", "depth", "rerank") if name not in CONFIG]
    assert not missing, f"A key is missing: {missing[0]}."
    with part("within the budget", points=1):
        assert CONFIG["rerank"] in CALLS, "`rerank` is “no”, “listwise” or “pointwise”."
        calls = CALLS[CONFIG["rerank"]]
        assert calls <= BUDGET, f"It sends {calls} model calls a question; the budget is {BUDGET}."
    with part("good on hidden questions", points=3):
        assert CALLS.get(CONFIG["rerank"], BUDGET + 1) <= BUDGET, "The budget comes first."
        hidden = [q for q in load_sample("help_articles/questions.jsonl") if q["split"] == "hidden"]
        hidden = hidden[:: READ_EVERY if CALLS[CONFIG["rerank"]] else 1]
        quality, words_alone, vectors_alone = hidden_quality(endpoint, CONFIG, hidden)
        found = {"words_alone": round(words_alone, 3), "vectors_alone": round(vectors_alone, 3)}
        observe(configuration=CONFIG, hidden_questions=len(hidden), ndcg_at_10=round(quality, 3), **found)
        needed = max(words_alone, vectors_alone) + ABOVE_EACH_ALONE.on(endpoint)
        assert quality >= needed, f"nDCG@10 on the hidden questions is {quality:.3f}; {needed:.3f} is needed."
        remark(
            f"nDCG@10 on {len(hidden)} hidden questions: **{quality:.2f}**, "
            f"with words alone {words_alone:.2f}, with vectors alone {vectors_alone:.2f}."
        )


def hidden_quality(endpoint, config: dict, hidden: Sequence[dict]) -> list[float]:
    """nDCG@10 on hidden help-desk questions: of a configuration, of words alone, of vectors alone."""
    articles = load_sample("help_articles/articles.jsonl")
    texts = [f"{article['title']}. {article['text']}" for article in articles]
    collection = retrieval.Collection(texts, vectors.embed(endpoint, texts))
    of_questions = vectors.embed(endpoint, [q["question"] for q in hidden])

    def places(question: str, vector) -> list[int]:
        options = {name: config[name] for name in ("word_weight", "vector_weight", "k", "depth")}
        found = collection.search(question, vector, **options)
        if config["rerank"] != "listwise":
            return found
        steady = endpoint.steady
        order = retrieval.cited_first(endpoint, question, [texts[i] for i in found[:READ]], **steady)
        return [found[i] for i in order] + found[READ:]

    searches = (places, lambda question, _: collection.by_words(question), lambda _, v: collection.by_vectors(v))
    gold = [set(q["articles"]) for q in hidden]
    means = []
    for search in searches:
        found = [search(q["question"], vector) for q, vector in zip(hidden, of_questions, strict=True)]
        rankings = [[articles[i]["id"] for i in ranked] for ranked in found]
        means.append(ranking.mean(ranking.ndcg, rankings, gold, k=10))
    return means


recap = quiz(
    "recap",
    points=4,
    title="What you take along",
    hints=["1: the table by kind. 2: exercise 2. 3: “Filters”. 4: “Looked right, was wrong”."],
    questions=[
        Question(
            "For which questions was BM25 better than vectors?",
            options=[
                Option(
                    "whole sentences", because="There people use other words than the article: vectors were better."
                ),
                Option("codes and rare terms", right=True, because="One rare word that is there or is not."),
                Option("all of them", because="Look at the column of sentences."),
            ],
        ),
        Question(
            "Why does fusion add 1 / (k + rank) and not the scores?",
            options=[
                Option("it is faster", because="Both take microseconds."),
                Option("scores are secret", because="Both searches give them."),
                Option(
                    "the scores of two searches have no common scale",
                    right=True,
                    because="BM25 has no upper end, a similarity is at most 1; ranks compare.",
                ),
            ],
        ),
        Question(
            "When is a metadata filter a good idea?",
            options=[
                Option(
                    "when you know what must not be found, such as a document the user may not read",
                    right=True,
                    because="What is excluded is never found: certainty is what a filter needs.",
                ),
                Option("when a model guessed the topic", because="A wrong guess hides the right article for good."),
                Option("always, it is quicker", because="In Chroma a filtered query is slower than a plain one."),
            ],
        ),
        Question(
            "You tried thirty configurations on forty questions. The best has nDCG 0.74. What do you report?",
            options=[
                Option("0.74", because="The best of thirty on these questions is partly luck."),
                Option(
                    "its result on questions that took no part in the choice",
                    right=True,
                    because="Only those say what the next question will get.",
                ),
                Option("the mean of all thirty", because="Nobody will use that configuration."),
            ],
        ),
    ],
)
