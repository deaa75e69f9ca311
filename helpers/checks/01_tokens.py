"""Exercises of lesson 01: order by tokens, train byte-pair encoding, count a request, trim a history, price a month."""

from __future__ import annotations

from itertools import combinations, pairwise

from helpers.data import load_sample
from helpers.grading import (
    Option,
    Question,
    Threshold,
    Wrong,
    attempt,
    exercise,
    for_all,
    part,
    quiz,
    remark,
    strategies,
)
from helpers.prices import Price
from helpers.tokens import request_tokens, text_tokens

TOLERANCE = Threshold(mock=0, live=3)  # tokens: newer models wrap a message a little differently from the rule
# Where a model of another maker may answer, which has a tokenizer and a wrapping of its own.
ANY_MODEL = ("compatible", "local")


@exercise(
    points=1,
    hints=["Any order of the six names passes. Guess: what has the model read most of?"],
    wrong={
        "five names": Wrong('prediction = ["English", "Spanish", "Portuguese", "Arabic", "Hindi"]', "log line"),
        "a name twice": 'prediction = ["English", "English", "Spanish", "Portuguese", "Arabic", "Hindi"]',
        "one text": 'prediction = "English"',
        "a name that is none of the six": (
            'prediction = ["English", "Spanish", "Portuguese", "Arabic", "Hindi", "French"]'
        ),
    },
)
def prediction(prediction):
    "Predict the order of six texts"
    counts = {name: text_tokens(text) for name, text in load_sample("tokens/one_notice.json").items()}
    assert isinstance(prediction, list | tuple), f"A list of the six names is expected: {', '.join(counts)}."
    names = {name.lower(): name for name in counts}
    order = [names.get(str(name).strip().lower(), name) for name in prediction]
    missing = [name for name in counts if name not in order]
    assert not missing, f"A name is missing: {missing[0]}."
    assert len(order) == len(counts), "Each name should be there once."
    right, wrong = ordered_pairs(order, counts)
    remark(f"You have **{right} of {right + wrong}** pairs in the right order (pairs that cost the same do not count).")


def ordered_pairs(order: list[str], values: dict[str, float]) -> tuple[int, int]:
    """Pairs of an order (smallest first) that agree with the values, and pairs that do not; ties are neither.

    Their difference over all pairs is Kendall's tau-a.
    """
    pairs = list(combinations(order, 2))
    return sum(values[a] < values[b] for a, b in pairs), sum(values[a] > values[b] for a, b in pairs)


@exercise(
    points=3,
    hints=[
        "`pairwise(pieces)` gives all neighbours, `Counter` counts them in the order in which they first come.",
        "`max(pairs, key=pairs.get)` gives the most frequent pair, and of equals the first.",
        "Each round: count, stop if there is nothing to count, take the best, glue it with `merge`, remember it.",
    ],
    wrong={
        "never glues": Wrong(
            """
def train_bpe(text, merges):
    pieces, learned = list(text), []
    for _ in range(merges):
        pairs = Counter(pairwise(pieces))
        learned.append(max(pairs, key=pairs.get))
    return learned
""",
            "tried",
        ),
        "of equals the last": """
def train_bpe(text, merges):
    pieces, learned = list(text), []
    for _ in range(merges):
        pairs = Counter(pairwise(pieces))
        if not pairs:
            break
        best = max(reversed(list(pairs)), key=pairs.get)
        pieces = merge(pieces, best)
        learned.append(best)
    return learned
""",
        "does not stop early": """
def train_bpe(text, merges):
    pieces, learned = list(text), []
    for _ in range(merges):
        pairs = Counter(pairwise(pieces))
        best = max(pairs, key=pairs.get)
        pieces = merge(pieces, best)
        learned.append(best)
    return learned
""",
        "one merge too many": """
def train_bpe(text, merges):
    pieces, learned = list(text), []
    for _ in range(merges + 1):
        pairs = Counter(pairwise(pieces))
        if not pairs:
            break
        best = max(pairs, key=pairs.get)
        pieces = merge(pieces, best)
        learned.append(best)
    return learned
""",
        "the text instead of the pairs": """
def train_bpe(text, merges):
    return list(text)[:merges]
""",
    },
)
def train_bpe(train_bpe):
    "Train byte-pair encoding"
    with part("the most frequent pair is learned", points=1):
        attempt(train_bpe, "banana", 1).satisfies(
            lambda learned: isinstance(learned, list) and all(isinstance(p, tuple) and len(p) == 2 for p in learned),
            expected='a list of tuples, each with the two pieces of a pair, such as [("a", "n")]',
        ).equals([("a", "n")], why="“an” and “na” come twice each, “an” first.")
        attempt(train_bpe, "xyzyz", 1).equals([("y", "z")], why="“yz” comes twice, every other pair once.")
    with part("each round counts the glued pieces", points=1):
        why = "After the first round “an” is one piece: keep the new list that `merge` gives back, and count again."
        attempt(train_bpe, "banana bandana", 4).equals(reference_bpe("banana bandana", 4), why=why)
        attempt(train_bpe, "low lower lowest", 6).equals(reference_bpe("low lower lowest", 6), why=why)
    with part("it stops when no pair is left", points=1):
        attempt(train_bpe, "abc", 10).equals(
            [("a", "b"), ("ab", "c")], why="A pair that comes once counts too. After two rounds one piece is left."
        )
        attempt(train_bpe, "", 3).equals([], why="An empty text has no pairs.")


def reference_bpe(text: str, merges: int) -> list[tuple[str, str]]:
    """Pairs in the order they are learned; ties go to the pair that comes first in the text (Sennrich et al. 2016)."""
    pieces, learned = list(text), []
    for _ in range(merges):
        pairs = list(pairwise(pieces))
        if not pairs:
            break
        best = max(dict.fromkeys(pairs), key=pairs.count)
        learned.append(best)
        glued: list[str] = []
        for piece in pieces:
            if glued and (glued[-1], piece) == best:
                glued[-1] += piece
            else:
                glued.append(piece)
        pieces = glued
    return learned


@exercise(
    points=3,
    live_calls=2,
    live_tokens=100,
    hints=[
        "Three tokens open the reply, once a request. Start with `total = 3`.",
        "Each message adds three, and the tokens of its role, and those of its content.",
        '`len(encoding.encode(message["role"]))` counts a role.',
    ],
    wrong={
        "content only": Wrong(
            """
def count_tokens(messages):
    return sum(len(encoding.encode(message["content"])) for message in messages)
""",
            "tried",
        ),
        "no tokens for the reply": """
def count_tokens(messages):
    return sum(3 + len(encoding.encode(m["role"])) + len(encoding.encode(m["content"])) for m in messages)
""",
        "forgets the role": """
def count_tokens(messages):
    return 3 + sum(3 + len(encoding.encode(m["content"])) for m in messages)
""",
        "reply counted for each message": """
def count_tokens(messages):
    return sum(6 + len(encoding.encode(m["role"])) + len(encoding.encode(m["content"])) for m in messages)
""",
        "characters": """
def count_tokens(messages):
    return 3 + sum(3 + len(m["role"]) + len(m["content"]) for m in messages)
""",
    },
)
def count_tokens(count_tokens, endpoint):
    "Count the tokens of a request"
    one = [{"role": "user", "content": "Where do I renew my permit?"}]
    three = [
        {"role": "system", "content": "Answer in one sentence."},
        {"role": "user", "content": "आवेदन कहाँ जमा करें?"},
        {"role": "assistant", "content": ""},
    ]
    with part("the rule holds", points=2):
        why = "3 for the reply; for each message 3, its role and its content"
        content = text_tokens(one[0]["content"])
        attempt(count_tokens, one).equals(request_tokens(one), why=f"{why}: 3 + 3 + 1 + {content}.")
        attempt(count_tokens, []).equals(3, why="Without a message only the three tokens remain that open the reply.")
        attempt(count_tokens, three).equals(request_tokens(three), why=f"{why}.")
    with part("your endpoint counts the same", points=1):
        for messages in (one, three[:2]):
            reply = endpoint.client.chat.completions.create(
                model=endpoint.chat_small, messages=messages, max_completion_tokens=16
            )
            counted, allowed = reply.usage.prompt_tokens, TOLERANCE.on(endpoint)
            if getattr(endpoint, "profile", "") in ANY_MODEL and abs(request_tokens(messages) - counted) > allowed:
                remark(
                    f"By the rule {request_tokens(messages)}; `{reply.model}` counted **{counted}**: it has its own."
                )
                continue
            attempt(count_tokens, messages).satisfies(
                lambda result, counted=counted, allowed=allowed: abs(result - counted) <= allowed,
                expected=f"{counted}, as `usage.prompt_tokens` says" + (f", give or take {allowed}" if allowed else ""),
            )


def words(messages: list[dict[str, str]]) -> int:
    """A simple count for the check: one for each message and one for each word."""
    return sum(1 + len(message["content"].split()) for message in messages)


COUNTING = "(`words` counts 1 for each message and 1 for each word. If even system and last are too many, keep both.)"


def conversations():
    """Random histories: perhaps a system message, then any number of turns, a user's message last."""
    said = strategies.integers(0, 3).map(lambda n: " ".join(["word"] * n))
    turn = strategies.tuples(said, said)

    def build(system, turns, last):
        messages = [{"role": "system", "content": "be kind"}] if system else []
        for i, (question, answer) in enumerate(turns, 1):
            messages.append({"role": "user", "content": f"q{i} {question}".strip()})
            messages.append({"role": "assistant", "content": f"a{i} {answer}".strip()})
        return [*messages, {"role": "user", "content": f"last {last}".strip()}]

    return strategies.builds(build, strategies.booleans(), strategies.lists(turn, max_size=4), said)


@exercise(
    points=4,
    hints=[
        "Split the messages in two: those with the role `system` (there may be none), and the rest.",
        "`system + rest` is everything; `rest[1:]` leaves out the oldest message and does not change `messages`.",
        "While both together are over the budget and the rest has more than one message: drop the first of the rest.",
    ],
    wrong={
        "a fixed number of messages": Wrong(
            """
def trim_history(messages, budget, count):
    return messages[:1] + messages[-3:]
""",
            "tried",
        ),
        "drops the system message": """
def trim_history(messages, budget, count):
    while len(messages) > 1 and count(messages) > budget:
        messages = messages[1:]
    return messages
""",
        "keeps the oldest": """
def trim_history(messages, budget, count):
    messages = list(messages)
    while len(messages) > 2 and count(messages) > budget:
        messages.pop(-2)
    return messages
""",
        "one too few": """
def trim_history(messages, budget, count):
    system = [m for m in messages if m["role"] == "system"]
    rest = [m for m in messages if m["role"] != "system"]
    while len(rest) > 1 and count(system + rest) >= budget:
        rest = rest[1:]
    return system + rest
""",
        "empties the conversation": """
def trim_history(messages, budget, count):
    system = [m for m in messages if m["role"] == "system"]
    rest = [m for m in messages if m["role"] != "system"]
    while rest and count(system + rest) > budget:
        rest = rest[1:]
    return system + rest
""",
        "the budget does not cover the system message": """
def trim_history(messages, budget, count):
    system = [m for m in messages if m["role"] == "system"]
    rest = [m for m in messages if m["role"] != "system"]
    while len(rest) > 1 and count(rest) > budget:
        rest = rest[1:]
    return system + rest
""",
    },
)
def trim_history(trim_history):
    "Trim a history to a budget"
    histories, budgets = conversations(), strategies.integers(0, 25)
    with part("the system message and the last message stay", points=1):

        @for_all(messages=histories, budget=budgets)
        def kept(messages, budget):
            attempt(trim_history, messages, budget, words).satisfies(
                lambda result: all(m in result for m in messages if m["role"] == "system") and messages[-1] in result,
                expected="the system message, if there is one, and the last message are in it",
                why=f"Without them the model knows neither its task nor the question. {COUNTING}",
            )

    with part("the budget holds", points=1):

        @for_all(messages=histories, budget=budgets)
        def affordable(messages, budget):
            least = words([m for m in messages if m["role"] == "system"] + messages[-1:])
            attempt(trim_history, messages, budget, words).satisfies(
                lambda result: words(result) <= max(budget, least),
                expected=f"at most {max(budget, least)} by `count`",
                why=COUNTING,
            )

    with part("the newest that fit are kept, in their order", points=1):

        @for_all(messages=histories, budget=budgets)
        def newest(messages, budget):
            attempt(trim_history, messages, budget, words).equals(
                reference_trim(messages, budget),
                why=f"Leave out single messages, the oldest first, until the rest fits; no more than that. {COUNTING}",
            )

    with part("the history itself is left alone", points=1):
        messages = [{"role": "user", "content": f"question {i}"} for i in range(5)]
        attempt(trim_history, messages, 6, words).equals(reference_trim(messages, 6)).unchanged(
            why="The caller still has the whole history to keep."
        )


def reference_trim(messages: list[dict[str, str]], budget: int) -> list[dict[str, str]]:
    """The system messages, the last message, and before it as many of the newest as fit the budget by `words`."""
    system = [m for m in messages if m["role"] == "system"]
    rest = [m for m in messages if m["role"] != "system"]
    for start in range(len(rest)):
        if words(system + rest[start:]) <= budget:
            return system + rest[start:]
    return system + rest[-1:]


@exercise(
    points=2,
    hints=[
        "Tokens that came from the cache are not paid as input too: `input_tokens - cached_tokens` are fresh.",
        "Prices are per million tokens: multiply by the requests, divide by 1,000,000.",
    ],
    variant={
        "requests": [20_000, 30_000, 40_000, 50_000, 60_000, 70_000, 80_000],
        "input": [900, 1_000, 1_100, 1_200, 1_300],
        "cached": [600, 500, 700, 800],
        "output": [250, 150, 200, 300, 350],
    },
    wrong={
        "cached tokens paid twice": Wrong(
            """
def monthly_cost(price, requests, input_tokens, output_tokens, cached_tokens=0):
    one = input_tokens * price.input + cached_tokens * price.cached + output_tokens * price.output
    return requests * one / 1_000_000
""",
            "cache",
        ),
        "cache ignored": """
def monthly_cost(price, requests, input_tokens, output_tokens, cached_tokens=0):
    return requests * (input_tokens * price.input + output_tokens * price.output) / 1_000_000
""",
        "per thousand": """
def monthly_cost(price, requests, input_tokens, output_tokens, cached_tokens=0):
    fresh = input_tokens - cached_tokens
    return requests * (fresh * price.input + cached_tokens * price.cached + output_tokens * price.output) / 1_000
""",
        "output at the price of input": """
def monthly_cost(price, requests, input_tokens, output_tokens, cached_tokens=0):
    fresh = input_tokens - cached_tokens
    return requests * (fresh * price.input + cached_tokens * price.cached + output_tokens * price.input) / 1_000_000
""",
        "one request": """
def monthly_cost(price, requests, input_tokens, output_tokens, cached_tokens=0):
    fresh = input_tokens - cached_tokens
    return (fresh * price.input + cached_tokens * price.cached + output_tokens * price.output) / 1_000_000
""",
    },
)
def monthly_cost(monthly_cost, variant):
    "Price a month"
    price = Price("example", input=2.0, cached=0.5, output=8.0)
    requests, sent, cached, made = variant.requests, variant.input, variant.cached, variant.output
    with part("input and output have their own prices", points=1):
        attempt(monthly_cost, price, 1_000_000, 1, 0).close(2.0, why="A million input tokens cost $2.")
        attempt(monthly_cost, price, requests, sent, made).close(
            requests * price.cost(sent, made), why=f"{requests:,} × ({sent} × 2 + {made} × 8) / 1,000,000."
        )
    with part("cached input is cheaper", points=1):
        attempt(monthly_cost, price, requests, sent, made, cached_tokens=cached).close(
            requests * price.cost(sent, made, cached),
            why=f"Of {sent} tokens {cached} come from the cache, so only {sent - cached} cost the full price.",
        )


recap = quiz(
    "recap",
    points=4,
    title="What you take along",
    hints=["1: “It does not remember you”. 2: the chart. 3: “A request is more than its text”. 4: the arithmetic."],
    questions=[
        Question(
            "A chat sends its whole history. It goes on for 40 turns instead of 20. Input tokens of the whole chat?",
            options=[
                Option("about twice as many", because="That holds for one turn. The sum adds up ever longer turns."),
                Option("about four times as many", right=True, because="The sum of 1 … n grows with n²: (40/20)² = 4."),
                Option("the same, the endpoint remembers", because="It remembers nothing: you saw it forget a name."),
            ],
        ),
        Question(
            "Which text needs the most tokens for each of its characters?",
            options=[
                Option("an English letter", because="English is among the cheapest, with Portuguese and Spanish."),
                Option("a Portuguese letter", because="With today's models it costs about what an English one costs."),
                Option(
                    "a list of random identifiers", right=True, because="Random characters never were a frequent pair."
                ),
            ],
        ),
        Question(
            "“Hello” is one token, but `usage.prompt_tokens` says more. Why?",
            options=[
                Option("tiktoken is out of date", because="The text's own count is right; compare `len(encode(…))`."),
                Option(
                    "each message is wrapped, and the reply is opened",
                    right=True,
                    because="3 + role a message, 3 a request.",
                ),
                Option(
                    "a hidden system message", because="None was sent; add one, and the count grows by its own tokens."
                ),
            ],
        ),
        Question(
            "A request has 1,000 tokens in and 500 out, at $2.50 and $15 per million. Which part costs more?",
            options=[
                Option("the input", because="1,000 × 2.50 is a third of 500 × 15. More tokens, less money."),
                Option(
                    "the output",
                    right=True,
                    because="500 × 15 is three times 1,000 × 2.50: ask for shorter answers first.",
                ),
                Option("both alike", because="2,500 against 7,500 millionths of a dollar."),
            ],
        ),
    ],
)
