"""Evaluation: datasets, scorers, runs that are not paid twice, results as files, and comparisons that can say no."""

import asyncio
import json
import math
import random

import pytest
from scipy.stats import binomtest

from helpers import connect
from helpers.evaluation import (
    Case,
    Dataset,
    DatasetError,
    Results,
    Row,
    Score,
    cases_needed,
    compare,
    contains,
    corrected_share,
    detectable_change,
    evaluate,
    evaluate_async,
    exact,
    judged,
    numeric,
    same_set,
    scorer,
    similar,
    swap_positions,
    validate_judge,
    write_report,
)
from helpers.evaluation.judges import JudgeQuality


@pytest.fixture(scope="module")
def endpoint():
    return connect("mock", quiet=True)


def run(*args, **options):
    return evaluate(*args, **options)


def dataset(n=6):
    return Dataset("sums", tuple(Case(str(i), i, 2 * i, {"kind": "odd" if i % 2 else "even"}) for i in range(n)))


def results(name, values, scorer="exact"):
    rows = [Row(str(i), f"q{i}", "", "", {scorer: Score(value)}) for i, value in enumerate(values)]
    return Results(name, tuple(rows))


def scored(given, case, output):
    return asyncio.run(given(case, output))


# --- datasets


def test_a_dataset_comes_from_csv_jsonl_or_json(tmp_path):
    rows = [{"question": "a", "answer": "1", "language": "pt"}, {"question": "b", "answer": "2", "language": "en"}]
    (tmp_path / "d.json").write_text(json.dumps(rows), encoding="utf-8")
    (tmp_path / "d.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    (tmp_path / "d.csv").write_text("\ufeffquestion,answer,language\na,1,pt\nb,2,en\n", encoding="utf-8")
    loaded = [
        Dataset.load(tmp_path / f"d.{kind}", input="question", expected="answer", tags=["language"])
        for kind in ("json", "jsonl", "csv")
    ]
    assert len({one.fingerprint for one in loaded}) == 1
    assert [case.id for case in loaded[0]] == ["1", "2"] and loaded[0].where(language="pt").cases[0].input == "a"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no cases"),
        ('{"id": 1, "input": "a", "expected": 1}\n{"id": 1, "input": "b", "expected": 1}', "'1'"),
        ('{"input": "a"}', "Row 1 .* expected"),
        ("[1, 2]", "list of objects"),
        ("{no json", "cannot be read"),
    ],
)
def test_a_dataset_that_cannot_be_used_says_which_row_and_why(tmp_path, text, says):
    path = tmp_path / "d.jsonl"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DatasetError, match=says):
        Dataset.load(path)


def test_a_csv_cell_may_hold_a_line_end(tmp_path):
    path = tmp_path / "d.csv"
    path.write_text('input,expected\n"two\nlines",x\n', encoding="utf-8")
    assert Dataset.load(path).cases[0].input == "two\nlines"


def test_a_case_stays_in_its_part_when_others_are_added():
    few, many = dataset(50), dataset(80)
    first, second = few.split(0.5, seed=1)
    larger, _ = many.split(0.5, seed=1)
    assert {case.id for case in first} <= {case.id for case in larger}
    assert not {case.id for case in first} & {case.id for case in second} and 10 < len(first) < 40


def test_a_sample_is_drawn_by_its_seed_and_keeps_the_order():
    drawn = dataset(50).sample(10, seed=4)
    assert [c.id for c in drawn] == [c.id for c in dataset(50).sample(10, seed=4)]
    assert [int(c.id) for c in drawn] == sorted(int(c.id) for c in drawn)


# --- scorers


@pytest.mark.parametrize(
    ("given", "expected", "output", "value"),
    [
        (exact(), "Billing", " billing. ", 1),
        (exact(), "Billing", "not billing", 0),
        (contains(), ["10 May", "fee"], "Pay the fee until 10 May.", 1),
        (contains(), ["10 May", "fee"], "Pay the fee.", 0.5),
        (numeric(0.5), 1250, "about 1,250.5 euros", 1),
        (numeric(), "-3.4", "−3.4", 1),
        (numeric(0.01, relative=True), 200, 203, 0),
        (numeric(), 10, "10 of 12", 0),
        (numeric(), 10, True, 0),
        (same_set(), ["a", "b"], "- B\n- A", 1),
        (same_set(), ["a", "b"], "a, c", 0.5),
        (same_set(), [], "", 1),
    ],
)
def test_built_in_scorers(given, expected, output, value):
    assert scored(given, Case("1", "", expected), output).value == pytest.approx(value)


def test_a_scorer_that_cannot_judge_leaves_the_score_open_instead_of_failing_the_output():
    assert scored(numeric(), Case("1", "", "no number"), 5).value is None


def test_a_new_scorer_is_one_function():
    @scorer
    def short(case, output):
        return len(output.split()) <= 2

    assert scored(short, Case("1", ""), "two words").value == 1.0 and short.name == "short"


@pytest.mark.parametrize("given", [1.2, -1, "good", [1]])
def test_a_scorer_gives_a_share_or_nothing(given):
    with pytest.raises(TypeError):
        scored(scorer(lambda case, output: given, name="odd"), Case("1", ""), "")


def test_meaning_is_scored_by_embeddings(endpoint):
    near = similar(endpoint, at_least=0.6)
    assert scored(near, Case("1", "", "The office opens at nine."), "The office is open from nine o'clock.").value == 1
    assert scored(near, Case("1", "", "The office opens at nine."), "Bananas are yellow.").value == 0


def test_a_model_judges_by_a_rubric_with_its_reason(endpoint):
    judge = judged(endpoint)
    case = Case("1", "When does the office open?", "The office opens at nine.")
    good, bad = scored(judge, case, "The office opens at nine."), scored(judge, case, "It opens at noon on Sundays.")
    assert (good.value, bad.value) == (1.0, 0.0) and good.why and bad.why


# --- runs


def test_a_run_keeps_the_order_of_the_dataset_however_long_each_case_takes():
    async def slow_first(i):
        await asyncio.sleep(0.03 if i == 0 else 0)
        return 2 * i

    found = run(dataset(), slow_first, scorers=[exact()])
    assert [row.output for row in found.rows] == [0, 2, 4, 6, 8, 10] and found.score("exact").value == 1


def test_no_more_cases_run_at_a_time_than_is_asked_for():
    now, most = 0, 0

    async def task(i):
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.002)
        now -= 1

    run(dataset(20), task, scorers=[exact()], concurrency=3)
    assert most == 3


def test_a_case_that_fails_is_listed_and_costs_only_itself():
    def task(i):
        if i == 3:
            raise ZeroDivisionError("three")
        return 2 * i

    found = run(dataset(), task, scorers=[exact()])
    assert found.rows[3].error == "ZeroDivisionError: three" and found.score("exact").value == pytest.approx(5 / 6)
    assert [row.id for row in found.failures("exact")] == ["3"]


def test_a_scorer_that_fails_leaves_the_score_open():
    def broken(case, output):
        raise KeyError("no")

    found = run(dataset(), lambda i: i, scorers=[scorer(broken), exact()])
    assert found.values("broken") == {} and "KeyError" in found.rows[0].scores["broken"].why
    assert math.isnan(found.score("broken").value)


def test_a_run_sees_prompts_tokens_and_money_of_each_case(endpoint):
    def ask(question):
        messages = [{"role": "user", "content": question}]
        reply = endpoint.client.chat.completions.create(model=endpoint.chat_small, messages=messages)
        return reply.choices[0].message.content

    cases = Dataset("terms", (Case("t", "What is a token?"), Case("p", "What is a prompt?")))
    found = run(cases, ask, scorers=[contains()], endpoint=endpoint)
    assert [row.prompts[0][0]["content"] for row in found.rows] == ["What is a token?", "What is a prompt?"]
    assert all(row.calls == 1 and row.input_tokens and row.usd for row in found.rows) and found.simulated


def test_a_run_that_was_interrupted_goes_on_without_paying_twice(endpoint, tmp_path):
    def ask_or_stop(stop):
        def ask(question):
            if stop and question == "word 4":
                raise KeyboardInterrupt
            messages = [{"role": "user", "content": question}]
            reply = endpoint.client.chat.completions.create(model=endpoint.chat_small, messages=messages)
            return reply.choices[0].message.content

        return ask

    cases = Dataset("words", tuple(Case(str(i), f"word {i}") for i in range(6)))
    with pytest.raises(KeyboardInterrupt):
        run(cases, ask_or_stop(True), scorers=[exact()], folder=tmp_path, concurrency=1)
    paid = len(endpoint.ledger.calls)
    found = run(cases, ask_or_stop(False), scorers=[exact()], folder=tmp_path)
    assert len(endpoint.ledger.calls) - paid == 2 and all(row.output for row in found.rows)


def test_a_budget_ends_a_run_and_what_was_answered_is_kept(tmp_path):
    cases = Dataset("words", tuple(Case(str(i), f"word {i}") for i in range(30)))
    poor = connect("mock", quiet=True, budget_usd=0.01)

    def ask(question):
        messages = [{"role": "user", "content": question}]
        return poor.client.chat.completions.create(model=poor.chat_large, messages=messages).choices[0].message.content

    from helpers import BudgetExceeded

    with pytest.raises(BudgetExceeded):
        run(cases, ask, scorers=[exact()], folder=tmp_path)
    first = len(poor.ledger.calls)
    assert 0 < first < 30
    with pytest.raises(BudgetExceeded):
        run(cases, ask, scorers=[exact()], folder=tmp_path)
    assert len(poor.ledger.calls) - first <= 4  # the kept replies cost nothing


def test_it_can_be_awaited_where_a_loop_is_running():
    async def inside():
        awaited = await evaluate_async(dataset(), lambda i: 2 * i, scorers=[exact()])
        return awaited.score("exact").value, evaluate(dataset(), lambda i: 2 * i, scorers=[exact()]).score(
            "exact"
        ).value

    assert asyncio.run(inside()) == (1, 1)


def test_scorers_need_names_of_their_own():
    for wrong in ([], [exact(), exact()]):
        with pytest.raises(ValueError, match="name"):
            run(dataset(), lambda i: i, scorers=wrong)


def test_results_are_files_that_can_be_read_again(tmp_path):
    found = run(dataset(), lambda i: 2 * i if i else "<b>", scorers=[exact()], folder=tmp_path, about={"prompt": "v1"})
    again = Results.load(tmp_path)
    assert again.values("exact") == found.values("exact") and again.about["prompt"] == "v1"
    assert again.slices("kind", "exact")["odd"].value == 1
    (tmp_path / "results.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ValueError, match="no file of results"):
        Results.load(tmp_path)


# --- comparison


def test_the_same_scores_are_not_shown_to_differ():
    assert compare(results("b", [1, 0, 1]), results("a", [1, 0, 1]), "exact").verdict == "not shown"


def test_one_case_of_twenty_is_a_coin_flip_and_ten_of_a_hundred_are_not():
    few = compare(results("b", [1] * 18 + [0] * 2), results("a", [1] * 17 + [0] * 3), "exact")
    many = compare(results("b", [1] * 90 + [0] * 10), results("a", [1] * 80 + [0] * 20), "exact")
    assert (few.verdict, many.verdict) == ("not shown", "better") and many.gained == tuple(map(str, range(80, 90)))
    assert compare(results("a", [1] * 80 + [0] * 20), results("b", [1] * 90 + [0] * 10), "exact").verdict == "worse"


def test_mcnemars_p_is_the_binomial_of_the_cases_that_changed():
    found = compare(results("b", [1] * 8 + [0] * 2 + [1] * 5), results("a", [0] * 8 + [1] * 2 + [1] * 5), "exact")
    assert found.p == pytest.approx(0.109375) and len(found.lost) == 2


def test_scores_in_between_are_compared_by_the_bootstrap():
    rng = random.Random(0)
    old = [rng.random() * 0.8 for _ in range(60)]
    found = compare(results("b", [min(1, v + 0.1) for v in old]), results("a", old), "exact")
    assert found.p is None and found.verdict == "better" and found.difference.value == pytest.approx(0.1, abs=0.01)


def test_runs_of_different_datasets_are_not_compared():
    other = Results("a", (Row("0", "another question", "", "", {"exact": Score(1.0)}),))
    with pytest.raises(ValueError, match="different datasets"):
        compare(results("b", [1]), other, "exact")


# --- judges


def test_a_judge_that_always_passes_is_accurate_and_useless():
    quality = validate_judge([True] * 100, [True] * 92 + [False] * 8)
    assert quality.accuracy.value == 0.92 and quality.tnr.value == 0 and quality.kappa == pytest.approx(0)
    with pytest.raises(ValueError, match="chance"):
        corrected_share(92, 100, quality)


def test_the_corrected_share_undoes_a_judges_known_errors():
    # 70% truly good; the judge passes 90% of the good and 20% of the bad: it sees 0.7 * 0.9 + 0.3 * 0.2 = 69%.
    quality = JudgeQuality(tp=90, fn=10, fp=20, tn=80)
    found = corrected_share(690, 1000, quality)
    assert found.value == pytest.approx(0.70) and found.low < 0.7 < found.high
    assert corrected_share(690, 1000, JudgeQuality(9, 2, 1, 8)).high - found.high > 0.02  # few labels, less sure


def test_the_corrected_interval_covers_the_truth_as_often_as_it_says():
    rng, covered, truth = random.Random(2), 0, 0.6
    for trial in range(200):
        tp = sum(rng.random() < 0.85 for _ in range(40))
        tn = sum(rng.random() < 0.8 for _ in range(40))
        passed = sum(rng.random() < (0.85 if rng.random() < truth else 0.2) for _ in range(200))
        found = corrected_share(passed, 200, JudgeQuality(tp, 40 - tn, 40 - tp, tn), resamples=500, seed=trial)
        covered += found.low <= truth <= found.high
    assert covered / 200 > 0.9


@pytest.mark.parametrize(("verdicts", "labels"), [([True], [True, False]), ([True, True], [True, True])])
def test_a_judge_cannot_be_validated_without_good_and_bad_labels(verdicts, labels):
    with pytest.raises(ValueError, match="label"):
        validate_judge(verdicts, labels)


def test_a_judge_that_prefers_the_first_answer_flips_with_the_order():
    pairs = [("q", "a", "b"), ("q", "long answer", "b"), ("q", "c", "longer still")]
    biased = swap_positions(lambda q, first, second: "first", pairs)
    fair = swap_positions(lambda q, first, second: "first" if len(first) > len(second) else "second", pairs[1:])
    assert biased.flips.value == 1 and biased.first_share.value == 1
    assert fair.flips.value == 0 and fair.first_share.value == 0.5


# --- planning


def test_cases_needed_agrees_with_published_examples():
    # Fleiss' formula without continuity correction, 60% against 70%: 356 a group (Sample size tables, alpha 5%, 80%).
    assert cases_needed(0.6, 0.7, paired=False) == 356
    # Connor 1987 with a discordance of 15% and a change of 5 points.
    assert cases_needed(0.85, 0.90, agreement=0.85) == pytest.approx(468, abs=3)


def test_the_planned_number_of_cases_shows_the_change_as_often_as_promised():
    n = cases_needed(0.7, 0.8, agreement=0.8)
    rng, shown = random.Random(3), 0
    for _ in range(150):
        draws = [rng.random() for _ in range(n)]
        old = [
            1.0 if d < 0.65 or d >= 0.95 else 0.0 for d in draws
        ]  # both right 65, only new 15, neither 15, only old 5
        new = [1.0 if d < 0.80 else 0.0 for d in draws]
        gained, lost = sum(b > a for a, b in zip(old, new, strict=True)), sum(map(float.__lt__, new, old))
        shown += gained > lost and binomtest(gained, gained + lost).pvalue < 0.05
    assert 0.68 < shown / 150 < 0.92


def test_more_cases_show_smaller_changes_and_some_shares_leave_no_room():
    assert detectable_change(1000, 0.8) < detectable_change(100, 0.8)
    assert math.isnan(detectable_change(5, 0.95))
    with pytest.raises(ValueError, match="agree"):
        cases_needed(0.6, 0.9, agreement=0.9)


# --- report


def test_the_report_shows_every_failing_case_with_its_prompt_and_runs_no_script(tmp_path, endpoint):
    def ask(question):
        messages = [{"role": "system", "content": "Be <b>brief</b>."}, {"role": "user", "content": question}]
        endpoint.client.chat.completions.create(model=endpoint.chat_small, messages=messages)
        return "<script>alert(1)</script>"

    cases = Dataset("terms", (Case("t", "What is a token?", "a piece of text", {"kind": "term"}),))
    found = run(cases, ask, scorers=[exact()], endpoint=endpoint)
    page = write_report(found, tmp_path / "report.html", before=found, slice_by="kind").read_text(encoding="utf-8")
    assert "&lt;script&gt;" in page and "<script" not in page and "Be &lt;b&gt;brief&lt;/b&gt;." in page
    assert "What is a token?" in page and "Simulated" in page and "not shown" in page


# --- the command


def command(*arguments):
    from typer.testing import CliRunner

    from helpers.cli import app

    return CliRunner().invoke(app, ["eval", *map(str, arguments)])


def test_the_command_says_better_worse_or_not_shown_and_its_status_is_for_scripts(tmp_path):
    good, bad = tmp_path / "good", tmp_path / "bad"
    results("good", [1] * 20).save(good)
    results("bad", [1] * 8 + [0] * 12).save(bad)
    better, worse, same = command("compare", good, bad), command("compare", bad, good), command("compare", bad, bad)
    assert better.exit_code == 0 and "good is better than bad" in better.output
    assert worse.exit_code == 1 and "bad is worse than good" in worse.output
    assert same.exit_code == 0 and "Not shown" in same.output


def test_the_command_writes_a_page_and_says_how_many_cases_are_needed(tmp_path):
    results("good", [1, 0]).save(tmp_path)
    assert command("report", tmp_path).exit_code == 0 and (tmp_path / "report.html").exists()
    assert "356 for each" in command("size", "--before", 0.6, "--after", 0.7).output


def test_the_command_says_what_is_wrong_with_its_input(tmp_path):
    from helpers.problem import Problem

    results("good", [1]).save(tmp_path)
    for arguments in (["report", tmp_path / "none"], ["size", "--before", 0.5, "--after", 0.5]):
        assert isinstance(command(*arguments).exception, Problem)
