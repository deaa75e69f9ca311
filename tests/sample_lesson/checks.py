"""Checks of a toy lesson: one exercise of each kind, by which the engine and the generated tests are tested."""

from __future__ import annotations

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
    strategies,
)


@exercise(
    points=3,
    hints=["A piece is `text[start:start + size]`.", "A window of `size` moves by `size - overlap`."],
    wrong={
        "no overlap": Wrong(
            "def split(text, size, overlap):\n    return [text[i:i + size] for i in range(0, len(text), size)]",
            says="repeats",
        ),
        "loses the end": "def split(text, size, overlap):\n    return [text[:size]]",
        "stops with an error": Wrong("def split(text, size, overlap):\n    return text[len(text)]", says="IndexError"),
        "never comes back": Wrong(
            "def split(text, size, overlap):\n    while True:\n        pass", says="did not come back"
        ),
    },
    seconds=0.5,
)
def split(split):
    "Cut a text into overlapping pieces."
    with part("nothing is lost", points=1):

        @for_all(text=strategies.text("ab ", max_size=12), size=strategies.integers(1, 5), max_examples=25)
        def nothing_is_lost(text, size):
            attempt(split, text, size, 0).satisfies(lambda pieces: "".join(pieces) == text, expected="all of the text")

    with part("pieces overlap", points=2):
        assert split("abcdef", 4, 2)[1][:2] == "cd", "The second piece repeats the first one's end."


@exercise(
    points=2,
    hints=["Catch `openai.RateLimitError` and send the request again."],
    wrong={
        "gives up": Wrong(
            "def ask(client, question):\n"
            "    messages = [{'role': 'user', 'content': question}]\n"
            "    reply = client.chat.completions.create(model='m', messages=messages)\n"
            "    return reply.choices[0].message.content",
            says="RateLimitError",
        ),
        "says anything": "def ask(client, question):\n    return 'Lima'",
        "asks for ever": Wrong(
            "def ask(client, question):\n"
            "    while True:\n"
            "        try:\n"
            "            client.chat.completions.create(model='m', messages=[])\n"
            "        except openai.RateLimitError:\n"
            "            pass",
            says="one request more",
        ),
    },
)
def ask(ask):
    "Ask again after a 429."
    script = ScriptedClient([ScriptedClient.rate_limited(), "Lima"])
    attempt(ask, script.client, "Which city?").equals("Lima")
    observe(requests_sent=len(script.requests), replies_scripted="429, then Lima")
    assert len(script.requests) == 2, "A request that got a 429 is sent once more."
    sent = [request["messages"] for request in script.requests]
    observe(messages_sent=sent)
    assert sent == [[{"role": "user", "content": "Which city?"}]] * 2, "The question is sent as the user's message."


@exercise(
    points=1,
    live_calls=1,
    hints=["The reply counts tokens in `usage`."],
    wrong={
        "a text": "def spent(question):\n    return 'many'",
        "nothing": "def spent(question):\n    client.chat.completions.create(model='m', messages=[])",
        "negative": "def spent(question):\n    return -1",
    },
)
def spent(spent):
    "Ask the endpoint what a question costs."
    attempt(spent, "Which city?").satisfies(lambda tokens: tokens > 0, expected="a number above 0")


recap = quiz(
    "recap",
    points=2,
    title="What you take along",
    questions=[
        Question(
            "Why do pieces overlap?",
            [
                Option("a sentence cut in two stays whole somewhere", right=True, because="One of the two has it all."),
                Option("to save tokens", because="The overlap is paid for twice."),
            ],
        ),
        Question(
            "What does a 429 ask for?",
            [
                Option("another key", because="That would be a 401."),
                Option("patience", right=True, because="The quota fills up again."),
                Option("a shorter prompt", because="That helps with 400 context_length_exceeded."),
            ],
        ),
    ],
)
