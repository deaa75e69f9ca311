"""Judging: the verdict follows the evidence in the prompt, in the form it orders, with the biases that judges have."""

from __future__ import annotations

import json
import math
from typing import Any

import openai
import pytest

from helpers.mock_endpoint import start
from helpers.mock_endpoint.judging.facts import facts, lacking, same
from helpers.mock_endpoint.judging.parts import part_role, parts_of
from helpers.mock_endpoint.judging.scales import label_scale, number_scale, pair_scale

DEFINED = """Judge the answer against the reference.
PASS: every fact in the answer agrees with the reference.
FAIL: a fact differs or is missing.
Reply PASS or FAIL only.

"""
CHECKED = """Judge whether the context supports the answer.
PASS: every statement of the answer stands in the context.
FAIL: a statement is not there, or differs.
Reply PASS or FAIL only.

"""
CONTEXT = "The kiln reaches 1,050 degrees. Firing takes nine hours. Visitors may not open the door while it is hot."


@pytest.fixture(scope="module")
def client():
    return openai.OpenAI(base_url=start().url, api_key="workbook", max_retries=0)


@pytest.fixture(scope="module")
def ask(client):
    def ask(said: str, system: str = "", model: str = "sim-large", **parameters: Any) -> str:
        messages: list[Any] = [{"role": "system", "content": system}] if system else []
        messages.append({"role": "user", "content": said})
        reply = client.chat.completions.create(model=model, messages=messages, temperature=0, **parameters)
        return reply.choices[0].message.content or ""

    return ask


def case(answer: str, reference: str = "Firing takes nine hours.") -> str:
    return f"Question: How long does firing take?\nReference answer: {reference}\nAnswer: {answer}"


def held(answer: str) -> str:
    return f"Context: {CONTEXT}\nAnswer: {answer}"


# --- one answer ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ("It takes nine hours.", "PASS"),
        ("Nine hours are needed, that is 9 hours.", "PASS"),
        ("Firing takes six hours.", "FAIL"),
        ("I don't know.", "FAIL"),
        ("The kiln is made of brick.", "FAIL"),
    ],
)
def test_an_answer_is_judged_against_its_reference(ask, answer, verdict):
    assert ask(DEFINED + case(answer)) == verdict


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ("The kiln reaches 1050 degrees.", "PASS"),
        ("Firing takes nine hours. Visitors may not open the door while it is hot.", "PASS"),
        ("The kiln reaches 1,500 degrees.", "FAIL"),
        ("Firing takes nine hours. Visitors may open the door while it is hot.", "FAIL"),
        ("Firing takes nine hours. It is done by Greta Holm.", "FAIL"),
    ],
)
def test_every_statement_needs_support_from_the_context(ask, answer, verdict):
    assert ask(CHECKED + held(answer)) == verdict


def test_the_reason_names_the_value_that_differs(ask):
    reply = ask(
        case("Firing takes six hours."),
        "Strictly compare with the reference. Reply CORRECT or INCORRECT and explain why.",
    )
    assert reply.startswith("INCORRECT") and '"six hours"' in reply and '"nine hours"' in reply


@pytest.mark.parametrize(
    "prompt",
    [
        "<reference>{r}</reference>\n<answer>{a}</answer>\nIs every fact exactly right? Answer yes or no.",
        "### Ground truth\n{r}\n\n### Student's answer\n{a}\n\n### Task\nStrictly grade the student: is every fact "
        "right? Reply yes or no.",
        "Expected output: {r}\nModel output: {a}\n\nCheck each fact of the output against the expected one, "
        "strictly. Reply yes or no only.",
        "[Expert]: {r}\n[Submission]: {a}\n\nStrictly compare the facts of the submission with the expert's, one by "
        "one. Correct? Yes or no.",
    ],
)
def test_a_case_is_read_however_a_prompt_marks_it(ask, prompt):
    right = prompt.format(r="Firing takes nine hours.", a="It takes nine hours.")
    wrong = prompt.format(r="Firing takes nine hours.", a="It takes eleven hours.")
    assert ask(right).lower().startswith("yes") and ask(wrong).lower().startswith("no")


def test_a_json_case_is_read(ask):
    said = json.dumps({"question": "How long?", "expected": "nine hours", "output": "six hours"})
    assert ask(said, DEFINED).startswith("FAIL")


@pytest.mark.parametrize(
    "said",
    ["Question: How hot is it?\nAnswer:", "Which of the two kilns is better for clay?", "Rate of firing: 9 hours."],
)
def test_what_is_no_judging_is_left_to_others(ask, said):
    assert not ask(f"Context: {CONTEXT}\n\n{said}").startswith(("PASS", "FAIL", "Good", "Poor", "A", "B"))


# --- what makes a judge strict -------------------------------------------------------------------------------------


def test_a_vague_prompt_passes_what_a_defined_one_fails(ask):
    wrong = case("Firing takes six hours, and it is a joy to watch.")
    assert ask(f"Is this a good answer?\n\n{wrong}").startswith("Yes")
    assert ask(DEFINED + wrong) == "FAIL"


def test_a_failing_example_makes_the_large_model_stricter(client):
    told = "Is the answer correct? Reply PASS or FAIL.\n\n{}" + case("Firing takes nearly ten hours.") + "\nVerdict:"
    shown = f"{case('Firing takes nearly eleven hours.')}\nVerdict: FAIL\n\n"

    def odds(prompt: str, model: str) -> float:
        reply = client.chat.completions.create(
            model=model, messages=[{"role": "user", "content": prompt}], temperature=0, logprobs=True, top_logprobs=2
        )
        first = reply.choices[0].logprobs.content[0]
        found = {top.token: top.logprob for top in first.top_logprobs}
        return found.get("PASS", -99) - found.get("FAIL", -99)

    assert odds(told.format(shown), "sim-large") < odds(told.format(""), "sim-large") - 1
    assert odds(told.format(shown), "sim-small") == pytest.approx(odds(told.format(""), "sim-small"), abs=0.01)


def test_the_small_model_misses_what_the_large_one_finds(ask):
    wrong = DEFINED + case("Firing takes six hours.")
    assert (ask(wrong), ask(wrong, model="sim-small")) == ("FAIL", "PASS")


def test_a_longer_answer_strikes_better_where_nothing_is_checked(client):
    def odds(answer: str) -> float:
        reply = client.chat.completions.create(
            model="sim-large",
            messages=[{"role": "user", "content": f"Is this a good answer? Reply yes or no only.\n\n{case(answer)}"}],
            temperature=0,
            logprobs=True,
            top_logprobs=2,
        )
        return reply.choices[0].logprobs.content[0].logprob

    short = "It takes six hours."
    assert odds(short) <= odds(f"{short} {' '.join(['The glow of the kiln can be seen from the whole yard.'] * 3)}")


def test_the_verdicts_probabilities_add_up_and_temperature_varies_them(client):
    messages: Any = [
        {"role": "user", "content": f"Is the answer correct? Reply PASS or FAIL.\n\n{case('About ten hours.')}"}
    ]
    reply = client.chat.completions.create(
        model="sim-large", messages=messages, logprobs=True, top_logprobs=2, temperature=1
    )
    first = reply.choices[0].logprobs.content[0]
    assert sum(math.exp(top.logprob) for top in first.top_logprobs) == pytest.approx(1, abs=0.01)


# --- scales, forms and schemas -------------------------------------------------------------------------------------


def test_a_score_is_a_number_of_the_scale(ask):
    told = "Score how correct the answer is from 1 (wrong) to 5 (right). Reply with the number only."
    assert ask(f"{told}\n\n{case('It takes nine hours.')}") == "5"
    assert ask(f"{told}\n\n{case('It takes two hours.')}") in ("1", "2")


def test_the_reason_comes_before_the_verdict_when_it_is_asked_first(ask):
    told = "First compare each fact and explain, then end with a line 'Verdict: PASS' or 'Verdict: FAIL'."
    lines = ask(f"{told}\n\n{case('It takes six hours.')}").splitlines()
    assert len(lines) == 2 and "six hours" in lines[0] and lines[1] == "Verdict: FAIL"


def test_the_verdict_stands_in_the_tags_that_are_asked_for(ask):
    told = "Strictly grade against the reference. Put the reason in <reason> tags and PASS or FAIL in <verdict> tags."
    reply = ask(f"{case('It takes six hours.')}\n\n{told}")
    assert "<verdict>FAIL</verdict>" in reply and "<reason>" in reply


def test_json_named_in_words_holds_verdict_score_and_reason(ask):
    shape = '{"score": 1-5, "verdict": "pass" or "fail", "reason": "..."}'
    told = f"Strictly grade against the reference. Return JSON: {shape}"
    reply = json.loads(ask(f"{told}\n\n{case('It takes six hours.')}"))
    assert reply["verdict"] == "fail" and reply["score"] <= 3 and "six hours" in reply["reason"]


def test_a_schema_is_filled_from_the_judgement(ask):
    schema = {
        "type": "object",
        "properties": {
            "reasoning": {"type": "string"},
            "is_correct": {"type": "boolean"},
            "score": {"type": "integer", "minimum": 0, "maximum": 10},
            "verdict": {"type": "string", "enum": ["PASS", "FAIL"]},
        },
        "required": ["reasoning", "is_correct", "score", "verdict"],
        "additionalProperties": False,
    }
    form: Any = {"type": "json_schema", "json_schema": {"name": "grade", "strict": True, "schema": schema}}
    told = "Strictly check each fact of the answer against the reference.\n\n"
    wrong = json.loads(ask(told + case("It takes six hours."), response_format=form))
    right = json.loads(ask(told + case("It takes nine hours."), response_format=form))
    assert (wrong["is_correct"], wrong["verdict"]) == (False, "FAIL") and "six hours" in wrong["reasoning"]
    assert (right["is_correct"], right["verdict"]) == (True, "PASS") and right["score"] > wrong["score"]


def test_each_claim_gets_its_own_verdict(ask):
    claim = {
        "type": "object",
        "properties": {"claim": {"type": "string"}, "supported": {"type": "boolean"}},
        "required": ["claim", "supported"],
        "additionalProperties": False,
    }
    schema = {
        "type": "object",
        "properties": {"claims": {"type": "array", "items": claim}},
        "required": ["claims"],
        "additionalProperties": False,
    }
    form: Any = {"type": "json_schema", "json_schema": {"name": "claims", "strict": True, "schema": schema}}
    answer = held("Firing takes nine hours. Visitors may open the door.")
    said = f"Strictly check every claim against the context.\n\n{answer}"
    assert [c["supported"] for c in json.loads(ask(said, response_format=form))["claims"]] == [True, False]


# --- rubrics -------------------------------------------------------------------------------------------------------

RUBRIC = """Judge the reply. PASS only if it meets all criteria, else FAIL.
Criteria:
- apologises
- mentions the order number
- is at most 20 words

Question: Where is my order 3381?
Reply: {}
Verdict:"""


@pytest.mark.parametrize(
    ("reply", "verdict"),
    [
        ("We are sorry, order 3381 leaves tomorrow.", "PASS"),
        ("Order 3381 leaves tomorrow.", "FAIL"),
        ("We are sorry, order 3381 leaves tomorrow, " + "and we will write to you again " * 4, "FAIL"),
    ],
)
def test_a_rubric_is_met_when_all_of_it_is(ask, reply, verdict):
    assert ask(RUBRIC.format(reply)) == verdict


def test_each_criterion_gets_its_own_score(ask):
    told = "Rate the reply on accuracy, politeness and brevity, each from 1 to 5."
    lines = dict(
        line.split(": ", 1) for line in ask(f"{told}\n\n{case('Six hours. Figure it out, you are lazy.')}").splitlines()
    )
    assert lines["accuracy"][0] in "12" and lines["politeness"][0] in "12" and lines["brevity"][0] in "45"


# --- pairs ---------------------------------------------------------------------------------------------------------

PAIR = (
    "Which answer is better? Reply A, B or tie.\n\nQuestion: How long does firing take?\n{}Answer A: {}\nAnswer B: {}"
)


def test_the_right_one_of_a_pair_wins_in_either_order(ask):
    reference = "Reference answer: Firing takes nine hours.\n"
    right, wrong = "It takes nine hours.", "It takes six hours."
    assert ask(PAIR.format(reference, right, wrong)) == "A"
    assert ask(PAIR.format(reference, wrong, right)) == "B"


def test_the_first_of_two_equals_has_a_head_start(client):
    same_answer = "Keep the kiln closed until it has cooled."
    messages: Any = [
        {"role": "user", "content": PAIR.format("", same_answer, same_answer).replace("A, B or tie", "A or B")}
    ]
    reply = client.chat.completions.create(
        model="sim-large", messages=messages, temperature=0, logprobs=True, top_logprobs=2
    )
    tops = {top.token: top.logprob for top in reply.choices[0].logprobs.content[0].top_logprobs}
    assert tops["A"] > tops["B"] > tops["A"] - 1


def test_equals_are_a_tie_where_one_is_allowed(ask):
    same_answer = "Keep the kiln closed until it has cooled."
    assert ask(PAIR.format("", same_answer, same_answer)) == "tie"


def test_the_bracketed_verdict_of_a_pair_is_written_as_shown(ask):
    told = 'Compare the answers and explain. End with "[[A]]" if A is better, "[[B]]" if B is, "[[C]]" for a tie.'
    pair = (
        "[User question]\nHow long does firing take?\n[Reference answer]\nNine hours.\n"
        "[The Start of Assistant A's Answer]\nSix hours.\n[The End of Assistant A's Answer]\n"
        "[The Start of Assistant B's Answer]\nNine hours.\n[The End of Assistant B's Answer]"
    )
    assert ask(pair, told).endswith("[[B]]")


# --- parts ---------------------------------------------------------------------------------------------------------


def test_headings_say_what_a_part_is():
    for heading, role in (
        ("Student's answer", "answer"),
        ("Ground truth", "reference"),
        ("Retrieved context", "context"),
        ("User question", "question"),
        ("Assistant A", "a"),
        ("Response 2", "b"),
        ("Grading criteria", "criteria"),
        ("Weather", None),
    ):
        assert part_role(heading) == role


def test_an_order_after_the_answer_is_no_part_of_it():
    parts = parts_of("Answer: It is warm.\nIt is dry.\n\nReply PASS or FAIL.")
    assert parts == [("answer", "It is warm.\nIt is dry."), ("instruction", "Reply PASS or FAIL.")]


def test_values_are_compared_by_what_they_are_worth():
    (two_days,), (hours,) = facts("two days"), facts("48 hours")
    assert same(two_days, hours)
    assert not lacking(facts("1,250 euros on 3 May 2031"), facts("€1250, May 3, 2031"))
    assert [fact.text for fact in lacking(facts("It takes 25 minutes."), facts("It takes 52 minutes."))] == [
        "25 minutes"
    ]


def test_scales_are_read_from_the_prompt():
    assert label_scale("Reply PASS or FAIL.").values == ("FAIL", "PASS")
    assert label_scale("correct, partially correct or incorrect").levels == (0.0, 0.5, 1.0)
    assert number_scale("Give a score between 0 and 10.").values == tuple(map(str, range(11)))
    assert number_scale("It opens from 2 to 5.") is None
    assert pair_scale('Say "A", "B" or "tie".', numbered=False).values == ("A", "B", "tie")
