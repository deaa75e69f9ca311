"""An exception in the learner's code is told at the learner's line, and a cell that Python cannot read is named."""

from __future__ import annotations

from textwrap import dedent

import pytest
from sample_lesson import notebook

from helpers.grading import Outcome, ScriptedClient, Status, attempt, exercise, grade
from helpers.grading.starters import syntax_slip

STARTER = "def order(numbers):\n    ..."


@exercise(points=1, hints=["?"])
def order(order):
    attempt(order, [3, 1]).equals([1, 3])


@exercise(points=1, hints=["?"], title="the same, with a plain assertion")
def asserted(order):
    assert order([3, 1]) == [1, 3]


RAISES = {
    "nested function": ("def order(n):\n    def inner(m):\n        return m.z\n    return inner(n)", 3, "inner"),
    "list comprehension": ("def order(n):\n    return [1 / 0 for i in n]", 2, "order"),
    "generator expression": ("def order(n):\n    return list(1 / 0 for i in n)", 2, "order"),
    "lambda": ("def order(n):\n    return sorted(n, key=lambda m: m.z)", 2, "order"),
    "callback of a library": (
        "def order(n):\n    return list(map(helper, n))\ndef helper(m):\n    return m.z",
        4,
        "helper",
    ),
    "constructor": ("class order:\n    def __init__(self, n):\n        self.n = n.nope", 3, "order"),
    "inside a library": ("def order(n):\n    import json\n    return json.loads('{')", 3, "order"),
    "another thread": (
        "def order(n):\n    from concurrent.futures import ThreadPoolExecutor\n"
        "    with ThreadPoolExecutor() as pool:\n        return list(pool.map(lambda m: m.z, n))",
        4,
        "order",
    ),
    "decorated": (
        "def logged(f):\n    def outer(*args):\n        return f(*args)\n    return outer\n"
        "@logged\ndef order(n):\n    return n['a']",
        7,
        "order",
    ),
}
RAISES_AWAITED = {
    "coroutine": ("async def order(n):\n    import asyncio\n    await asyncio.sleep(0)\n    return n['a']", 4),
    "task of a group": (
        "import asyncio\nasync def order(n):\n    async with asyncio.TaskGroup() as group:\n"
        "        group.create_task(broken())\nasync def broken():\n    raise ValueError('inside')",
        6,
    ),
}


def line_of(outcome: Outcome) -> str:
    return next(label for label, _ in outcome.counterexample.rows if label.startswith("your line"))


@pytest.mark.parametrize("code", RAISES)
@pytest.mark.parametrize("check", [order, asserted], ids=["attempt", "assert"])
def test_the_line_the_function_and_the_call_are_named(code, check):
    source, line, function = RAISES[code]
    outcome = grade(check, notebook(source))
    assert outcome.status is Status.NOT_YET
    assert line_of(outcome) == f"your line {line}"
    assert ("tried", "order([3, 1])") in outcome.counterexample.rows
    if check is asserted:  # attempt() names the function that was called
        assert outcome.message.startswith(f"`{function}` stopped")
    assert "helpers/grading" not in outcome.text


@pytest.mark.parametrize("code", RAISES_AWAITED)
def test_the_line_is_named_in_a_coroutine_and_in_its_tasks(code):
    source, line = RAISES_AWAITED[code]
    outcome = grade(order, notebook(source))
    assert line_of(outcome) == f"your line {line}"
    assert "unhandled errors" not in outcome.text


def test_an_endpoints_failure_inside_a_task_group_costs_no_points():
    import httpx2
    import openai

    http = httpx2.AsyncClient(transport=httpx2.MockTransport(lambda request: httpx2.Response(503, json={})))
    client = openai.AsyncOpenAI(base_url="http://live.invalid/v1", api_key="k", http_client=http, max_retries=0)

    @exercise(points=1, hints=["?"], live_calls=1)
    def ask(ask):
        attempt(ask, client)

    code = """
        import asyncio
        async def ask(client):
            async with asyncio.TaskGroup() as group:
                group.create_task(client.chat.completions.create(model="m", messages=[]))
    """
    assert grade(ask, notebook(code)).status is Status.COULD_NOT_GRADE


def test_a_script_that_ends_inside_a_task_group_is_told_as_such():
    script = ScriptedClient([])

    @exercise(points=1, hints=["?"])
    def ask(ask):
        attempt(ask, script.async_client)

    code = """
        import asyncio
        async def ask(client):
            async with asyncio.TaskGroup() as group:
                group.create_task(client.chat.completions.create(model="m", messages=[]))
    """
    assert "one request more than needed" in grade(ask, notebook(code)).message


def test_a_generator_is_told_from_a_list():
    outcome = grade(order, notebook("def order(n):\n    yield from sorted(n)"))
    assert "`list(…)` makes a list" in outcome.counterexample.why


# ---- a cell that is no Python


def after(*cells: str) -> dict:
    """The variables of a notebook whose last cell Python could not read."""
    *good, broken = cells
    namespace = notebook(*good)
    namespace["In"] = [*namespace.get("In", [""]), dedent(broken)]
    return namespace


@pytest.mark.parametrize("before", [[], [STARTER], ["def order(n):\n    return n"]], ids=["none", "starter", "older"])
def test_a_cell_that_is_no_python_is_what_is_told_whatever_stood_there_before(before):
    outcome = grade(order, after(*before, "def order(n):\n    return sorted(n"), STARTER)
    assert (outcome.status, outcome.points) == (Status.NOT_YET, 0)
    assert "Python cannot read your cell" in outcome.message
    assert outcome.counterexample.rows == (("your line 2", "return sorted(n"), ("Python says", "'(' was never closed"))


def test_what_passed_before_stays_passed():
    assert grade(order, after("def order(n):\n    return sorted(n)", "def order(n:")).status is Status.PASSED


@pytest.mark.parametrize(
    "cell",
    [
        "%time x = 1\norder = 1",
        "!pip list\ndef order(n):\n    return n",
        "%%time\norder = (",
        "order = await something()",
        "order.check(",
        "orders = (",
        "print('def order(')\nx = (",
    ],
)
def test_magics_and_cells_about_something_else_are_no_slip(cell):
    assert syntax_slip(["order"], {"In": ["", cell]}) is None
