"""Exercises of lesson 03: search by cosine, predict, choose a threshold, find failures, batch and cache."""

from __future__ import annotations

import math
import re

from helpers.grading import (
    Option,
    Question,
    ScriptedClient,
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

ROUNDED = 6  # decimals of a similarity, before ties are looked at


def cosine(one: list[float], other: list[float]) -> float:
    """Cosine similarity, 0 where a vector has no length, rounded as the task says."""
    lengths = math.hypot(*one) * math.hypot(*other)
    return round(sum(x * y for x, y in zip(one, other, strict=True)) / lengths, ROUNDED) if lengths else 0.0


def reference_top_k(query: list[float], candidates: list[list[float]], k: int) -> list[tuple[int, float]]:
    """(index, similarity), best first, ties by the lower index."""
    scored = [(i, cosine(query, candidate)) for i, candidate in enumerate(candidates)]
    return sorted(scored, key=lambda pair: (-pair[1], pair[0]))[:k]


def same_ranking(result, expected: list[tuple[int, float]]) -> bool:
    """Whether the indices are the same, and the similarities to five decimals."""
    pairs = [(int(index), float(value)) for index, value in result]
    near = all(abs(a - b) < 1e-5 for (_, a), (_, b) in zip(pairs, expected, strict=False))
    return [i for i, _ in pairs] == [i for i, _ in expected] and near


@exercise(
    points=4,
    hints=[
        "Three steps: the dot product of the query with each candidate; divide by both lengths; sort.",
        "Divide only where the product of the lengths is not 0; the similarity is 0 there.",
        "`np.argsort(-cosines, kind='stable')` keeps equal ones in their order, if they were rounded before.",
    ],
    wrong={
        "dot product only": Wrong(
            """
def top_k(query, candidates, k):
    dots = np.round(np.array(candidates, float) @ np.array(query, float), 6)
    return [(int(i), float(dots[i])) for i in np.argsort(-dots, kind="stable")[:k]]
""",
            "length",
        ),
        "worst first": """
def top_k(query, candidates, k):
    q, c = np.array(query, float), np.array(candidates, float)
    lengths = np.linalg.norm(c, axis=1) * np.linalg.norm(q)
    cos = np.round(np.divide(c @ q, lengths, out=np.zeros(len(c)), where=lengths > 0), 6)
    return [(int(i), float(cos[i])) for i in np.argsort(cos, kind="stable")[:k]]
""",
        "divides by zero": Wrong(
            """
def top_k(query, candidates, k):
    q, c = np.array(query, float), np.array(candidates, float)
    with np.errstate(all="ignore"):
        cos = np.round(c @ q / (np.linalg.norm(c, axis=1) * np.linalg.norm(q)), 6)
    return [(int(i), float(cos[i])) for i in np.argsort(-cos, kind="stable")[:k]]
""",
            "zeros",
        ),
        "ties from the end": Wrong(
            """
def top_k(query, candidates, k):
    q, c = np.array(query, float), np.array(candidates, float)
    lengths = np.linalg.norm(c, axis=1) * np.linalg.norm(q)
    cos = np.round(np.divide(c @ q, lengths, out=np.zeros(len(c)), where=lengths > 0), 6)
    return [(int(i), float(cos[i])) for i in np.argsort(cos, kind="stable")[::-1][:k]]
""",
            "lower index",
        ),
        "leaves out what is unlike": """
def top_k(query, candidates, k):
    q, c = np.array(query, float), np.array(candidates, float)
    lengths = np.linalg.norm(c, axis=1) * np.linalg.norm(q)
    cos = np.round(np.divide(c @ q, lengths, out=np.zeros(len(c)), where=lengths > 0), 6)
    return [(int(i), float(cos[i])) for i in np.argsort(-cos, kind="stable")[:k] if cos[i] > 0]
""",
    },
)
def top_k(top_k):
    "Search from scratch"
    number = strategies.integers(-3, 3)
    with part("the most similar come first", points=2):
        compass = [[0, 2], [3, 0], [5, 5], [-1, 0]]
        expected = reference_top_k([1, 0], compass, 2)
        attempt(top_k, [1, 0], compass, 2).satisfies(
            lambda result: same_ranking(result, expected),
            expected=str(expected),
            why="[3, 0] points the same way as [1, 0]; [5, 5] is at 45 degrees. Divide by both lengths.",
        )
        attempt(top_k, [2, 0], compass, 9).satisfies(
            lambda result: same_ranking(result, reference_top_k([2, 0], compass, 9)),
            expected="all four, the opposite direction last with -1",
            why="There may be fewer than `k`; a negative similarity is one too.",
        )
    with part("zeros and ties keep to the rule", points=1):
        tied = [[0, 0], [2, 0], [0, 0], [1, 0], [0, 3]]
        attempt(top_k, [1, 0], tied, 5).satisfies(
            lambda result: same_ranking(result, reference_top_k([1, 0], tied, 5)),
            expected=str(reference_top_k([1, 0], tied, 5)),
            why="A vector of zeros has similarity 0 to everything; of equals the lower index comes first.",
        )
        many = [[1, 0], [0, 1]] * 20  # a sort that is not stable shows it on long lists only
        attempt(top_k, [0, 1], many, 40).satisfies(
            lambda result: same_ranking(result, reference_top_k([0, 1], many, 40)),
            expected="the twenty odd indices in their order, then the twenty even ones",
            why="Of equals the lower index comes first: not every sort keeps equals in their order.",
        )
    with part("it holds for any vectors", points=1):

        @for_all(
            query=strategies.lists(number, min_size=3, max_size=3),
            candidates=strategies.lists(strategies.lists(number, min_size=3, max_size=3), min_size=1, max_size=6),
            k=strategies.integers(1, 7),
        )
        def any_vectors(query, candidates, k):
            expected = reference_top_k(query, candidates, k)
            attempt(top_k, query, candidates, k).satisfies(
                lambda result: same_ranking(result, expected),
                expected=str(expected),
                why="Round to 6 decimals, then sort: the higher similarity first, of equals the lower index.",
            )


SENTENCES = {
    "a": "The money for bill 4471 arrived at the beginning of March.",
    "b": "Invoice 4417 was paid on 3 March.",
    "c": "Bananas are cheap in March.",
    "d": "Invoice 4471 was not paid on 3 March.",
    "e": "We received what you owed us for 4471.",
}
ANCHOR = "Invoice 4471 was paid on 3 March."


@exercise(
    points=1,
    live_calls=1,
    hints=["Any order of the five letters passes. Guess: what does a vector keep, the facts or what it is about?"],
    wrong={
        "four letters": Wrong('prediction = ["a", "b", "c", "d"]', "e"),
        "a letter twice": 'prediction = ["a", "b", "c", "d", "d"]',
        "one letter": 'prediction = "b"',
    },
)
def prediction(prediction, endpoint):
    "Predict what is alike"
    assert isinstance(prediction, list | tuple), "A list of the five letters is expected, nearest first."
    order = [str(letter).strip().lower() for letter in prediction]
    missing = [letter for letter in SENTENCES if letter not in order]
    assert not missing, f"A letter is missing: {missing[0]}."
    assert len(order) == len(SENTENCES), "Each letter should be there once."
    anchor, *rows = embedded(endpoint, [ANCHOR, *SENTENCES.values()])
    alike = {letter: cosine(anchor, row) for letter, row in zip(SENTENCES, rows, strict=True)}
    true = sorted(alike, key=alike.get, reverse=True)
    right = sum(true.index(a) < true.index(b) for i, a in enumerate(order) for b in order[i + 1 :])
    remark(f"You have **{right} of 10** pairs in the order of your endpoint, which is {' '.join(true)}.")


def embedded(endpoint, texts: list[str]) -> list[list[float]]:
    """Vectors of the texts on the chosen endpoint, in one call."""
    reply = endpoint.client.embeddings.create(model=endpoint.embedding, input=texts)
    return [item.embedding for item in sorted(reply.data, key=lambda item: item.index)]


def f1(similarities: list[float], relevant: list[bool], threshold: float) -> float:
    """F1 of "at least the threshold is relevant"; 0 without a hit."""
    found = [value >= threshold for value in similarities]
    hits = sum(a and b for a, b in zip(found, relevant, strict=True))
    return 2 * hits / (sum(found) + sum(relevant)) if hits else 0.0


NEAR_ENOUGH = 0.02


def good_enough(similarities: list[float], relevant: list[bool]):
    """What a threshold has to satisfy on these pairs."""
    best = max(f1(similarities, relevant, value) for value in similarities)
    return lambda threshold: f1(similarities, relevant, float(threshold)) >= best - NEAR_ENOUGH


@exercise(
    points=3,
    hints=[
        "F1 changes only where the threshold passes a pair's similarity: between two of them nothing happens.",
        "Try each similarity itself as a threshold, and keep the one with the highest F1.",
        "`max(similarities, key=lambda threshold: ...)` with `f1(similarities, relevant, threshold)`.",
    ],
    wrong={
        "from a blog": Wrong("def best_threshold(similarities, relevant): return 0.8", "F1"),
        "mean of all": """
def best_threshold(similarities, relevant): return sum(similarities) / len(similarities)
""",
        "lowest relevant": Wrong(
            """
def best_threshold(similarities, relevant):
    return min(s for s, r in zip(similarities, relevant) if r)
""",
            "F1",
        ),
        "a coarse grid": """
def best_threshold(similarities, relevant):
    return max((i / 10 for i in range(11)), key=lambda t: f1(similarities, relevant, t))
""",
        "halfway between the means": """
def best_threshold(similarities, relevant):
    yes = [s for s, r in zip(similarities, relevant) if r]
    no = [s for s, r in zip(similarities, relevant) if not r] or [0]
    return (sum(yes) / len(yes) + sum(no) / len(no)) / 2
""",
    },
)
def best_threshold(best_threshold):
    "Choose a threshold"
    with part("a plain case", points=1):
        similarities, relevant = [0.81, 0.62, 0.35, 0.33, 0.12], [True, True, False, True, False]
        attempt(best_threshold, similarities, relevant).satisfies(
            good_enough(similarities, relevant),
            expected="a number above 0.12 and at most 0.33: it shows three relevant pairs and one other, F1 0.86",
            why="0.62 leaves a relevant pair out (F1 0.80), 0.12 shows everything (F1 0.75).",
        )
    with part("within 0.02 of the best F1 on any pairs", points=2):
        pair = strategies.tuples(strategies.integers(-20, 100), strategies.booleans())

        @for_all(pairs=strategies.lists(pair, min_size=2, max_size=12).filter(lambda p: any(r for _, r in p)))
        def any_pairs(pairs):
            similarities, relevant = [s / 100 for s, _ in pairs], [r for _, r in pairs]
            best = max(similarities, key=lambda value: f1(similarities, relevant, value))
            attempt(best_threshold, similarities, relevant).satisfies(
                good_enough(similarities, relevant),
                expected=f"a threshold whose F1 is within 0.02 of the best, {f1(similarities, relevant, best):.2f}",
                why="A pair counts as shown if its similarity is at least the threshold.",
            )


KINDS = ("number", "negation", "acronym")
NEGATIONS = {"not", "no", "never", "without", "cannot", "nor", "none", "nothing", "nobody", "neither"}


def words_of(text: str) -> list[str]:
    return re.findall(r"[^\W_]+(?:['’][^\W_]+)?", text)


def numbers(text: str) -> set[str]:
    """Words with a digit in them, in small letters: 4471, 0x80070005."""
    return {word.lower() for word in words_of(text) if any(c.isdigit() for c in word)}


def negates(text: str) -> bool:
    return any(word.lower() in NEGATIONS or re.search(r"n['’]t$", word.lower()) for word in words_of(text))


def spells_out(text: str, acronym: str) -> bool:
    """Whether words that follow each other have the acronym's initials: "single sign-on" and SSO."""
    initials = "".join(word[0] for word in words_of(text.replace("-", " ")) if word != acronym).lower()
    return acronym.lower() in initials


def broken_rule(kind: str, query: str, right: str, wrong: str) -> str:
    """What a failure of this kind still lacks, as a sentence; "" when its form is as asked."""
    if kind == "number":
        asked = numbers(query)
        if not asked:
            return "The question has no number."
        if not asked <= numbers(right):
            return "The right text lacks the question's number."
        if asked & numbers(wrong) or not numbers(wrong):
            return "The wrong text should have another number instead of the question's."
    if kind == "negation":
        if negates(right) == negates(wrong):
            return "Exactly one of the two texts should have a negation, such as “not”."
        if negates(query) != negates(right):
            return "The right text should be negated if the question is, and plain if it is not."
        shared = {w.lower() for w in words_of(query)} & {w.lower() for w in words_of(right)}
        if not any(len(word) >= 5 for word in shared):
            return "Question and right text should share a word of five letters or more: what they are about."
    if kind == "acronym":
        found = re.findall(r"\b[A-Z]{2,6}\b", query)
        if not found:
            return "The question has no acronym in capitals."
        if not any(spells_out(right, acronym) for acronym in found):
            return f"The right text should spell {found[0]} out: words whose first letters make it, in their order."
        if any(spells_out(wrong, acronym) for acronym in found):
            return f"The wrong text should not spell {found[0]} out."
        if any(acronym in words_of(text) for acronym in found for text in (right, wrong)):
            return f"Neither text should contain {found[0]} itself, else the letters are compared and not the meaning."
    return ""


SOUND = {
    "number": (
        '"number": ("Was invoice 4471 paid?", "The money for bill 4471 arrived on Tuesday.", "Was invoice 4417 paid?")'
    ),
    "negation": (
        '"negation": ("Which damage is not covered?", "Theft and loss are not paid for, nor is other damage on this '
        'list.", "Which damage is covered?")'
    ),
    "acronym": (
        '"acronym": ("How do I get a PAT?", "A personal access token lets a program sign in for you.", '
        '"How do I get a pet?")'
    ),
}


def with_changed(kind: str, entry: str) -> str:
    """The solution's failures with one of them replaced."""
    return f"failures = {{{', '.join(entry if name == kind else text for name, text in SOUND.items())}}}"


@exercise(
    points=3,
    live_calls=1,
    live_tokens=200,
    hints=[
        "Let the wrong text repeat the question nearly word for word, and the right text say it in other words.",
        "Number: turn two digits of the question's number round. Negation: the question without its “not”.",
        "Acronym: take one that your office made up. “How do I get a PAT?” is nearer to “a pet” than to what it means.",
    ],
    wrong={
        "the right one wins": Wrong(
            with_changed(
                "number", '"number": ("Was invoice 4471 paid?", "Invoice 4471 was paid.", "Hut 99 is green.")'
            ),
            "similar",
        ),
        "same number in both": Wrong(
            with_changed("number", '"number": ("Is bill 12 paid?", "The money for 12 arrived.", "Is bill 12 paid?")'),
            "another number",
        ),
        "no negation": with_changed(
            "negation", '"negation": ("Which damage is covered?", "All damage.", "Which damage is covered?")'
        ),
        "not about the question": with_changed(
            "negation", '"negation": ("Is it not paid?", "Bananas are not blue.", "Is it paid?")'
        ),
        "not spelled out": Wrong(
            with_changed("acronym", '"acronym": ("How do I get a PAT?", "A token.", "How do I get a pet?")'), "spell"
        ),
        "one kind is missing": f"failures = {{{SOUND['number']}, {SOUND['negation']}}}",
    },
)
def failures(failures, endpoint):
    "Find three failures"
    assert isinstance(failures, dict), "A dict with the three kinds is expected: number, negation, acronym."
    missing = [kind for kind in KINDS if kind not in failures]
    assert not missing, f"A kind is missing: {missing[0]}."
    for kind in KINDS:
        entry = failures[kind]
        whole = isinstance(entry, tuple | list) and len(entry) == 3 and all(isinstance(text, str) for text in entry)
        assert whole, f"`{kind}` should have three texts: question, right text, wrong text."
    rows = embedded(endpoint, [text for kind in KINDS for text in failures[kind]])
    measured = {}
    for i, kind in enumerate(KINDS):
        query, right, wrong = rows[3 * i : 3 * i + 3]
        measured[kind] = cosine(query, right), cosine(query, wrong)
    with part("a number", points=1):
        holds("number", failures, measured)
    with part("a negation", points=1):
        holds("negation", failures, measured)
    with part("an acronym", points=1):
        holds("acronym", failures, measured)
    said = ", ".join(f"{kind} {wrong:.2f} against {right:.2f}" for kind, (right, wrong) in measured.items())
    remark(f"Wrong against right text: {said}.")


def holds(kind: str, failures, measured) -> None:
    """The failure has the form that was asked for, and the wrong text is the more similar one."""
    query, right, wrong = failures[kind]
    observe(question=query, right_text=right, wrong_text=wrong)
    broken = broken_rule(kind, query, right, wrong)
    assert not broken, broken
    to_right, to_wrong = measured[kind]
    observe(similarity_right=round(to_right, 3), similarity_wrong=round(to_wrong, 3))
    assert to_wrong > to_right, "The wrong text is not more similar yet: on your endpoint the right one wins."


@exercise(
    points=4,
    hints=[
        "First the list of what is new: each text once, and only if `(model, text)` is not in the cache.",
        "Then steps of `batch` through that list: `range(0, len(new), batch)`. No new text, no request.",
        "`reply.data` has one item for each text of the request, in their order; its vector is `.embedding`.",
        "At the end everything is in the cache: give `[cache[model, text] for text in texts]`.",
    ],
    wrong={
        "one call a text": Wrong(
            """
def embed_all(client, model, texts, cache, batch=64):
    for text in texts:
        if (model, text) not in cache:
            cache[model, text] = client.embeddings.create(model=model, input=text).data[0].embedding
    return [cache[model, text] for text in texts]
""",
            "request",
        ),
        "never looks at the cache": """
def embed_all(client, model, texts, cache, batch=64):
    found = []
    for start in range(0, len(texts), batch):
        found += client.embeddings.create(model=model, input=texts[start:start + batch]).data
    return [item.embedding for item in found]
""",
        "everything in one request": """
def embed_all(client, model, texts, cache, batch=64):
    new = [text for text in dict.fromkeys(texts) if (model, text) not in cache]
    if new:
        for text, item in zip(new, client.embeddings.create(model=model, input=new).data):
            cache[model, text] = item.embedding
    return [cache[model, text] for text in texts]
""",
        "the model is not in the key": Wrong(
            """
def embed_all(client, model, texts, cache, batch=64):
    new = [text for text in dict.fromkeys(texts) if text not in cache]
    for start in range(0, len(new), batch):
        some = new[start:start + batch]
        for text, item in zip(some, client.embeddings.create(model=model, input=some).data):
            cache[text] = item.embedding
    return [cache[text] for text in texts]
""",
            "model",
        ),
        "twins are sent twice": Wrong(
            """
def embed_all(client, model, texts, cache, batch=64):
    new = [text for text in texts if (model, text) not in cache]
    for start in range(0, len(new), batch):
        some = new[start:start + batch]
        for text, item in zip(some, client.embeddings.create(model=model, input=some).data):
            cache[model, text] = item.embedding
    return [cache[model, text] for text in texts]
""",
            "twice",
        ),
        "gives only the new ones": """
def embed_all(client, model, texts, cache, batch=64):
    new = [text for text in dict.fromkeys(texts) if (model, text) not in cache]
    for start in range(0, len(new), batch):
        some = new[start:start + batch]
        for text, item in zip(some, client.embeddings.create(model=model, input=some).data):
            cache[model, text] = item.embedding
    return [cache[model, text] for text in new]
""",
    },
)
def embed_all(embed_all):
    "Embed in batches, with a cache"
    letters = [f"text {i}" for i in range(7)]
    true = {text: vector_of(text) for text in letters}
    script = ScriptedClient([])
    first = attempt(embed_all, script.client, "small", letters, {}, batch=3)
    with part("each text gets its own vector, in the order of the texts", points=1):
        first.close([true[text] for text in letters], why="The third vector belongs to the third text.")
        mixed = [letters[2], letters[0], letters[2], letters[1]]
        attempt(embed_all, ScriptedClient([]).client, "small", mixed, {}, batch=3).close(
            [true[text] for text in mixed], why="A text that comes twice has its vector twice."
        )
    with part("at most `batch` texts a request, and no request too many", points=1):
        sizes = [len(sent(request)) for request in script.embedding_requests]
        observe(texts=7, batch=3, texts_in_each_request=sizes)
        assert max(sizes, default=0) <= 3, "A request holds more than `batch` texts."
        assert len(sizes) <= 3, "Seven texts in batches of three need three requests."
        twins = ScriptedClient([])
        attempt(embed_all, twins.client, "small", ["a", "b", "a", "b", "a", "b"], {}, batch=2)
        sizes = [len(sent(request)) for request in twins.embedding_requests]
        observe(texts=["a", "b"] * 3, batch=2, texts_in_each_request=sizes)
        assert sum(sizes) == 2, "The same text is sent twice: it is paid twice."
    with part("what is cached is not sent again", points=1):
        cache = first.given[0][3]
        again = ScriptedClient([])
        attempt(embed_all, again.client, "small", letters, cache, batch=3).close([true[text] for text in letters])
        observe(requests_of_the_second_run=len(again.embedding_requests))
        assert not again.embedding_requests, "The second run sends texts whose vectors are in the cache."
        attempt(embed_all, again.client, "small", [*letters, "new"], cache, batch=3).close(
            [*(true[text] for text in letters), vector_of("new")]
        )
        observe(new_texts=["new"], sent=[sent(request) for request in again.embedding_requests])
        assert [sent(request) for request in again.embedding_requests] == [["new"]], "Only the new text is to be sent."
    with part("another model has its own vectors", points=1):
        other = ScriptedClient([])
        attempt(embed_all, other.client, "large", letters[:2], first.given[0][3], batch=3)
        observe(model="large", in_the_cache="the same texts by the model “small”", sent=len(other.embedding_requests))
        assert len(other.embedding_requests) == 1, "Vectors of another model are given back: the key needs the model."


def sent(request: dict) -> list[str]:
    """The texts of an embedding request."""
    return [request["input"]] if isinstance(request["input"], str) else list(request["input"])


def vector_of(text: str) -> list[float]:
    """The vector that a ScriptedClient gives a text."""
    return ScriptedClient([]).client.embeddings.create(model="any", input=[text]).data[0].embedding


recap = quiz(
    "recap",
    points=4,
    title="What you take along",
    hints=["1: the heat map. 2: “On OpenAI and Azure”. 3: “Embed a million texts”. 4: the table of traps."],
    questions=[
        Question(
            "“Invoice 4471 was paid” and “Invoice 4471 was not paid”: how similar are their vectors?",
            options=[
                Option(
                    "opposite, near -1", because="Vectors follow what a text is about. Opposites are about the same."
                ),
                Option(
                    "very similar", right=True, because="One small word differs. You saw the number in the heat map."
                ),
                Option("unrelated, near 0", because="Near 0 are texts about different things, such as bananas."),
            ],
        ),
        Question(
            "You change the embedding model. What has to be done again?",
            options=[
                Option(
                    "all vectors, and the threshold",
                    right=True,
                    because="Vectors of two models cannot be compared, and the scale is another.",
                ),
                Option(
                    "only the questions' vectors", because="A question of one model against articles of another: noise."
                ),
                Option("nothing, if the dimensions agree", because="The same length is not the same space."),
            ],
        ),
        Question(
            "What costs most over the years of a search by vectors?",
            options=[
                Option(
                    "the first embedding", because="A few dollars for a million short texts, at the list prices above."
                ),
                Option("the questions", because="A question has a dozen tokens: a million of them cost cents."),
                Option(
                    "storing, searching, and embedding again after changes",
                    right=True,
                    because="The first run is cheap; what you repeat and what you keep adds up.",
                ),
            ],
        ),
        Question(
            "People search for error codes. What do you do?",
            options=[
                Option(
                    "raise the threshold",
                    because="The wrong code is often *more* similar: you would lose the right one.",
                ),
                Option(
                    "search by words beside the vectors",
                    right=True,
                    because="A code is a word: a search by words finds it or does not. Lesson 06.",
                ),
                Option("take more dimensions", because="They keep meaning better; a code has none."),
            ],
        ),
    ],
)
