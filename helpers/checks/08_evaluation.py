"""Exercises of lesson 08: failure modes, a judge, its correction, position swap, the paired test, sample size."""

from __future__ import annotations

from collections import Counter
from math import ceil, sqrt

from helpers.data import load_sample
from helpers.grading import (
    Option,
    Question,
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
from helpers.intervals import share
from helpers.parallel import in_parallel

MOST_MODES = 6
LEAST_SORTED = 18
FIELDS = {"question", "passage", "reference", "answer"}
# The mock's judge compares facts; a solution reaches TPR 0.89 and TNR 0.90 on the held-out answers (38 of them). On a
# live endpoint 24 are asked about, whose intervals are some 30 points wide: the bound leaves room for that.
LEAST_RATE = Threshold(mock=0.75, live=0.7)
LIVE_LABELS = 24


def _traces(part_name: str) -> list[dict]:
    return [t for t in load_sample("traces/traces.jsonl") if t["part"] == part_name]


@exercise(
    points=3,
    hints=[
        "Read five and note in your own words what is wrong with each. Do some of your notes sound alike?",
        "Modes that people often find: says the opposite of the passage; says what is not in it; leaves out a "
        "condition; answers something else; refuses; has a form that the guest cannot use.",
        'Write `modes = {"your name": ["t012", "t034"], ...}` with ids from the table.',
    ],
    wrong={
        "one mode for each": Wrong("modes = {t['id']: [t['id']] for t in failures}", "at most six"),
        "only the first ten": Wrong(
            "modes = {'a': [t['id'] for t in failures[:5]], 'b': [t['id'] for t in failures[5:10]]}", "18"
        ),
        "a mode of one": Wrong(
            "modes = {'rare': [failures[0]['id']], 'other': [t['id'] for t in failures[1:]]}", "two"
        ),
        "sorted twice": Wrong("ids = [t['id'] for t in failures]\nmodes = {'a': ids, 'b': ids[:4]}", "two modes"),
        "an id that is not there": Wrong("modes = {'a': ['t999', *[t['id'] for t in failures]], 'b': []}", "t999"),
        "a list": "modes = [t['id'] for t in failures]",
    },
)
def modes(modes):
    "Name the failures"
    coded = {t["id"]: t["mode"] for t in load_sample("traces/traces.jsonl") if t["coding"]}
    with part("a few modes, each with its ids", points=1):
        assert isinstance(modes, dict) and all(isinstance(ids, list | tuple | set) for ids in modes.values()), (
            "`modes` is a dict: the name of a mode -> a list of ids."
        )
        observe(your_modes=len(modes))
        assert 2 <= len(modes) <= MOST_MODES, (
            f"Use two to six modes; at most six can be kept in mind. You have {len(modes)}."
        )
        ids = [name for names in modes.values() for name in names]
        unknown = [name for name in ids if name not in coded]
        observe(an_id=unknown[:1])
        assert not unknown, f"{unknown[0]!r} is not one of the twenty: copy ids from the table."
    with part("each answer once, and nearly all of them", points=1):
        twice = [name for name, count in Counter(ids).items() if count > 1]
        observe(twice=twice[:3])
        assert not twice, f"{twice[0]} is in two modes: decide for the one that you would mend first."
        observe(sorted=len(ids))
        assert len(ids) >= LEAST_SORTED, f"{len(ids)} of 20 are sorted; at least {LEAST_SORTED} should have a mode."
    with part("a mode is a pattern", points=1):
        small = [name for name, names in modes.items() if len(names) < 2]
        observe(small=small)
        assert not small, (
            f"{small[0]!r} has fewer than two answers: a single case is an anecdote; find its like, or merge."
        )
        remark(
            f"Agreement with the help desk's own sorting: κ = {kappa_with_reference(modes, coded):.2f} (1 is the same)."
        )


def kappa_with_reference(modes: dict, coded: dict[str, str]) -> float:
    """Cohen's kappa after each of the learner's modes is named by the help desk's most frequent one in it."""
    named = {}
    for names in modes.values():
        usual = Counter(coded[name] for name in names).most_common(1)[0][0]
        named |= dict.fromkeys(names, usual)
    n = len(named)
    observed = sum(coded[name] == mode for name, mode in named.items()) / n
    mine, theirs = Counter(named.values()), Counter(coded[name] for name in named)
    chance = sum(mine[mode] * theirs[mode] for mode in mine) / n**2
    return 1.0 if chance == 1 else (observed - chance) / (1 - chance)


@exercise(
    points=4,
    live_calls=38,
    live_tokens=10_000,
    hints=[
        "A judge needs something to compare with: the help desk wrote a reference answer for every question.",
        "Say what PASS and FAIL mean: what may differ (words, further details), what may not (facts, conditions).",
        "Put each text behind its name, `Reference: {reference}`, and ask for PASS or FAIL alone, as the last line.",
    ],
    wrong={
        "nothing to compare with": Wrong(
            'judge_prompt = """Question: {question}\nAnswer: {answer}\n'
            'Is this a good answer? Reply with PASS or FAIL."""',
            "TNR",
        ),
        "always PASS": Wrong('judge_prompt = "Look at {answer}. Reply with PASS."', "FAIL"),
        "the answer is missing": Wrong('judge_prompt = "Is {reference} good? Reply with PASS or FAIL."', "{answer}"),
        "a field that is not there": Wrong('judge_prompt = "{anwser}: PASS or FAIL?"', "anwser"),
        "an essay": Wrong('judge_prompt = "{answer} {reference} PASS or FAIL. " + "Be careful. " * 300', "400"),
        "not a text": "judge_prompt = ['{answer}', 'PASS or FAIL']",
    },
)
def judge_prompt(judge_prompt, endpoint):
    "A judge worth its money"
    from string import Formatter

    from helpers.tokens import text_tokens

    assert isinstance(judge_prompt, str), "`judge_prompt` is a text with fields in braces."
    with part("it can be filled in and has two verdicts", points=1):
        try:
            used = {name for _, name, _, _ in Formatter().parse(judge_prompt) if name is not None}
        except ValueError as error:
            raise AssertionError(f"The braces do not close: {error}. A brace of its own is written twice.") from None
        observe(fields=sorted(used))
        assert used <= FIELDS, f"There is no field {sorted(used - FIELDS)[0]!r}; there are {', '.join(sorted(FIELDS))}."
        assert "answer" in used, "The judge has to see the answer: {answer}."
        observe(verdicts=[word for word in ("PASS", "FAIL") if word in judge_prompt])
        assert "PASS" in judge_prompt and "FAIL" in judge_prompt, "Ask for one of two verdicts: PASS or FAIL."
        observe(tokens=text_tokens(judge_prompt))
        assert text_tokens(judge_prompt) <= 400, "It is over 400 tokens, and is paid for each answer: say less."
    heldout = _traces("heldout")
    if not endpoint.simulated:
        good, bad = ([t for t in heldout if t["label"] == label] for label in ("good", "bad"))
        heldout = good[: LIVE_LABELS // 2] + bad[: LIVE_LABELS // 2]
    said = in_parallel(lambda trace: _said(judge_prompt, trace, endpoint), heldout, bar=False)
    passed = [text.strip().strip("*.").upper().endswith("PASS") for text in said]
    right = dict.fromkeys(("good", "bad"), 0)
    for trace, verdict in zip(heldout, passed, strict=True):
        right[trace["label"]] += verdict == (trace["label"] == "good")
    of = Counter(t["label"] for t in heldout)
    least = LEAST_RATE.on(endpoint)
    tpr, tnr = (share(right[label], of[label]) for label in ("good", "bad"))
    remark(f"On {len(heldout)} held-out answers: TPR {tpr.percent()}, TNR {tnr.percent()}.")
    with part("it passes good answers", points=1):
        observe(TPR=tpr.percent(), asked=f"at least {least:.0%}", a_miss=_miss(heldout, passed, said, "good"))
        assert tpr.value >= least, f"TPR {tpr.percent()}: it fails too many good answers. Say what may differ."
    with part("it fails bad answers", points=2):
        observe(TNR=tnr.percent(), asked=f"at least {least:.0%}", a_miss=_miss(heldout, passed, said, "bad"))
        assert tnr.value >= least, f"TNR {tnr.percent()}: it passes too many bad answers. What could it compare with?"


def _said(prompt: str, trace: dict, endpoint) -> str:
    messages = [{"role": "user", "content": prompt.format(**{name: trace[name] for name in FIELDS})}]
    reply = endpoint.client.chat.completions.create(
        model=endpoint.judge, messages=messages, **endpoint.steady, max_completion_tokens=200
    )
    return reply.choices[0].message.content or ""


def _miss(traces: list[dict], passed: list[bool], said: list[str], label: str) -> str:
    """One answer that was judged wrongly, without giving the held-out set away."""
    for trace, verdict, text in zip(traces, passed, said, strict=True):
        if trace["label"] == label and verdict != (label == "good"):
            return f"people: {label}; the judge said {text[-40:]!r} of {trace['answer'][:60]!r}"
    return "none"


rates = strategies.floats(0.55, 1.0).map(lambda rate: round(rate, 2))


@exercise(
    points=3,
    hints=[
        "Write o for the observed share: o = t·TPR + (1 − t)(1 − TNR). Collect the terms with t.",
        "t = (o + TNR − 1) / (TPR + TNR − 1).",
        "`min(1.0, max(0.0, t))` keeps it within 0 and 1; look at TPR + TNR first.",
    ],
    wrong={
        "the observed share": Wrong("def corrected_rate(passed, judged, tpr, tnr): return passed / judged", "TPR"),
        "divided by TPR": "def corrected_rate(passed, judged, tpr, tnr): return passed / judged / tpr",
        "not kept within 0 and 1": Wrong(
            "def corrected_rate(passed, judged, tpr, tnr):\n"
            "    if tpr + tnr <= 1: return None\n"
            "    return (passed / judged + tnr - 1) / (tpr + tnr - 1)",
            "0 and 1",
        ),
        "a useless judge": Wrong(
            "def corrected_rate(passed, judged, tpr, tnr):\n"
            "    t = (passed / judged + tnr - 1) / (tpr + tnr - 1 or 1e-9)\n    return min(1.0, max(0.0, t))",
            "None",
        ),
    },
    variant={"good": [0.7, 0.65, 0.8, 0.6], "tpr": [0.9, 0.95, 0.85], "tnr": [0.8, 0.75, 0.9]},
)
def corrected_rate(corrected_rate, variant):
    "Correct it"
    good, tpr, tnr = variant.good, variant.tpr, variant.tnr
    with part("a judge with known errors", points=1):
        passed = round(10_000 * (good * tpr + (1 - good) * (1 - tnr)))
        attempt(corrected_rate, passed, 10_000, tpr, tnr).close(
            (passed / 10_000 + tnr - 1) / (tpr + tnr - 1),
            why=f"{good:.0%} are good: {good:g} × TPR + {1 - good:.2g} × (1 − TNR) of them pass.",
        )

        @for_all(true=strategies.integers(0, 100), tpr=rates, tnr=rates)
        def undone(true, tpr, tnr):
            seen = round(1_000_000 * (true / 100 * tpr + (1 - true / 100) * (1 - tnr)))
            attempt(corrected_rate, seen, 1_000_000, tpr, tnr).close(
                min(1.0, max(0.0, (seen / 1_000_000 + tnr - 1) / (tpr + tnr - 1))), why="The true share comes back."
            )

    with part("a share stays a share", points=1):
        attempt(corrected_rate, 99, 100, 0.9, 0.9).close(1.0, why="More than TPR allows: keep it within 0 and 1.")
        attempt(corrected_rate, 1, 100, 0.9, 0.9).close(0.0, why="Less than 1 − TNR allows: keep it within 0 and 1.")
    with part("a judge no better than chance", points=1):
        why = "TPR + TNR is 1 or less: such a judge says nothing, so give back None."
        attempt(corrected_rate, 92, 100, 1.0, 0.0).equals(None, why=why)
        attempt(corrected_rate, 50, 100, 0.3, 0.6).equals(None, why=why)


def _prefers(*words: str):
    """A judge that prefers the answer with the word that comes first in `words`; else the first answer."""

    def judge(question, first, second):
        for word in words:
            if (word in first) != (word in second):
                return "first" if word in first else "second"
        return "first"

    return judge


@exercise(
    points=3,
    hints=[
        "Ask twice: `judge(question, a, b)` and `judge(question, b, a)`.",
        'In the second call "first" means b. Turn both verdicts into answers before you compare them.',
        "A pair flips when the two winners differ; only the others go into `winners`.",
    ],
    wrong={
        "asks once": Wrong(
            "def swap_test(judge, pairs):\n"
            "    return 0.0, {q: a if judge(q, a, b) == 'first' else b for q, a, b in pairs}",
            "both orders",
        ),
        "compares the words": Wrong(
            "def swap_test(judge, pairs):\n    winners, flips = {}, 0\n    for q, a, b in pairs:\n"
            "        x, y = judge(q, a, b), judge(q, b, a)\n        if x != y: flips += 1\n"
            "        else: winners[q] = a if x == 'first' else b\n    return flips / len(pairs), winners",
            "winner",
        ),
        "keeps the flipped": Wrong(
            "def swap_test(judge, pairs):\n    winners, flips = {}, 0\n    for q, a, b in pairs:\n"
            "        x = a if judge(q, a, b) == 'first' else b\n        y = a if judge(q, b, a) == 'second' else b\n"
            "        flips += x != y\n        winners[q] = x\n    return flips / len(pairs), winners",
            "winner",
        ),
        "counts, no share": (
            "def swap_test(judge, pairs):\n    winners, flips = {}, 0\n    for q, a, b in pairs:\n"
            "        x = a if judge(q, a, b) == 'first' else b\n        y = a if judge(q, b, a) == 'second' else b\n"
            "        if x != y: flips += 1\n        else: winners[q] = x\n    return flips, winners"
        ),
    },
)
def swap_test(swap_test):
    "Swap, then believe"
    pairs = [("q1", "by bus", "by ship"), ("q2", "by ship, daily", "by car"), ("q3", "by car", "by bus")]
    with part("each pair is asked about in both orders", points=1):
        asked = []

        def noting(question, first, second):
            asked.append((question, first, second))
            return "first"

        attempt(swap_test, noting, pairs[:1]).satisfies(
            lambda _: sorted(asked) == [("q1", "by bus", "by ship"), ("q1", "by ship", "by bus")],
            expected="two calls, in both orders",
            why='judge("q1", "by bus", "by ship") and judge("q1", "by ship", "by bus"), each once.',
        )
    with part("a winner wins in both orders", points=2):
        attempt(swap_test, _prefers("ship", "bus"), pairs).satisfies(
            _is(0.0, {"q1": "by ship", "q2": "by ship, daily", "q3": "by bus"}),
            expected="no flips, and three winners: 'by ship', 'by ship, daily', 'by bus'",
            why="This judge prefers the ship, then the bus, wherever they stand: nothing flips.",
        )
        attempt(swap_test, _prefers("ship"), pairs).satisfies(
            _is(1 / 3, {"q1": "by ship", "q2": "by ship, daily"}),
            expected="a share of 1/3, and winners for q1 and q2 only",
            why="Without a ship it takes what is shown first: q3 has no winner, 1 of 3 pairs flips.",
        )


def _is(flips: float, winners: dict[str, str]):
    """Whether a result is that share, but for rounding, and those winners."""
    return lambda result: abs(result[0] - flips) < 1e-9 and result[1] == winners


outcomes = strategies.lists(strategies.tuples(strategies.booleans(), strategies.booleans()), min_size=1, max_size=25)


@exercise(
    points=3,
    hints=[
        "Cases on which both are right, or both wrong, say nothing about the difference.",
        "With n cases that changed, the chance that at most k go one way is Σ comb(n, i) / 2ⁿ for i from 0 to k.",
        "Take k = min(gained, lost), double the sum for both directions, and keep it at 1 at most.",
    ],
    wrong={
        "one direction": Wrong(
            "from math import comb\ndef paired_p(before, after):\n"
            "    g = sum(a and not b for b, a in zip(before, after))\n"
            "    l = sum(b and not a for b, a in zip(before, after))\n"
            "    return sum(comb(g + l, k) for k in range(min(g, l) + 1)) / 2 ** (g + l)",
            "both directions",
        ),
        "all cases count": (
            "from math import comb\ndef paired_p(before, after):\n    n = len(before)\n"
            "    g = sum(a and not b for b, a in zip(before, after))\n"
            "    l = sum(b and not a for b, a in zip(before, after))\n"
            "    return min(1.0, 2 * sum(comb(n, k) for k in range(min(g, l) + 1)) / 2 ** n)"
        ),
        "above 1": (
            "from math import comb\ndef paired_p(before, after):\n"
            "    g = sum(a and not b for b, a in zip(before, after))\n"
            "    l = sum(b and not a for b, a in zip(before, after))\n"
            "    return 2 * sum(comb(g + l, k) for k in range(min(g, l) + 1)) / 2 ** (g + l)"
        ),
        "the difference": "def paired_p(before, after): return (sum(after) - sum(before)) / len(before)",
    },
)
def paired_p(paired_p):
    "The paired test"
    with part("a coin's chance", points=2):
        attempt(paired_p, [False] * 8 + [True] * 2, [True] * 8 + [False] * 2).close(
            0.109375, why="8 gained, 2 lost: 2 × (1 + 10 + 45) / 1024; both directions count."
        )
        attempt(paired_p, [False] * 6 + [True] * 14, [True] * 20).close(
            0.03125, why="6 gained, none lost: 2 × 1 / 64. The 14 that stayed right do not count."
        )
    with part("any two runs", points=1):
        attempt(paired_p, [True, False], [True, False]).close(1.0, why="Nothing changed.")

        @for_all(cases=outcomes)
        def as_the_binomial(cases):
            before, after = [b for b, _ in cases], [a for _, a in cases]
            attempt(paired_p, before, after).close(
                reference_p(before, after),
                why="Twice the smaller tail of a fair coin over the changed cases, at most 1.",
            )


def reference_p(before: list[bool], after: list[bool]) -> float:
    """Two-sided exact McNemar p."""
    from math import comb

    gained = sum(a and not b for b, a in zip(before, after, strict=True))
    lost = sum(b and not a for b, a in zip(before, after, strict=True))
    n = gained + lost
    return min(1.0, 2 * sum(comb(n, k) for k in range(min(gained, lost) + 1)) / 2**n)


def _needed(before: float, after: float) -> int:
    mean = (before + after) / 2
    noise = 1.96 * sqrt(2 * mean * (1 - mean)) + 0.84 * sqrt(before * (1 - before) + after * (1 - after))
    return ceil(noise**2 / (before - after) ** 2)


@exercise(
    points=2,
    hints=[
        "`mean = (before + after) / 2`, then the two square roots, one after the other.",
        "Add them before you square the sum; divide by the squared difference; `ceil` rounds up.",
    ],
    wrong={
        "not rounded up": Wrong(
            "from math import sqrt\ndef cases_for(before, after):\n    m = (before + after) / 2\n"
            "    x = 1.96 * sqrt(2 * m * (1 - m)) + 0.84 * sqrt(before * (1 - before) + after * (1 - after))\n"
            "    return x ** 2 / (before - after) ** 2",
            "rounded up",
        ),
        "squared apart": (
            "from math import ceil\ndef cases_for(before, after):\n    m = (before + after) / 2\n"
            "    x = 1.96 ** 2 * 2 * m * (1 - m) + 0.84 ** 2 * (before * (1 - before) + after * (1 - after))\n"
            "    return ceil(x / (before - after) ** 2)"
        ),
        "the difference not squared": (
            "from math import ceil, sqrt\ndef cases_for(before, after):\n    m = (before + after) / 2\n"
            "    x = 1.96 * sqrt(2 * m * (1 - m)) + 0.84 * sqrt(before * (1 - before) + after * (1 - after))\n"
            "    return ceil(x ** 2 / abs(before - after))"
        ),
    },
    variant={"before": [0.85, 0.8, 0.75, 0.7], "points": [5, 4, 6]},
)
def cases_for(cases_for, variant):
    "Plan the test"
    before, after = variant.before, round(variant.before + variant.points / 100, 2)
    with part("a change of a few points", points=1):
        attempt(cases_for, before, after).equals(
            _needed(before, after), why=f"{before:.0%} to {after:.0%}, in each group, rounded up."
        )
    with part("any change, up or down", points=1):
        attempt(cases_for, 0.9, 0.6).equals(_needed(0.9, 0.6), why="A fall is as easy to see as a rise.")
        attempt(cases_for, 0.5, 0.51).equals(_needed(0.5, 0.51), why="One point near a half needs very many.")


recap = quiz(
    "recap",
    points=4,
    title="What you take along",
    hints=["1: the first picture. 2: the stamp. 3: exercise 4. 4: the corrected line."],
    questions=[
        Question(
            "20 cases, 85% before and 90% after. What was shown?",
            options=[
                Option("a gain of 5 points", because="One case made it: the same assistant does that by chance."),
                Option(
                    "nothing yet", right=True, because="The intervals cover each other; it needs hundreds of cases."
                ),
                Option("that the new prompt is no better", because="Not shown is not the same as not there."),
            ],
        ),
        Question(
            "A judge agrees with people on 92% of a week's answers. 92% were good. What do you ask for?",
            options=[
                Option("a larger model", because="First find out whether this one ever says FAIL."),
                Option("more answers of the same week", because="They hold too few bad ones to show what it misses."),
                Option("its TNR on bad answers", right=True, because="A stamp that says PASS reaches 92% too."),
            ],
        ),
        Question(
            "Asked in both orders, a judge prefers A, then B. What do you count?",
            options=[
                Option("no winner", right=True, because="The verdict follows the position, not the answers."),
                Option("half a point each", because="That hides how often it happens: report the flips."),
                Option("the first verdict", because="Then the first position wins, whatever stands there."),
            ],
        ),
        Question(
            "Your judge has gone through 10,000 answers. The corrected share still has a wide interval. What helps?",
            options=[
                Option("10,000 more answers for the judge", because="The doubt about the judge's rates stays."),
                Option("more labels by people", right=True, because="TPR and TNR come from them."),
                Option("a lower temperature", because="It makes verdicts repeatable, not right."),
            ],
        ),
    ],
)
