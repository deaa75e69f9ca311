"""Budgets: calls at the same time see each other, kernels too, and what is unknown counts as its estimate."""

import multiprocessing
import os
import random
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import openai
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from helpers import prices
from helpers.endpoint import connect
from helpers.ledger import BudgetExceeded
from helpers.ledger.budget import Budget, estimated_usd
from helpers.ledger.kept import ledger_folder
from helpers.ledger.monthly import MonthlyBudget
from helpers.paths import ROOT
from helpers.settings import Settings
from tests.live_stand_in import USAGE, live_server

MESSAGES = [{"role": "user", "content": "hi"}]


@pytest.fixture
def live():
    with live_server() as server:
        yield server


def endpoint_at(url: str, more: str = "", model: str = "gpt-5.4", **options):
    text = f"WORKBOOK_PROFILE=compatible\nWORKBOOK_BASE_URL={url}\nWORKBOOK_API_KEY=none-at-all\n"
    names = f"WORKBOOK_CHAT_LARGE={model}\nWORKBOOK_EMBEDDING=text-embedding-3-small\n"
    return connect(settings=Settings.from_text(text + names + more), quiet=True, **options)


@given(
    usd=some.floats(0.01, 10),
    calls=some.lists(some.tuples(some.floats(0.001, 2), some.floats(0, 1.5)), min_size=1, max_size=40),
    over=some.floats(0, 1),
    workers=some.integers(1, 8),
)
@settings(max_examples=60, deadline=None)
def test_no_more_is_spent_than_the_budget_and_what_calls_exceed_their_estimates(usd, calls, over, workers):
    """If no call costs more than (1 + over) times its estimate, no more than (1 + over) times the budget is spent."""
    budget, spent, lock = Budget(usd), [], threading.Lock()

    def one(planned):
        estimate, share = planned
        try:
            number = budget.reserve(estimate)
        except BudgetExceeded:
            return
        cost = estimate * min(share, 1 + over)
        with lock:
            spent.append(cost)
        budget.settle(number, cost)

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(one, calls))
    assert sum(spent) <= usd * (1 + over) * (1 + 1e-9)
    assert budget.reserved == 0 and budget.spent == pytest.approx(sum(spent))


@given(estimates=some.lists(some.floats(0.01, 1), min_size=1, max_size=30), known=some.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_what_is_not_known_stays_reserved(estimates, known):
    budget, settled = Budget(5.0), 0.0
    for estimate in estimates:
        try:
            number = budget.reserve(estimate)
        except BudgetExceeded:
            assert settled + budget.reserved + estimate > 5.0
            continue
        if known.random() < 0.5:
            budget.settle(number, estimate / 2)
            budget.settle(number, estimate / 2)  # a second time changes nothing
            settled += estimate / 2
        else:
            budget.settle(number, None)
    assert budget.spent == pytest.approx(settled) and settled + budget.reserved <= 5.0 + 1e-9


def test_twenty_calls_at_a_time_cannot_exceed_the_budget_together(live):
    live.seconds = 0.05
    live.tokens = lambda body: {**USAGE, "prompt_tokens": 8, "completion_tokens": 100, "prompt_tokens_details": None}
    one = estimated_usd({"model": "gpt-5.4", "messages": MESSAGES, "max_completion_tokens": 100})
    endpoint = endpoint_at(live.url, budget_usd=5.5 * one)

    def ask(_):
        try:
            endpoint.client.chat.completions.create(model="gpt-5.4", messages=MESSAGES, max_completion_tokens=100)
        except BudgetExceeded as stopped:
            return str(stopped)

    with ThreadPoolExecutor(20) as pool:
        stopped = list(filter(None, pool.map(ask, range(20))))
    assert len(live.asked) == 5 and len(stopped) == 15
    assert any("are held for calls under way" in said for said in stopped)
    assert endpoint.ledger.usd <= 5.5 * one


def test_a_call_that_was_refused_or_never_sent_gives_its_room_back(live):
    one = estimated_usd({"model": "gpt-5.4", "messages": MESSAGES})
    endpoint = endpoint_at(live.url, budget_usd=1.5 * one)
    for _ in range(3):
        with pytest.raises(openai.AuthenticationError):
            endpoint.client.chat.completions.create(
                model="gpt-5.4", messages=[{"role": "user", "content": "wrong key"}], max_completion_tokens=10
            )
    dead = endpoint_at("http://127.0.0.1:9/v1", budget_usd=1.5 * one)
    for _ in range(3):
        with pytest.raises(openai.APIConnectionError):
            dead.client.with_options(max_retries=0).chat.completions.create(model="gpt-5.4", messages=MESSAGES)


def test_a_call_whose_cost_nobody_knows_counts_as_its_estimate(live):
    one = estimated_usd({"model": "gpt-5.4", "messages": MESSAGES})
    endpoint = endpoint_at(live.url, budget_usd=1.5 * one)
    messages = [{"role": "user", "content": "cut"}]
    with pytest.raises(openai.APIConnectionError):
        list(endpoint.client.chat.completions.create(model="gpt-5.4", messages=messages, stream=True))
    with pytest.raises(BudgetExceeded, match="unknown cost"):
        endpoint.client.chat.completions.create(model="gpt-5.4", messages=MESSAGES)


def test_a_model_that_writes_long_replies_is_reckoned_with_from_then_on(live):
    live.tokens = lambda body: {**USAGE, "completion_tokens": 4000}
    endpoint = endpoint_at(live.url, budget_usd=0.10)
    endpoint.client.chat.completions.create(model="gpt-5.4", messages=MESSAGES)
    assert endpoint.ledger.usd == pytest.approx(0.06, abs=0.001)
    with pytest.raises(BudgetExceeded, match=r"could cost \$0\.06"):
        endpoint.client.chat.completions.create(model="gpt-5.4", messages=MESSAGES)


def test_an_own_list_prices_a_gateways_model_and_a_deployment(live, tmp_path, monkeypatch):
    own = tmp_path / "prices.toml"
    own.write_text(
        'as_of = "2026-11-01"\nsource = "our contract"\n[models]\n"house" = { input = 10, output = 20 }\n'
        '[deployments]\n"team-large" = "gpt-5.4"\n',
        encoding="utf-8",
    )
    monkeypatch.setenv("WORKBOOK_PRICES", str(own))
    assert prices.price_of("team-large").output == prices.price_of("gpt-5.4").output
    endpoint = endpoint_at(live.url, model="house", budget_usd=1)
    endpoint.client.chat.completions.create(model="house", messages=MESSAGES)
    assert endpoint.ledger.calls[0].usd == pytest.approx((20 * 10 + 8 * 20) / 1e6)
    assert endpoint.ledger.calls[0].priced == "2026-11-01" and "our contract (2026-11-01)" in prices.sources()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("as_of = 1", "source"),
        ("not toml", "not TOML"),
        ('as_of="a"\nsource="b"\n[models]\nx = { input = "2" , output = 1 }', "write a number"),
        ('as_of="a"\nsource="b"\n[models]\nx = { input = -2, output = 1 }', "write a number"),
        ('as_of="a"\nsource="b"\n[models]\nx = 3', "per million tokens"),
        ('as_of="a"\nsource="b"\n[deployments]\nx = 3', "should name its model"),
        (None, "cannot be read"),
    ],
)
def test_an_own_list_that_is_wrong_is_answered_when_connecting(text, says, tmp_path, monkeypatch):
    file = tmp_path / "own.toml"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    monkeypatch.setenv("WORKBOOK_PRICES", str(file))
    with pytest.raises(prices.PricesError, match=says):
        endpoint_at("http://127.0.0.1:9/v1")


# ---- a month's budget, over all kernels


def test_a_months_budget_holds_over_two_endpoints_of_two_kernels(live):
    live.tokens = lambda body: {**USAGE, "prompt_tokens": 8, "completion_tokens": 100, "prompt_tokens_details": None}
    one = estimated_usd({"model": "gpt-5.4", "messages": MESSAGES, "max_completion_tokens": 100})
    both = [endpoint_at(live.url, f"WORKBOOK_BUDGET_TOTAL_USD={3.5 * one:.9f}\n") for _ in range(2)]
    sent = 0
    with pytest.raises(BudgetExceeded, match="WORKBOOK_BUDGET_TOTAL_USD"):
        for i in range(10):
            both[i % 2].client.chat.completions.create(model="gpt-5.4", messages=MESSAGES, max_completion_tokens=100)
            sent += 1
    assert sent == len(live.asked) == 3


def test_processes_at_once_never_take_more_than_the_month_has(tmp_path):
    MonthlyBudget(1.0, tmp_path)
    context = multiprocessing.get_context("spawn")
    results, together = context.Queue(), context.Barrier(3)
    processes = [context.Process(target=_spend, args=(tmp_path, seed, results, together)) for seed in range(3)]
    for process in processes:
        process.start()
    taken = sum(results.get(timeout=60) for _ in processes)
    for process in processes:
        process.join(60)
    spent, reserved = MonthlyBudget(1.0, tmp_path).state()
    assert spent == pytest.approx(taken) and reserved == 0
    assert 0.8 < taken <= 1.0


def _spend(folder: Path, seed: int, results, together) -> None:
    budget, taken, rng = MonthlyBudget(1.0, folder), 0.0, random.Random(seed)
    together.wait(60)
    for _ in range(150):
        estimate = rng.uniform(0.002, 0.01)
        try:
            name = budget.reserve(estimate)
        except BudgetExceeded:
            continue
        cost = estimate * rng.random()
        budget.settle(name, cost)
        taken += cost
    results.put(taken)


@pytest.mark.skipif(os.name != "posix", reason="no SIGKILL here")
def test_a_kernel_that_is_killed_leaves_its_reservation_and_no_lock(tmp_path):
    code = (
        f"from pathlib import Path; from helpers.ledger.monthly import MonthlyBudget; import time;"
        f"MonthlyBudget(1.0, Path({str(tmp_path)!r})).reserve(0.75); print('ready', flush=True); time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE)
    process.stdout.readline()
    process.kill()
    process.wait()
    process.stdout.close()
    began = time.monotonic()
    with pytest.raises(BudgetExceeded, match=r"\$0\.7500 are held"):
        MonthlyBudget(1.0, tmp_path).reserve(0.5)
    assert time.monotonic() - began < 5
    MonthlyBudget(1.0, tmp_path).reserve(0.2)


def test_a_months_budget_counts_what_kernels_spent_that_knew_none(live):
    endpoint_at(live.url).client.chat.completions.create(model="gpt-5.4", messages=MESSAGES)
    (spent, _) = MonthlyBudget(1.0, ledger_folder()).state()
    assert spent == pytest.approx((16 * 2.5 + 4 * 0.25 + 8 * 15) / 1e6, rel=1e-6)


def test_a_file_that_a_power_cut_damaged_is_made_again_from_the_kept_ledger(live):
    endpoint = endpoint_at(live.url, "WORKBOOK_BUDGET_TOTAL_USD=1\n")
    endpoint.client.chat.completions.create(model="gpt-5.4", messages=MESSAGES)
    (file,) = ledger_folder().glob("budget-*.json")
    before = endpoint.ledger.month.state()
    file.write_text('{"spent": 0.0', encoding="utf-8")
    assert endpoint.ledger.month.state() == pytest.approx(before)


def test_a_months_budget_that_cannot_be_kept_sends_nothing(live, tmp_path, monkeypatch):
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="utf-8")
    monkeypatch.setenv("WORKBOOK_LEDGER_FOLDER", str(blocked / "ledger"))
    monkeypatch.setenv("WORKBOOK_LEDGER", "off")
    endpoint = endpoint_at(live.url, "WORKBOOK_BUDGET_TOTAL_USD=1\nWORKBOOK_LEDGER=off\n")
    with pytest.raises(BudgetExceeded, match="cannot be kept"):
        endpoint.client.chat.completions.create(model="gpt-5.4", messages=MESSAGES)
    assert live.asked == []


def test_the_mock_takes_nothing_from_the_months_budget(monkeypatch):
    monkeypatch.setenv("WORKBOOK_BUDGET_TOTAL_USD", "0")
    assert connect("mock", quiet=True).client.chat.completions.create(model="sim-small", messages=MESSAGES).choices
