"""Exercises of lesson 14: lead a team, score a trajectory, stop a critic and a budget in time, choose a design."""

from __future__ import annotations

from collections import Counter

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

# --- exercise 1 ----------------------------------------------------------------------------------------------------

WORKERS = ("finder", "author", "judge")


class Asked:
    """`say` for a check: asks a scripted client, and remembers which role read what."""

    def __init__(self, replies: list[str]):
        self.script = ScriptedClient(replies)
        self.read: list[tuple[str, str]] = []

    def __call__(self, role: str, text: str) -> str:
        self.read.append((role, text))
        messages = [{"role": "system", "content": role}, {"role": "user", "content": text}]
        return self.script.client.chat.completions.create(model="any", messages=messages).choices[0].message.content


@exercise(
    points=4,
    hints=[
        'Each round has two calls: `say("supervisor", transcript(task, said))`, then `say(name, …)` for the one named.',
        "A worker reads the same transcript as the supervisor: task and all parts so far.",
        "`said[-1][0]` is who spoke last; before the first part there is none.",
    ],
    wrong={
        "never stops at FINISH": Wrong(
            """
def lead(say, workers, task, most=8):
    said = []
    while len(said) < most:
        talk = transcript(task, said)
        name = say("supervisor", talk)
        said.append((name, say(name, talk)))
    return said
""",
            "FINISH",
        ),
        "the worker sees only the task": Wrong(
            """
def lead(say, workers, task, most=8):
    said = []
    while len(said) < most:
        name = say("supervisor", transcript(task, said))
        if name not in workers or (said and said[-1][0] == name):
            break
        said.append((name, say(name, task)))
    return said
""",
            "whole",
        ),
        "the worker sees the last part only": """
def lead(say, workers, task, most=8):
    said = []
    while len(said) < most:
        name = say("supervisor", transcript(task, said))
        if name not in workers or (said and said[-1][0] == name):
            break
        said.append((name, say(name, transcript(task, said[-1:]))))
    return said
""",
        "the same one again and again": """
def lead(say, workers, task, most=8):
    said = []
    while len(said) < most:
        talk = transcript(task, said)
        name = say("supervisor", talk)
        if name not in workers:
            break
        said.append((name, say(name, talk)))
    return said
""",
        "nobody may speak twice": """
def lead(say, workers, task, most=8):
    said = []
    while len(said) < most:
        talk = transcript(task, said)
        name = say("supervisor", talk)
        if name not in workers or name in [who for who, _ in said]:
            break
        said.append((name, say(name, talk)))
    return said
""",
        "no end but FINISH": """
def lead(say, workers, task, most=8):
    said = []
    while True:
        talk = transcript(task, said)
        name = say("supervisor", talk)
        if name not in workers or (said and said[-1][0] == name):
            break
        said.append((name, say(name, talk)))
    return said
""",
    },
)
def lead(lead):
    "Lead a team that comes to an end"
    workers = set(WORKERS)
    with part("it ends when the supervisor names no worker", points=1):
        for end in ("FINISH", "I am not sure."):
            asked = Asked(["finder", "Two pages.", "author", "A text.", end, *["too late"] * 20])
            attempt(lead, asked, workers, "Write.").equals(
                [("finder", "Two pages."), ("author", "A text.")],
                why=f"The supervisor said finder, author, and then {end!r}, which names no worker.",
            )
    with part("everybody reads the whole transcript", points=1):
        asked = Asked(["finder", "Two pages.", "author", "A long text.", "judge", "PASS", "FINISH"])
        attempt(lead, asked, workers, "Tell of bees.")
        observe(asked_first=asked.read[:1])
        assert asked.read and asked.read[0][0] == "supervisor", "Each round begins with the role `supervisor`."
        for role, before in (("author", ["Two pages."]), ("judge", ["Two pages.", "A long text."])):
            texts = [text for who, text in asked.read if who == role]
            observe(role=role, what_it_read=texts)
            assert texts and all(piece in texts[0] for piece in ["Tell of bees.", *before]), (
                f"The {role} has to read the whole conversation: the task and every part before, here {before}."
            )
    with part("nobody twice running, and `most` parts at most", points=2):
        asked = Asked(["author", "One.", "author", "Two.", "author", "Three.", "FINISH"])
        attempt(lead, asked, workers, "Write.").equals(
            [("author", "One.")], why="The supervisor named the author, who had just spoken: nothing new can come."
        )
        asked = Asked(["author", "One.", "judge", "FAIL", "author", "Two.", "judge", "PASS", "FINISH"])
        attempt(lead, asked, workers, "Write.").equals(
            [("author", "One."), ("judge", "FAIL"), ("author", "Two."), ("judge", "PASS")],
            why="After somebody else's part the author may speak again.",
        )
        asked = Asked(["author", "More.", "judge", "FAIL"] * 3)
        attempt(lead, asked, workers, "Write.", 3).equals(
            [("author", "More."), ("judge", "FAIL"), ("author", "More.")], why="`most` is 3: three parts at most."
        )


# --- exercise 2 ----------------------------------------------------------------------------------------------------


@exercise(
    points=2,
    hints=[
        '`Counter(["a", "a"])` counts; `one & other` keeps the smaller count of each name.',
        "`.total()` of a Counter is the sum of its counts. Divide it by `len(made)`, and by `len(expected)`.",
        "An empty list cannot be divided by: `float(not expected)` is 1.0 for an empty list and 0.0 for another.",
    ],
    wrong={
        "as sets": Wrong(
            """
def score_trajectory(made, expected):
    shared = len(set(made) & set(expected))
    precision = shared / len(set(made)) if made else float(not expected)
    return precision, shared / len(set(expected)) if expected else 1
""",
            "twice",
        ),
        "place by place": """
def score_trajectory(made, expected):
    shared = sum(a == b for a, b in zip(made, expected))
    precision = shared / len(made) if made else float(not expected)
    return precision, shared / len(expected) if expected else 1
""",
        "recall first": """
from collections import Counter
def score_trajectory(made, expected):
    shared = (Counter(made) & Counter(expected)).total()
    precision = shared / len(made) if made else float(not expected)
    return shared / len(expected) if expected else 1, precision
""",
        "nothing made is always precise": """
from collections import Counter
def score_trajectory(made, expected):
    shared = (Counter(made) & Counter(expected)).total()
    return shared / len(made) if made else 1, shared / len(expected) if expected else 1
""",
        "nothing made is nothing": """
from collections import Counter
def score_trajectory(made, expected):
    shared = (Counter(made) & Counter(expected)).total()
    return shared / len(made) if made else 0, shared / len(expected) if expected else 0
""",
        "membership alone": """
def score_trajectory(made, expected):
    precision = sum(one in expected for one in made) / len(made) if made else float(not expected)
    return precision, sum(one in made for one in expected) / len(expected) if expected else 1
""",
    },
)
def score_trajectory(score_trajectory):
    "Score a trajectory"
    names = strategies.lists(strategies.sampled_from("abc"), max_size=5)
    with part("in any order, twice counts twice", points=1):
        why = "Shared are as many of each name as both have; the order does not matter, twice counts twice."
        attempt(score_trajectory, ["b", "a"], ["a", "b"]).equals((1, 1), why=why)
        attempt(score_trajectory, ["a", "a"], ["a"]).equals((0.5, 1), why=why)
        attempt(score_trajectory, ["a"], ["a", "b"]).equals((1, 0.5), why=why)
    with part("any two lists", points=1):

        @for_all(made=names, expected=names)
        def scored(made, expected):
            shared = (Counter(made) & Counter(expected)).total()
            precision = shared / len(made) if made else float(not expected)
            wanted = (precision, shared / len(expected) if expected else 1)
            attempt(score_trajectory, made, expected).equals(
                wanted,
                why="Precision, then recall. Nothing expected: recall 1. Nothing made: precision 1 or 0.",
            )


# --- exercise 3 ----------------------------------------------------------------------------------------------------


class Loop:
    """A draft is a number; `lacks` says how many things each draft lacks, `revise` gives the next number."""

    def __init__(self, lacks: list[int]):
        self.lacks, self.revised = lacks, 0

    def lacking(self, draft: int) -> list[str]:
        return [f"thing {i}" for i in range(self.lacks[draft])]

    def revise(self, draft: int, missing: list[str]) -> int:
        self.revised += 1
        return min(self.revised, len(self.lacks) - 1)


def kept_draft(lacks: list[int], most: int) -> tuple[int, int]:
    """(the draft to be given back, how many revisions it takes)."""
    draft = 0
    for done in range(most):
        if not lacks[draft]:
            return draft, done
        newer = min(done + 1, len(lacks) - 1)
        if lacks[newer] >= lacks[draft]:
            return draft, done + 1
        draft = newer
    return draft, most


@exercise(
    points=3,
    hints=[
        "Keep two names: `draft`, and `missing = lacking(draft)`.",
        "A revision is a gain if `len(lacking(newer)) < len(missing)`. Only then it takes the draft's place.",
        "Look before you revise: a draft that lacks nothing needs no call.",
    ],
    wrong={
        "always so many rounds": Wrong(
            """
def improve(draft, lacking, revise, most=5):
    for _ in range(most):
        draft = revise(draft, lacking(draft))
    return draft
""",
            "revis",
        ),
        "until the critic is content": """
def improve(draft, lacking, revise, most=5):
    for _ in range(most):
        missing = lacking(draft)
        if not missing:
            break
        draft = revise(draft, missing)
    return draft
""",
        "the last draft, not the best": """
def improve(draft, lacking, revise, most=5):
    missing = lacking(draft)
    for _ in range(most):
        if not missing:
            break
        draft = revise(draft, missing)
        left = lacking(draft)
        if len(left) >= len(missing):
            break
        missing = left
    return draft
""",
        "goes on at a standstill": """
def improve(draft, lacking, revise, most=5):
    missing = lacking(draft)
    for _ in range(most):
        if not missing:
            break
        newer = revise(draft, missing)
        left = lacking(newer)
        if len(left) > len(missing):
            break
        draft, missing = newer, left
    return draft
""",
        "revises once": """
def improve(draft, lacking, revise, most=5):
    missing = lacking(draft)
    if not missing:
        return draft
    newer = revise(draft, missing)
    return newer if len(lacking(newer)) < len(missing) else draft
""",
    },
)
def improve(improve):
    "A critic loop that stops without gain"
    with part("a good draft costs nothing", points=1):
        loop = Loop([0, 0])
        attempt(improve, 0, loop.lacking, loop.revise).equals(0, why="It lacks nothing.")
        assert loop.revised == 0, f"The draft lacks nothing, and was revised {loop.revised} times."
    with part("it stops where a round brings nothing, with the best draft", points=2):
        lists = strategies.lists(strategies.integers(0, 3), min_size=2, max_size=6)

        @for_all(lacks=lists, most=strategies.integers(1, 5))
        def stops(lacks, most):
            best, revisions = kept_draft(lacks, most)
            loop = Loop(lacks)
            told = f"Drafts 0, 1, 2 … lack {lacks} things, at most {most} revisions."
            attempt(improve, 0, loop.lacking, loop.revise, most).equals(
                best, why=f"{told} A revision that lacks as much or more is no gain: stop, and keep the one before."
            )
            assert loop.revised == revisions, f"{told} It takes {revisions} revisions, not {loop.revised}."


# --- exercise 4 ----------------------------------------------------------------------------------------------------


def scripted_work(replies: list[object]):
    """`work` for a check: an item is a word, its tokens are what the scripted client counts for its reply."""
    script = ScriptedClient(replies)

    def work(item: str) -> tuple[str, int]:
        reply = script.client.chat.completions.create(model="any", messages=[{"role": "user", "content": item}])
        return reply.choices[0].message.content, reply.usage.completion_tokens

    return work, script


def expected_done(costs: list[int], budget: int) -> int:
    """How many items the rule does."""
    spent = dearest = 0
    for done, cost in enumerate(costs):
        if spent + dearest > budget:
            return done
        spent, dearest = spent + cost, max(dearest, cost)
    return len(costs)


@exercise(
    points=4,
    hints=[
        "`dearest = 0` before the loop; after each item `dearest = max(dearest, tokens)`.",
        "The question comes first in the loop: `if spent + dearest > budget: break`.",
        "Only the call of `work` stands in `try:`; `except openai.OpenAIError: break`.",
    ],
    wrong={
        "looks afterwards": Wrong(
            """
def within_budget(items, work, budget):
    done, spent = {}, 0
    for item in items:
        done[item], tokens = work(item)
        spent += tokens
        if spent > budget:
            break
    return {"done": done, "left": [item for item in items if item not in done], "tokens": spent}
""",
            "budget",
        ),
        "raises what it has away": """
def within_budget(items, work, budget):
    done, spent, dearest = {}, 0, 0
    for item in items:
        if spent + dearest > budget:
            raise RuntimeError("over budget")
        done[item], tokens = work(item)
        spent, dearest = spent + tokens, max(dearest, tokens)
    return {"done": done, "left": [], "tokens": spent}
""",
        "an error loses all": """
def within_budget(items, work, budget):
    done, spent, dearest = {}, 0, 0
    for item in items:
        if spent + dearest > budget:
            break
        done[item], tokens = work(item)
        spent, dearest = spent + tokens, max(dearest, tokens)
    return {"done": done, "left": [item for item in items if item not in done], "tokens": spent}
""",
        "expects the last one's tokens": """
import openai
def within_budget(items, work, budget):
    done, spent, last = {}, 0, 0
    for item in items:
        if spent + last > budget:
            break
        try:
            done[item], last = work(item)
        except openai.OpenAIError:
            break
        spent += last
    return {"done": done, "left": [item for item in items if item not in done], "tokens": spent}
""",
        "goes on after an error": """
import openai
def within_budget(items, work, budget):
    done, spent, dearest = {}, 0, 0
    for item in items:
        if spent + dearest > budget:
            break
        try:
            done[item], tokens = work(item)
        except openai.OpenAIError:
            continue
        spent, dearest = spent + tokens, max(dearest, tokens)
    return {"done": done, "left": [item for item in items if item not in done], "tokens": spent}
""",
    },
)
def within_budget(within_budget):
    "A budget guard"
    with part("it stops before the budget is exceeded, with what it has", points=2):
        costs = strategies.lists(strategies.integers(1, 6), min_size=1, max_size=5)

        @for_all(costs=costs, budget=strategies.integers(0, 20), max_examples=40)
        def stops(costs, budget):
            items = [f"item{i}" for i in range(len(costs))]
            replies = [" ".join(["word"] * cost) for cost in costs]
            done = expected_done(costs, budget)
            work, _ = scripted_work(list(replies))
            attempt(within_budget, items, work, budget).equals(
                {"done": dict(zip(items[:done], replies, strict=False)), "left": items[done:],
                 "tokens": sum(costs[:done])},
                why=f"The items take {costs} tokens and the budget is {budget}: before each one, what is spent plus "
                "the dearest so far must be at most the budget.",
            )  # fmt: skip

    with part("an error keeps what is done", points=2):
        work, script = scripted_work(["red", "blue", ScriptedClient.rate_limited(0.001), "green"])
        attempt(within_budget, ["a", "b", "c", "d"], work, 100).equals(
            {"done": {"a": "red", "b": "blue"}, "left": ["c", "d"], "tokens": 2},
            why="The third call meets a 429: a and b are done, c and d are left.",
        )
        assert len(script.requests) == 3, "After the error nothing more is asked."


# --- exercise 5 ----------------------------------------------------------------------------------------------------


@exercise(
    points=3,
    hints=[
        "First the designs that keep all three limits: a score of at least, seconds and usd of at most.",
        "`min(names, key=lambda name: measured[name]['usd'], default=None)` is the cheapest, or None of an empty list.",
    ],
    wrong={
        "the best score": Wrong(
            """
def choose(measured, case):
    fitting = [n for n, one in measured.items() if one["score"] >= case["score"] and one["seconds"] <= case["seconds"]
               and one["usd"] <= case["usd"]]
    return max(fitting, default=None, key=lambda n: measured[n]["score"])
""",
            "cheapest",
        ),
        "ignores the seconds": """
def choose(measured, case):
    fitting = [n for n, one in measured.items() if one["score"] >= case["score"] and one["usd"] <= case["usd"]]
    return min(fitting, key=lambda n: measured[n]["usd"], default=None)
""",
        "always something": """
def choose(measured, case):
    fitting = [n for n, one in measured.items() if one["score"] >= case["score"] and one["seconds"] <= case["seconds"]
               and one["usd"] <= case["usd"]] or list(measured)
    return min(fitting, key=lambda n: measured[n]["usd"])
""",
        "better than, not at least": """
def choose(measured, case):
    fitting = [n for n, one in measured.items() if one["score"] > case["score"] and one["seconds"] < case["seconds"]
               and one["usd"] < case["usd"]]
    return min(fitting, key=lambda n: measured[n]["usd"], default=None)
""",
    },
)
def choose(choose):
    "Choose by what was measured"
    measured = {
        "one": {"score": 0.8, "seconds": 1.0, "usd": 0.001},
        "two": {"score": 0.9, "seconds": 2.0, "usd": 0.002},
        "team": {"score": 0.95, "seconds": 8.0, "usd": 0.006},
        "crew": {"score": 0.9, "seconds": 0.5, "usd": 0.004},
    }
    with part("four cases", points=2):
        for needs, best in (
            ((0.7, 60, 1), "one"),
            ((0.9, 60, 1), "two"),
            ((0.9, 1, 1), "crew"),
            ((0.95, 5, 1), None),
        ):
            case = dict(zip(("score", "seconds", "usd"), needs, strict=True))
            attempt(choose, measured, case).equals(
                best, why="The cheapest design with at least the score, within seconds and usd; None where none is."
            )
    with part("any limits", points=1):
        shares = strategies.sampled_from([0.7, 0.8, 0.9, 0.95, 1.0])
        seconds, usd = strategies.sampled_from([0.5, 1.0, 2.0, 8.0]), strategies.sampled_from([0.001, 0.002, 0.006])

        @for_all(least=shares, slowest=seconds, dearest=usd)
        def limits(least, slowest, dearest):
            case = {"score": least, "seconds": slowest, "usd": dearest}
            fitting = [
                name
                for name, one in measured.items()
                if one["score"] >= least and one["seconds"] <= slowest and one["usd"] <= dearest
            ]
            attempt(choose, measured, case).equals(
                min(fitting, key=lambda name: measured[name]["usd"], default=None),
                why="A limit that is just kept is kept; the cheapest of what is left.",
            )


# --- recap ---------------------------------------------------------------------------------------------------------

recap = quiz(
    "recap",
    points=4,
    title="What you take along",
    hints=["1: “What did the team add?”. 2: “A task where a team wins”. 3: “Looked right, was wrong”. 4: LangGraph."],
    questions=[
        Question(
            "A team scores one point more than one call, for several times the money. What do you do first?",
            options=[
                Option(
                    "take the team: quality comes first", because="One point more may be chance: look at its interval."
                ),
                Option(
                    "look which of its agents code could replace, and measure again",
                    right=True,
                    because="On the mock a check in code brought the same, for little more than one call.",
                ),
                Option(
                    "take one call: simple is better", because="Simple is cheaper. Whether it is enough, you measure."
                ),
            ],
        ),
        Question(
            "Which task profits most from several agents?",
            options=[
                Option(
                    "eighty contracts, the same questions of each",
                    right=True,
                    because="Parts that need nothing of each other run at once, on a small model.",
                ),
                Option(
                    "one letter that needs a good tone", because="Nothing is parallel: everyone reads the same again."
                ),
                Option(
                    "a calculation in five steps", because="Each step waits for the last; and code calculates better."
                ),
            ],
        ),
        Question(
            "The critic says PASS. What do you know?",
            options=[
                Option("the text is right", because="A wrong date passed here: it was a date."),
                Option("two models agree, so it is probably right", because="Models of one family may share errors."),
                Option(
                    "its criteria are met, as the critic sees it", right=True, because="No more: gold tells the rest."
                ),
            ],
        ),
        Question(
            "What did LangGraph's checkpointer change?",
            options=[
                Option("the score", because="The same prompts made the same calls."),
                Option(
                    "what a crash costs",
                    right=True,
                    because="Finished nodes came back from SQLite and were not paid again.",
                ),
                Option("the tokens of a normal run", because="The same prompts make the same calls as by hand."),
            ],
        ),
    ],
)
