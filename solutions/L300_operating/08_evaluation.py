# ---
# title: "08 · Evaluation: data, metrics, uncertainty, judges"
# level: 300
# minutes: 75
# worry: "We went from 85% to 90%. Can we ship it?"
# objectives:
#   - "sort failures into a few modes before you measure anything"
#   - "say whether a difference was shown, and how many cases it would need"
#   - "let a model judge answers, and know how often it is wrong"
#   - "correct a judge's figure for the judge's own errors"
# requires: [01_tokens]
# data: [traces/traces.jsonl]
# ---

# %% [markdown]
# ## The worry
#
# > “We tested the new prompt on twenty questions. The old one got 85%, the new one 90%. Can we ship it on Monday?”

# %%
from helpers import artefact, connect, evaluation, in_parallel, intervals
from helpers import load_sample, open_lesson, plots, show

endpoint = connect()
lesson = open_lesson("08_evaluation")

# %% [markdown]
# Before looking at prompts, look at chance. Take **one** assistant that is right 85% of the time, and test it again and
# again on twenty new questions. Nothing about it changes.

# %%
import random

CASES = 20  # change me: 100, 500
rng = random.Random(1)
scores = [sum(rng.random() < 0.85 for _ in range(CASES)) / CASES for _ in range(2000)]
lucky = sum(score >= 0.90 for score in scores) / len(scores)
show.text(
    f"The same assistant, 2,000 tests of {CASES} questions: it scores **90% or more in {lucky:.0%}** of them, "
    f"and anything from {min(scores):.0%} to {max(scores):.0%}."
)

# %%
plots.intervals(
    {
        "old prompt, 17 of 20": intervals.share(17, 20),
        "new prompt, 18 of 20": intervals.share(18, 20),
        "old prompt, 850 of 1,000": intervals.share(850, 1000),
        "new prompt, 900 of 1,000": intervals.share(900, 1000),
    },
    title="The same two percentages, measured on few and on many cases",
)

# %% [markdown]
# Each line is a *95% interval*: the true shares that fit what was counted. On twenty cases the two lines cover each other
# almost entirely: 85% against 90% is one question. So never report a score without its interval.

# %% [markdown]
# ## Read before you measure
#
# A ferry company's assistant, invented, answered guests' questions. Its help desk labelled 120 answers. One line is a
# *trace*: what went in, what came out, what people thought of it.

# %%
traces = load_sample("traces/traces.jsonl")
show.table(
    [
        {"part": part, "answers": sum(t["part"] == part for t in traces)}
        for part in ("week", "tune", "heldout")
    ]
)
show.side_by_side(
    {name: str(traces[0][name]) for name in ("question", "passage", "answer", "label")}
)

# %% [markdown]
# `week` is drawn like an ordinary week. `tune` and `heldout` hold about as many bad answers as good ones, as if picked
# from complaints: a week has too few to learn from. Here are twenty bad ones. What went wrong, and in how many
# *different* ways?

# %%
failures = [t for t in traces if t["coding"]]  # the twenty for exercise 1
show.table([{name: t[name] for name in ("id", "question", "passage", "answer")} for t in failures])

# %% [markdown]
# ### Exercise 1 · Name the failures
#
# Sort the twenty into at most six modes of your own: name → list of ids. At least 18 of them, and at least two in each
# mode. Your names are as good as ours; the check tells how well your sorting agrees with the help desk's.

# %% exercise="modes"
### BEGIN SOLUTION
modes = {}
for trace in failures:
    modes.setdefault(trace["mode"], []).append(trace["id"])
### STARTER
# modes = {
#     "says the opposite": [...],  # ids, such as "t007"
# }
### END SOLUTION

# %%
lesson.modes.check()

# %%
# lesson.modes.hint()
# lesson.modes.solution()

# %% [markdown]
# Now you know what to count. A metric that cannot see your most frequent mode is a number for a slide.

# %% [markdown]
# ## Scorers, and what they cannot see
#
# A *scorer* compares an answer with what was expected. How often does each agree with people? *TPR*: share of good
# answers that it passes. *TNR*: share of bad answers that it fails.

# %%
tune = [t for t in traces if t["part"] == "tune"]
labelled = evaluation.Dataset.from_rows("tune", tune, input="answer", expected="reference")
scorers = [evaluation.exact(), evaluation.similar(endpoint, at_least=0.75)]
scored = evaluation.evaluate(labelled, str, scorers=scorers)  # the output is the stored answer

# %%
rows = []
for name in scored.scorers:
    passed = [value == 1 for value in scored.values(name).values()]
    quality = evaluation.validate_judge(passed, [t["label"] == "good" for t in tune])
    rows.append({"scorer": name, "TPR": quality.tpr.percent(), "TNR": quality.tnr.percent()})
show.table(rows, caption=f"On {len(tune)} labelled answers, made with the {endpoint.label}")

# %% [markdown]
# In brackets: the interval. `exact` fails everything: nobody writes the same sentence twice. `similar` compares meanings
# as lesson 03 does, so “may enter” and “may not enter” are near. What about asking a model?

# %%
BARE = """Question: {question}
Answer: {answer}
Is this a good answer? Reply with PASS or FAIL."""


def ask(content):
    """The judge's reply to one message, without what may stand around it."""
    messages = [{"role": "user", "content": content}]
    reply = endpoint.client.chat.completions.create(
        model=endpoint.judge, messages=messages, **endpoint.steady
    )
    return (reply.choices[0].message.content or "").strip(" *.\n")


# %%
def verdict(prompt, trace):
    """True when the judge passes the answer; the prompt names the trace's fields in braces."""
    return ask(prompt.format(**trace)).upper().endswith("PASS")


# %%
week = endpoint.sample([t for t in traces if t["part"] == "week"], n=30)
passed = in_parallel(lambda t: verdict(BARE, t), week, label="judging")
agreed = sum(p == (t["label"] == "good") for p, t in zip(passed, week))
found_good = sum(t["label"] == "good" for t in week)
show.text(
    f"The judge agrees with people on **{intervals.share(agreed, len(week)).percent()}** of a week's answers. "
    f"A stamp that always says PASS: {intervals.share(found_good, len(week)).percent()}."
)

# %%
part = endpoint.sample(tune, n=24)
bare = evaluation.validate_judge(
    in_parallel(lambda t: verdict(BARE, t), part), [t["label"] == "good" for t in part]
)


def judge_matrix(quality, title):
    counts = {
        "people: good": {"judge: PASS": quality.tp, "judge: FAIL": quality.fn},
        "people: bad": {"judge: PASS": quality.fp, "judge: FAIL": quality.tn},
    }
    wanted = [("people: good", "judge: PASS"), ("people: bad", "judge: FAIL")]
    plots.answer_matrix(counts, title=title, wanted=wanted, source=endpoint.label)


judge_matrix(bare, "A judge with nothing to compare with")

# %%
show.text(
    f"TPR {bare.tpr.percent()}, TNR **{bare.tnr.percent()}**, Cohen's κ {bare.kappa:.2f}. Accuracy on a "
    "good week hides a low TNR. κ does not: 0 is a stamp, 1 is full agreement."
)

# %% [markdown]
# On the mock it passes nearly everything: it sees a fluent sentence and no reason to doubt it. A real model guesses
# better, but without the facts it too can only guess.

# %% [markdown]
# ### Exercise 2 · A judge worth its money
#
# Write `judge_prompt`. Fields in braces are filled in: `{question}`, `{passage}`, `{reference}`, `{answer}`. The reply
# has to end with PASS or FAIL. Run the next cell, read its errors, change your prompt. The check uses held-out answers.

# %% exercise="judge_prompt"
### BEGIN SOLUTION
judge_prompt = """Does the answer agree with the reference?
Other words and further details are fine; a different fact, or a missing one, is not.

Question: {question}
Reference: {reference}
Answer: {answer}

Reply with PASS or FAIL."""
### STARTER
# judge_prompt = BARE
### END SOLUTION

# %%
verdicts_on_tune = in_parallel(lambda t: verdict(judge_prompt, t), part, label="judging")
tuned = evaluation.validate_judge(verdicts_on_tune, [t["label"] == "good" for t in part])
judge_matrix(tuned, "Your judge, on the answers for tuning")
wrong = [t for t, v in zip(part, verdicts_on_tune) if v != (t["label"] == "good")]
show.table([{name: t[name] for name in ("id", "label", "answer", "reference")} for t in wrong[:6]])

# %%
lesson.judge_prompt.check()

# %%
# lesson.judge_prompt.hint()
# lesson.judge_prompt.solution()

# %% [markdown]
# ## What a judge's figure is worth
#
# Let your judge go through the week. It passes some share; but it is wrong at times, in both directions. If we know how
# often, we can work back to the true share.

# %%
passed_by_judge = sum(in_parallel(lambda t: verdict(judge_prompt, t), week, label="judging"))
show.text(
    f"The judge passes **{passed_by_judge} of {len(week)}**. It passes {tuned.tpr.value:.0%} of good answers and fails "
    f"{tuned.tnr.value:.0%} of bad ones. People found {found_good} good."
)

# %% [markdown]
# ### Exercise 3 · Correct it
#
# The observed share is `true × TPR + (1 − true) × (1 − TNR)`. Solve it for `true`; keep the result within 0 and 1. If
# TPR + TNR is 1 or less the judge knows nothing: give back `None`.


# %% exercise="corrected_rate"
def corrected_rate(passed, judged, tpr, tnr):
    """True share of good answers behind `passed` of `judged`; rates between 0 and 1."""
    ### BEGIN SOLUTION
    if tpr + tnr <= 1:
        return None
    true = (passed / judged + tnr - 1) / (tpr + tnr - 1)
    return min(1.0, max(0.0, true))
    ### END SOLUTION


# %%
lesson.corrected_rate.check()

# %%
# lesson.corrected_rate.hint()
# lesson.corrected_rate.solution()

# %%
try:
    corrected = evaluation.corrected_share(passed_by_judge, len(week), tuned)
    bounds = {
        "observed by the judge": intervals.share(passed_by_judge, len(week)),
        "corrected": corrected,
    }
    bounds["people"] = intervals.share(found_good, len(week))
    plots.intervals(bounds, title="Share of good answers in a week", source=endpoint.label)
except ValueError as useless:
    show.text(f"No correction: {useless}. Exercise 2 is still open.")

# %% [markdown]
# The corrected line is wide: it carries the doubt about the judge too. More judged answers cannot take that away; more
# labels by people can. Is it far from the people's line? Then the judge errs differently in the week than on `tune`, to
# which you fitted it. The correction assumes that it does not: label some of the week's answers too.

# %% [markdown]
# ## Which of two is better?
#
# Judges are often asked to choose. Show each pair twice, in both orders.

# %%
PAIR = """Question: {question}

A: {first}

B: {second}

Which answer is better, A or B? Reply with A or B only."""


def choose(question, first, second):
    """Which of two answers the judge prefers: "first" or "second"."""
    asked = PAIR.format(question=question, first=first, second=second)
    return "second" if ask(asked).endswith("B") else "first"


# %%
pairs = [(t["question"], t["answer"], t["reference"]) for t in endpoint.sample(tune, n=12)]
swapped = evaluation.swap_positions(choose, pairs)
show.text(
    f"When the two answers change places, **{swapped.flips.percent()}** of the pairs change their winner; the answer "
    f"shown first wins {swapped.first_share.percent()} of all verdicts."
)

# %% [markdown]
# ### Exercise 4 · Swap, then believe
#
# The mock was built to favour the first answer; measure how much your model does.
#
# `judge(question, first, second)` gives `"first"` or `"second"`. Ask it twice for each pair. Give back the share of pairs
# whose *winner* changes with the order, and the pairs that have a winner: question → winning answer.


# %% exercise="swap_test"
def swap_test(judge, pairs):
    """(share of pairs that flip, {question: winner}) for pairs of (question, a, b)."""
    winners = {}
    ### BEGIN SOLUTION
    for question, a, b in pairs:
        one = a if judge(question, a, b) == "first" else b
        other = b if judge(question, b, a) == "first" else a
        if one == other:
            winners[question] = one
    return 1 - len(winners) / len(pairs), winners
    ### STARTER
    # ...
    # return 0.0, winners
    ### END SOLUTION


# %%
lesson.swap_test.check()

# %%
# lesson.swap_test.hint()
# lesson.swap_test.solution()

# %% [markdown]
# ## Did the new prompt help?
#
# A *run* puts a dataset through a task and scores each output, here with the library's judge, `evaluation.judged`. It
# sees the reference, as yours should; before you trust it, validate it in the same way. Replies are kept in the run's
# folder: run the cell twice, and the second time nothing is paid again.

# %%
OLD = "Answer the guest's question."
NEW = "Answer the guest's question from the passage only, with every condition that the passage names."  # change me
unique = {t["question"]: t for t in traces}.values()
rows = [{**t, "input": t["question"], "expected": t["reference"]} for t in endpoint.sample(unique)]
dataset = evaluation.Dataset.from_rows("ferry", rows, input=["question", "passage"])


# %%


def task_with(system):
    def answer(case):
        content = f"<passage>\n{case['passage']}\n</passage>\n{case['question']}"
        messages = [{"role": "system", "content": system}, {"role": "user", "content": content}]
        reply = endpoint.client.chat.completions.create(
            model=endpoint.chat_small, messages=messages, **endpoint.steady
        )
        return reply.choices[0].message.content

    return answer


# %%
judge = evaluation.judged(endpoint)
runs = {}
for name, system in {"old": OLD, "new": NEW}.items():
    folder = artefact(f"08_runs/{name}")
    about = {"prompt": system}
    runs[name] = evaluation.evaluate(
        dataset,
        task_with(system),
        scorers=[judge],
        endpoint=endpoint,
        name=name,
        folder=folder,
        about=about,
    )
show.show(evaluation.compare(runs["new"], runs["old"], "judged"))

# %%
page = evaluation.write_report(runs["new"], artefact("08_runs/report.html"), before=runs["old"])
failed = runs["new"].failures("judged")
show.text(
    f"`{page.name}` shows each of the {len(failed)} failing cases, its prompt and answer beside what was expected."
)

# %% [markdown]
# Which prompt wins here says nothing about your model: the mock reads a prompt in its own way. The method holds: look at
# the report before you guess why. Both runs answered the *same* questions, so only those on which they differ count. If
# the prompts are equally good, each of these falls to either side like a coin.

# %% [markdown]
# ### Exercise 5 · The paired test
#
# `before` and `after` are lists of True and False, case by case. Count the cases gained and lost. How likely is a split
# at least as uneven when each of them is a fair coin? That is *p*. Both directions count; without a change it is 1.

# %% exercise="paired_p"
from math import comb


def paired_p(before, after):
    """Two-sided p of the exact McNemar test; comb(n, k) counts the ways to choose k of n."""
    ### BEGIN SOLUTION
    gained = sum(a and not b for b, a in zip(before, after))
    lost = sum(b and not a for b, a in zip(before, after))
    n, few = gained + lost, min(gained, lost)
    return min(1.0, 2 * sum(comb(n, k) for k in range(few + 1)) / 2**n)
    ### END SOLUTION


# %%
lesson.paired_p.check()

# %%
# lesson.paired_p.hint()
# lesson.paired_p.solution()

# %% [markdown]
# ## How many cases, then?
#
# Twenty were too few. Plan the number before you pay for the test.

# %% [markdown]
# ### Exercise 6 · Plan the test
#
# Each prompt gets its own cases. p₁ is the share before, p₂ after, p̄ their mean:
# n = (1.96 · √(2 p̄ (1 − p̄)) + 0.84 · √(p₁(1 − p₁) + p₂(1 − p₂)))² / (p₁ − p₂)², rounded up.
# 1.96 stands for 5% false alarms, 0.84 for seeing a change 4 times in 5. The library does not round these two: it may
# say one case more.


# %% exercise="cases_for"
from math import ceil, sqrt


def cases_for(before, after):
    """Cases in each group to show a change of a share, 5% false alarms, seen 4 times in 5."""
    ### BEGIN SOLUTION
    mean = (before + after) / 2
    noise = 1.96 * sqrt(2 * mean * (1 - mean))
    noise += 0.84 * sqrt(before * (1 - before) + after * (1 - after))
    return ceil(noise**2 / (before - after) ** 2)
    ### END SOLUTION


# %%
lesson.cases_for.check()

# %%
# lesson.cases_for.hint()
# lesson.cases_for.solution()

# %%
BEFORE, AFTER = 0.85, 0.90  # change me
apart = evaluation.cases_needed(BEFORE, AFTER, paired=False)
paired = evaluation.cases_needed(BEFORE, AFTER)
show.text(
    f"To show {BEFORE:.0%} → {AFTER:.0%}: **{apart:,}** cases for each prompt, or **{paired:,}** if both answer the "
    "same ones, an estimate that depends on how often they agree."
)

# %% [markdown]
# ## Looked right, was wrong
#
# - *“The judge is 92% accurate.”* So is a stamp, in a good week. Ask for TNR.
# - *“We tuned the judge on our labels, and it agrees with them.”* Of course it does. The held-out ones count.
# - *“A was better in 7 of 10 pairs.”* And with the order swapped?

# %% [markdown]
# ## On OpenAI and Azure
#
# - The mock's judge compares words and facts; a real one reads better, and may favour long answers or its own style.
# - `temperature=0` is no promise, and some reasoning models refuse it. Models are replaced: pin the version.
# - On Azure a content filter may keep a rude answer from the judge: count that as *not judged*. Our short `verdict` counts
#   an empty reply as FAIL; `evaluation.judged` does not.

# %% [markdown]
# ## Take it along
#
# Your judge with its errors on `tune`, for your own proof of concept. For a gate, count them on held-out answers.
# Live traffic has no reference: there, judge against the passage, and count the errors anew.

# %%
import json

kept = artefact("08_judge.json")
rates = {name: getattr(tuned, name) for name in ("tp", "fp", "fn", "tn")}
about = {"prompt": judge_prompt, "model": endpoint.judge, "endpoint": endpoint.label, **rates}
kept.write_text(json.dumps(about, indent=1), encoding="utf-8")
kept.name

# %% [markdown]
# ## Recap

# %%
lesson.recap.ask()

# %% exercise="recap"
### BEGIN SOLUTION
recap = {1: "b", 2: "c", 3: "a", 4: "b"}
### STARTER
# recap = {1: ..., 2: ..., 3: ..., 4: ...}  # a letter for each question, such as "a"
### END SOLUTION

# %%
lesson.recap.check()

# %%
# lesson.recap.hint()

# %%
lesson.progress()
