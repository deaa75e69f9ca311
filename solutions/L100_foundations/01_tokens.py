# ---
# title: "01 · Tokens, context and the bill"
# level: 100
# minutes: 45
# worry: "We priced the pilot by characters. Why is the invoice twice the estimate?"
# objectives:
#   - "say why one text costs three times as much as another of the same length"
#   - "count the tokens of a request before you send it, overhead included"
#   - "keep a long conversation within a budget, and know what that loses"
#   - "price a month of a workload to within a percent"
# requires: [00_start_here]
# data: [tokens/one_notice.json, tokens/questions.json]
# ---

# %% [markdown]
# ## The worry
#
# > “Our pilot reads citizens' letters in five languages, and our servers' logs. We priced it by characters, and the
# > first invoice was twice the estimate. What are we paying for?”

# %%
import tiktoken
from helpers import artefact, connect, load_sample, open_lesson, plots, prices, show

endpoint = connect()
lesson = open_lesson("01_tokens")
notice = load_sample("tokens/one_notice.json")
show.table([{"name": name, "text": text, "characters": len(text)} for name, text in notice.items()])

# %% [markdown]
# ### Exercise 1 · Predict first
#
# One notice in five languages, and a line of a log. Which is the cheapest for a model
# to read, which the dearest? Put the six names in order. A wrong guess costs no points.

# %% exercise="prediction"
### BEGIN SOLUTION
prediction = ["English", "Spanish", "Portuguese", "Arabic", "Hindi", "log line"]
### STARTER
# prediction = ...  # a list of the six names, fewest tokens first
### END SOLUTION

# %%
lesson.prediction.check()

# %%
ENCODING = "o200k_base"  # change me to "cl100k_base", as models before GPT-4o read, and run again
encoding = tiktoken.get_encoding(ENCODING)
for name, text in notice.items():
    show.tokens(text, encoding, label=name)

# %%
counts = {name: len(encoding.encode(text)) for name, text in notice.items()}
dearer = counts["log line"] / counts["Portuguese"]
show.text(
    f"The Portuguese notice and the log line both have {len(notice['log line'])} characters. "
    f"The notice is **{counts['Portuguese']} tokens**, the line **{counts['log line']}**: {dearer:.1f} times the price."
)

# %%
per_hundred = {name: 100 * counts[name] / len(text) for name, text in notice.items()}
plots.bars(per_hundred, title=f"Tokens for 100 characters ({ENCODING})", unit="tokens")

# %% [markdown]
# A model never sees letters. It sees numbered pieces, and you pay by the piece. Whole words in languages it has read a
# lot; slivers of two or three characters in an identifier it has never seen.

# %% [markdown]
# ## Where the pieces come from
#
# Cutting at spaces fails on every new word; single characters make texts endless. Byte-pair encoding sits between: begin
# with characters, glue the most frequent neighbours, repeat.


# %%
def merge(pieces, pair):
    """Glue every occurrence of a pair, from the left: merge(["a", "b", "a"], ("a", "b")) -> ["ab", "a"]."""
    merged = []
    for piece in pieces:
        if merged and (merged[-1], piece) == pair:
            merged[-1] += piece
        else:
            merged.append(piece)
    return merged


merge(list("banana"), ("a", "n"))

# %% [markdown]
# ### Exercise 2 · Train it
#
# Count all neighbours, glue the most frequent pair, remember it; repeat. Of pairs that are
# equally frequent, take the one that comes first in the text. Stop early when no pair is left.

# %% exercise="train_bpe"
from collections import Counter
from itertools import pairwise


def train_bpe(text, merges):
    """Pairs in the order they were learned, at most `merges`: train_bpe("banana", 1) -> [("a", "n")]."""
    pieces, learned = list(text), []
    ### BEGIN SOLUTION
    for _ in range(merges):
        pairs = Counter(pairwise(pieces))
        if not pairs:
            break
        best = max(pairs, key=pairs.get)
        pieces = merge(pieces, best)
        learned.append(best)
    ### END SOLUTION
    return learned


# %%
lesson.train_bpe.check()

# %%
# lesson.train_bpe.hint()      # remove the first "#" of a line to run it
# lesson.train_bpe.solution()

# %%
from functools import reduce

MERGES = 60  # change me: 0 leaves characters, 300 learns the notices by heart
learned = train_bpe(" ".join(notice[name] for name in ("English", "Portuguese", "Spanish")), MERGES)
pieces = [len(reduce(merge, learned, list(text))) for text in notice.values()]
show.table(
    {"text": notice, "characters": map(len, notice.values()), "pieces": pieces},
    caption=f"Your tokenizer after {len(learned)} merges on English, Portuguese and Spanish",
)

# %% [markdown]
# Hindi and the log line stay in slivers, because your tokenizer never read their like. Real ones are trained on
# terabytes, with some 200,000 merges, and the same thing happens to your identifiers.

# %% [markdown]
# ## A request is more than its text

# %%
hello = [{"role": "user", "content": "Hello"}]
reply = endpoint.client.chat.completions.create(
    model=endpoint.chat_small, messages=hello, max_completion_tokens=16
)
show.text(
    f"“Hello” is {len(encoding.encode('Hello'))} token. "
    f"The endpoint counted **{reply.usage.prompt_tokens}** for the request."
)

# %% [markdown]
# The rest is wrapping. Each message costs three tokens besides its role and its content; three more open the reply.
# (OpenAI documents this rule for its chat models; other vendors wrap differently.)

# %% [markdown]
# ### Exercise 3 · Count before you send
#
# Write `count_tokens` for a list of messages. The check compares it with the
# rule, then with what your endpoint counts.


# %% exercise="count_tokens"
def count_tokens(messages):
    """Tokens of a request with these messages, wrapping included."""
    ### BEGIN SOLUTION
    total = 3
    for message in messages:
        total += (
            3 + len(encoding.encode(message["role"])) + len(encoding.encode(message["content"]))
        )
    return total
    ### END SOLUTION


# %%
lesson.count_tokens.check()

# %%
# lesson.count_tokens.hint()
# lesson.count_tokens.solution()

# %% [markdown]
# ## It does not remember you


# %%
def ask(messages):
    """Send a conversation; give back the reply's text and its usage."""
    reply = endpoint.client.chat.completions.create(model=endpoint.chat_large, messages=messages)
    return reply.choices[0].message.content, reply.usage


told, _ = ask([{"role": "user", "content": "My name is Ana."}])
asked, _ = ask([{"role": "user", "content": "What is my name?"}])
show.side_by_side({"“My name is Ana.”": told, "“What is my name?”": asked})

# %% [markdown]
# An endpoint keeps nothing between two requests. A chat seems to remember because the program sends the whole
# conversation again, each time, and pays for it again.

# %%
conversation = [
    {"role": "user", "content": "My name is Ana."},
    {"role": "assistant", "content": told},
    {"role": "user", "content": "What is my name?"},
]
again, _ = ask(conversation)
show.side_by_side({"one message alone": asked, "the conversation sent again": again})

# %%
questions = load_sample("tokens/questions.json")
history, sent = [{"role": "system", "content": "You help people who begin with AI."}], []
for question in questions:
    history.append({"role": "user", "content": question})
    answer, usage = ask(history)
    history.append({"role": "assistant", "content": answer})
    sent.append(usage.prompt_tokens)

# %%
half, whole = sum(sent[: len(sent) // 2]), sum(sent)
show.text(
    f"Turn 1 sent {sent[0]} tokens, turn {len(sent)} sent {sent[-1]:,}. The first half of the chat sent "
    f"{half:,} in all, the whole chat **{whole:,}: {whole / half:.1f} times as many**, not twice."
)

# %% [markdown]
# Each turn carries all turns before it, so the *sum* grows with the square of the length: towards four times the tokens
# for twice the turns. So trim what you send.

# %% [markdown]
# ### Exercise 4 · Trim the history
#
# Keep the system message and the last message whatever happens; of the others the
# newest, as many as fit, in their order. `count` is a function like yours, given to you.


# %% exercise="trim_history"
def trim_history(messages, budget, count):
    """The messages to send: at most `budget` tokens by `count`, the oldest left out first."""
    ### BEGIN SOLUTION
    system = [message for message in messages if message["role"] == "system"]
    rest = [message for message in messages if message["role"] != "system"]
    while len(rest) > 1 and count(system + rest) > budget:
        rest = rest[1:]
    return system + rest
    ### STARTER
    # return messages
    ### END SOLUTION


# %%
lesson.trim_history.check()

# %%
# lesson.trim_history.hint()
# lesson.trim_history.solution()

# %% [markdown]
# See it work. `request_tokens` is exercise 3's rule, so this runs whether or not you have solved it.

# %%
from helpers.tokens import request_tokens

BUDGET = 400  # change me
turns = [history[: 2 * turn + 2] for turn in range(len(questions))]
trimmed = [request_tokens(trim_history(messages, BUDGET, request_tokens)) for messages in turns]
plots.lines(
    {"whole history": sent, "trimmed": trimmed},
    title="Input tokens by turn",
    x="turn",
    y="tokens",
    limit=("budget", BUDGET),
    source=endpoint.label,
)

# %% [markdown]
# What does the saving cost? The name was told in turn 1. Ask for it in turn 21, with the whole history and with the
# trimmed one.

# %%
last = [*history, {"role": "user", "content": "What is my name?"}]
whole, short = ask(last)[0], ask(trim_history(last, BUDGET, request_tokens))[0]
show.side_by_side({"whole history": whole, "trimmed": short})

# %% [markdown]
# A trimmed chat forgets, politely and without an error. What must survive belongs in the system message, in a summary,
# or in a store that you search: lessons 05 and 06.

# %% [markdown]
# ## The bill
#
# Input, cached input and output have three prices, per million tokens. Output is the dear one; cached input, a beginning
# that the last request had too, the cheap one.

# %%
MODELS = ["gpt-5.4", "gpt-5.4-mini", "gpt-6-luna"]
caption = f"US dollars per million tokens, as of {prices.as_of()}. Source: {prices.source()}."
show.table(prices.rows(MODELS), caption=caption)

# %% [markdown]
# ### Exercise 5 · Price a month
#
# `price` has the three prices above as `price.input`, `price.cached`, `price.output`.
# `cached_tokens` are those of the `input_tokens` that came from the cache.


# %% exercise="monthly_cost"
def monthly_cost(price, requests, input_tokens, output_tokens, cached_tokens=0):
    """US dollars for that many requests a month; token counts are those of one request."""
    ### BEGIN SOLUTION
    fresh_tokens = input_tokens - cached_tokens
    one = fresh_tokens * price.input + cached_tokens * price.cached + output_tokens * price.output
    return requests * one / 1_000_000
    ### END SOLUTION


# %%
lesson.monthly_cost.check()

# %%
# lesson.monthly_cost.hint()
# lesson.monthly_cost.solution()

# %%
REQUESTS, INPUT, OUTPUT = 100_000, 1_200, 300  # change me: your own month
priced = [prices.price_of(model) for model in MODELS]
show.table(
    {
        "model": MODELS,
        "as it is": [monthly_cost(p, REQUESTS, INPUT, OUTPUT) for p in priced],
        "answers half as long": [monthly_cost(p, REQUESTS, INPUT, OUTPUT // 2) for p in priced],
        "1,000 tokens cached": [monthly_cost(p, REQUESTS, INPUT, OUTPUT, 1_000) for p in priced],
    },
    caption=f"US dollars for {REQUESTS:,} requests of {INPUT:,} tokens in and {OUTPUT:,} out",
)

# %% [markdown]
# ## Looked right, was wrong
#
# “Four characters are a token” is the rule in every estimate, and the customer's. Hold it against the six texts.

# %%
guesses = [len(text) / 4 for text in notice.values()]
errors = [f"{guess / true - 1:+.0%}" for guess, true in zip(guesses, counts.values())]
show.table({"text": notice, "characters / 4": guesses, "tokens": counts.values(), "error": errors})

# %% [markdown]
# ## On OpenAI and Azure
#
# - Reasoning models think in tokens you never see and pay as output: `usage.completion_tokens_details.reasoning_tokens`.
# - On Azure `model` is your *deployment's* name, and its tokens-per-minute quota counts your output limit on arrival.
# - A count by the rule may be off by a few tokens on newer models. `usage` is what you are billed by.

# %% [markdown]
# ## Take it along
#
# Your numbers are kept in your own folder. Lesson 11 reads them to cut the bill.

# %%
import json

kept = artefact("01_workload.json")
kept.write_text(
    json.dumps({"requests": REQUESTS, "input": INPUT, "output": OUTPUT, "tokens": counts}),
    encoding="utf-8",
)
kept.name

# %% [markdown]
# ## Recap

# %%
lesson.recap.ask()

# %% exercise="recap"
### BEGIN SOLUTION
recap = {1: "b", 2: "c", 3: "b", 4: "b"}
### STARTER
# recap = {1: ..., 2: ..., 3: ..., 4: ...}  # a letter for each question, such as "a"
### END SOLUTION

# %%
lesson.recap.check()

# %%
lesson.progress()
