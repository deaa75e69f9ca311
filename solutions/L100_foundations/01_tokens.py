# ---
# title: "01 · Tokens, context and the bill"
# level: 100
# minutes: 45
# worry: "We priced the pilot by characters. Why is the invoice twice the estimate?"
# objectives:
#   - "say why one text costs three times as much as another of the same length"
#   - "count the tokens of a request before you send it, overhead included"
#   - "keep a long conversation within a budget, and know what that loses"
#   - "price a month of a workload"
# requires: [00_start_here]
# data: [tokens/one_notice.json, tokens/questions.json]
# ---

# %% [markdown]
# ## The worry
#
# > “Our pilot reads citizens' letters and our servers' logs, and it chats. We priced it by characters, and the first
# > invoice was twice the estimate. What are we paying for?”

# %%
import tiktoken
from helpers import artefact, connect, load_sample, open_lesson, plots, prices, show

endpoint = connect()
lesson = open_lesson("01_tokens")
encoding = tiktoken.get_encoding("o200k_base")
notice = load_sample("tokens/one_notice.json")
show.table({"name": notice, "text": notice.values(), "characters": map(len, notice.values())})

# %% [markdown]
# ### Exercise 1 · Predict first
#
# One notice in five languages, and a line of a log. Which whole text is cheapest for a model to read, which is most
# expensive? Put the six names in order. A wrong guess costs no points.

# %% exercise="prediction"
### BEGIN SOLUTION
prediction = ["English", "Spanish", "Portuguese", "Arabic", "Hindi", "log line"]
### STARTER
# prediction = ...  # a list of the six names, cheapest first
### END SOLUTION

# %%
lesson.prediction.check()

# %%
ENCODING = "o200k_base"  # change me to "cl100k_base", as models before GPT-4o read, and run again
pieces_of = tiktoken.get_encoding(ENCODING)
for name, text in notice.items():
    show.tokens(text, pieces_of, label=name)

# %%
counts = {name: len(encoding.encode(text)) for name, text in notice.items()}
ratio = counts["log line"] / counts["Portuguese"]
show.text(
    f"The Portuguese notice and the log line both have {len(notice['log line'])} characters. The notice is "
    f"**{counts['Portuguese']} tokens**, the line **{counts['log line']}**: {ratio:.1f} times the price."
)

# %%
old = tiktoken.get_encoding("cl100k_base")
plots.bars(
    {"today's models": counts, "before GPT-4o": {n: len(old.encode(t)) for n, t in notice.items()}},
    title="Tokens of the same six texts, read by two generations of models",
    unit="tokens",
)

# %% [markdown]
# A model never sees letters. It reads numbers, one for each piece, and you pay by the piece. Words that it has read often
# are one piece; an identifier that it has never seen falls apart. The models' generation decides how much it has read.

# %%
encoding.encode("You can renew your permit 3fd1b7e0")

# %% [markdown]
# ## Where the pieces come from
#
# Whole words would fail on every new word; single characters make texts endless. *Byte-pair encoding* is between the
# two: begin with characters, join the most frequent neighbours, repeat.


# %%
def merge(pieces, pair):
    """Join every occurrence of a pair, from the left: merge(["a", "b", "a"], ("a", "b")) -> ["ab", "a"]."""
    merged = []
    for piece in pieces:
        if merged and (merged[-1], piece) == pair:
            merged[-1] += piece
        else:
            merged.append(piece)
    return merged


once = merge(list("banana"), ("a", "n"))
once, merge(once, ("b", "an"))

# %% [markdown]
# ### Exercise 2 · Train it
#
# Each round: count all neighbours, join the most frequent pair with `merge` (it gives back a new list), remember the
# pair. If several are equal, take the first in the text. Stop when no pair is left.

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

MERGES = 40  # change me: 0 leaves single characters
learned = train_bpe(" ".join(notice[name] for name in ("English", "Portuguese", "Spanish")), MERGES)
pieces = [len(reduce(merge, learned, list(text))) for text in notice.values()]  # join every pair
show.table(
    {"text": notice, "characters": map(len, notice.values()), "pieces": pieces},
    caption=f"Your tokenizer after {len(learned)} merges on English, Portuguese and Spanish",
)

# %% [markdown]
# Arabic, Hindi and the log line stay in very small pieces: your tokenizer never read text like theirs. Real ones begin
# with bytes and learn some 200,000 pieces (o200k); random identifiers still fall apart.

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
# The rest is wrapping, by a rule that OpenAI publishes: for each message 3, plus its role, plus its content; and 3 more
# that open the reply. For “Hello” that is 3 + 1 + 1, and 3. Another maker's models have other rules.

# %% [markdown]
# ### Exercise 3 · Count before you send
#
# Write `count_tokens` for a list of messages, with `encoding` from the first cell. The check compares it with OpenAI's
# rule, then with what your endpoint counts.


# %% exercise="count_tokens"
def count_tokens(messages):
    """Tokens of a request with these messages, wrapping included."""
    ### BEGIN SOLUTION
    total = 3
    for message in messages:
        total += 3
        total += len(encoding.encode(message["role"]))
        total += len(encoding.encode(message["content"]))
    return total
    ### END SOLUTION


# %%
lesson.count_tokens.check()

# %%
# lesson.count_tokens.hint()
# lesson.count_tokens.solution()

# %% [markdown]
# ## It does not remember you
#
# A message has a role: *system*, rules for the whole chat; *user*, you; *assistant*, the model. One question with its
# answer is a *turn*. Here are two requests, one after the other.


# %%
def ask(messages):
    """Send a conversation; give back the reply's text and its usage."""
    reply = endpoint.client.chat.completions.create(
        model=endpoint.chat_large, messages=messages, max_completion_tokens=120
    )
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
history, sent = [{"role": "system", "content": "You help people who begin with AI. Be brief."}], []
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
# for twice the turns. And a request has an end, the model's *context window*:

# %%
import openai

try:
    too_long = [{"role": "user", "content": "once more " * 100_000}]
    mock = connect("mock", quiet=True)  # on a real endpoint this would be an expensive experiment
    mock.client.chat.completions.create(model=mock.chat_small, messages=too_long)
except openai.BadRequestError as error:
    print(error.status_code, error.code, "|", error.message)

# %% [markdown]
# ### Exercise 4 · Trim the history
#
# Give back a new list: the system message if there is one, the last message, and before it as many of the newest single
# messages as fit, without a gap: `count(list)` is at most `budget`. The first two stay even if they alone are too many.


# %% exercise="trim_history"
def trim_history(messages, budget, count):
    """The messages to send. `count(messages)` gives their tokens, as your function of exercise 3 does."""
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
# See it work; `request_tokens` counts by exercise 3's rule. If the two lines are the same, exercise 4 is still open.

# %%
from helpers.tokens import request_tokens

BUDGET = 400  # change me
turns = [history[: 2 * turn + 2] for turn in range(len(questions))]  # what was sent, turn by turn
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
with_all, with_less = ask(last)[0], ask(trim_history(last, BUDGET, request_tokens))[0]
show.side_by_side({"whole history": with_all, "trimmed": with_less})

# %% [markdown]
# A trimmed chat forgets, politely and without an error. What must survive belongs in the system message, in a summary,
# or in a store that you search: later lessons build one.

# %% [markdown]
# ## The bill
#
# Input, cached input and output have three prices. *Cached* is a beginning that an earlier request had too: the provider
# has read it already. (Trimming changes the beginning: in a long chat compare both bills.) Output is expensive.

# %%
MODELS = ["gpt-5.4", "gpt-5.4-mini", "gpt-6-luna"]
caption = f"US dollars per million tokens, as of {prices.as_of()}. Source: {prices.source()}."
show.table(prices.rows(MODELS), caption=caption)

# %%
capped = endpoint.client.chat.completions.create(
    model=endpoint.chat_large,
    messages=[{"role": "user", "content": "What is an embedding?"}],
    max_completion_tokens=10,  # change me
)
show.text(
    f"> {capped.choices[0].message.content}\n\nfinish_reason: `{capped.choices[0].finish_reason}`"
)

# %% [markdown]
# A cap holds the cost, not the thought: the reply stops in the middle. Ask for a short answer in the prompt as well, and
# let your program look at `finish_reason`.

# %% [markdown]
# ### Exercise 5 · Price a month
#
# `price` has the three prices above as `price.input`, `price.cached` and `price.output`. `cached_tokens` are those of the
# `input_tokens` that came from the cache.


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
REQUESTS, INPUT, CACHED, OUTPUT = 100_000, 2_400, 2_048, 400  # change me: your own month
priced = [prices.price_of(model) for model in MODELS]
show.table(
    {
        "model": MODELS,
        "as it is": [monthly_cost(p, REQUESTS, INPUT, OUTPUT) for p in priced],
        "answers half as long": [monthly_cost(p, REQUESTS, INPUT, OUTPUT // 2) for p in priced],
        f"{CACHED:,} cached": [monthly_cost(p, REQUESTS, INPUT, OUTPUT, CACHED) for p in priced],
    },
    caption=f"US dollars for {REQUESTS:,} requests of {INPUT:,} tokens in and {OUTPUT:,} out",
)

# %% [markdown]
# ## Looked right, was wrong
#
# “Four characters are a token” stands in many estimates, and in the customer's. Compare it with the six texts.

# %%
guesses = [len(text) / 4 for text in notice.values()]
errors = [f"{guess / true - 1:+.0%}" for guess, true in zip(guesses, counts.values())]
show.table({"text": notice, "characters / 4": guesses, "tokens": counts.values(), "error": errors})

# %%
chat = whole / sum(len(encoding.encode(question)) for question in questions)
show.text(
    f"There is the invoice. All six: {sum(guesses):.0f} estimated, {sum(counts.values())} counted. English, Portuguese "
    f"and Spanish cost less than estimated, a log line **{counts['log line'] / guesses[-1]:.1f} times** as much, and a "
    f"chat that sends its history **{chat:.0f} times** its questions."
)

# %% [markdown]
# ## On OpenAI and Azure
#
# - Reasoning models think in tokens you never see and pay as output: `usage.completion_tokens_details.reasoning_tokens`.
# - On Azure `model` is your *deployment's* name, and its tokens-per-minute quota counts your output limit on arrival.
# - A count by the rule may be off by a few tokens, and tools and pictures come on top. You pay for what `usage` says.
# - Caching begins at about a thousand tokens, and some models charge for writing the cache too.

# %% [markdown]
# ## Take it along
#
# Your month and your counts are kept in your own folder, in `artefacts/`, for the lesson on cost.

# %%
import json

kept = artefact("01_workload.json")
workload = {"requests": REQUESTS, "input": INPUT, "output": OUTPUT, "tokens": counts}
kept.write_text(json.dumps(workload, indent=1), encoding="utf-8")
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
# lesson.recap.hint()

# %%
lesson.progress()
