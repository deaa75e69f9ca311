"""A dead, refusing or overloaded endpoint never costs points; a scripted one is part of the exercise and does."""

from __future__ import annotations

import asyncio
import itertools

import httpx2
import openai
import pytest
from sample_lesson import notebook

from helpers.grading import ScriptedClient, Status, attempt, exercise, grade, part
from helpers.grading.endpoint_failures import endpoint_failure
from helpers.grading.trials import dead_url

QUESTION = [{"role": "user", "content": "Which city?"}]
CALLS = "def ask(client):\n    return client.chat.completions.create(model='m', messages=[]).choices[0].message.content"


def answering(status: int, code: str | None = None) -> openai.OpenAI:
    """A client of a service that answers every request with this error."""

    def reply(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(status, json={"error": {"message": "no", "code": code}})

    http = httpx2.Client(transport=httpx2.MockTransport(reply))
    return openai.OpenAI(base_url="http://live.invalid/v1", api_key="k", http_client=http, max_retries=0)


def asks(client) -> object:
    @exercise(points=2, hints=["?"])
    def ask(ask):
        with part("offline", points=1):
            pass
        with part("on the endpoint", points=1):
            attempt(ask, client).equals("Lima")

    return ask


@pytest.mark.parametrize("status", [401, 403, 404, 408, 409, 429, 500, 503])
def test_a_refusing_endpoint_costs_no_points_and_says_what_to_do(status):
    outcome = grade(asks(answering(status)), notebook(CALLS))
    assert (outcome.status, outcome.fault) == (Status.COULD_NOT_GRADE, "endpoint")
    assert str(status) in outcome.message
    assert outcome.points == 1, "what was already shown stays"


@pytest.mark.parametrize(("status", "code"), [(400, "content_filter"), (402, "budget_exceeded")])
def test_a_filter_and_a_budget_cost_no_points(status, code):
    assert grade(asks(answering(status, code)), notebook(CALLS)).status is Status.COULD_NOT_GRADE


def test_a_closed_port_costs_no_points():
    client = openai.OpenAI(base_url=dead_url(), api_key="k", max_retries=0)
    assert "could not be reached" in grade(asks(client), notebook(CALLS)).message


def test_a_request_that_is_wrong_is_the_learners_to_mend():
    outcome = grade(asks(answering(400, "invalid_value")), notebook(CALLS))
    assert outcome.status is Status.NOT_YET
    assert any("BadRequestError" in code for _, code in outcome.counterexample.rows)


def test_an_endpoints_failure_is_seen_through_the_learners_own_exception():
    wrapped = (
        "def ask(client):\n    try:\n        client.chat.completions.create(model='m', messages=[])\n"
        "    except Exception as error:\n        raise RuntimeError('it failed') from error"
    )
    assert grade(asks(answering(503)), notebook(wrapped)).status is Status.COULD_NOT_GRADE


def test_a_broken_part_is_told_even_when_the_endpoint_fails_afterwards():
    @exercise(points=2, hints=["?"])
    def ask(ask):
        with part("offline", points=1):
            attempt(ask, ScriptedClient(["Lima"]).client).equals("Cusco")
        with part("on the endpoint", points=1):
            attempt(ask, answering(503))

    outcome = grade(ask, notebook(CALLS))
    assert outcome.status is Status.NOT_YET
    assert ("expected", "'Cusco'") in outcome.counterexample.rows


def test_an_ordinary_error_is_no_endpoints_failure():
    assert endpoint_failure(KeyError("status")) is None


# ---- the scripted client


def chat(script: ScriptedClient, **options):
    return script.client.chat.completions.create(model="m", messages=QUESTION, **options).choices[0]


def test_replies_come_in_order_and_requests_are_kept():
    script = ScriptedClient(["not json", {"city": "Lima"}])
    assert [chat(script).message.content for _ in range(2)] == ["not json", '{"city": "Lima"}']
    assert [request["messages"] for request in script.requests] == [QUESTION, QUESTION]


def test_a_scripted_429_can_be_waited_for():
    script = ScriptedClient([ScriptedClient.rate_limited(0.05), "Lima"])
    with pytest.raises(openai.RateLimitError) as caught:
        chat(script)
    assert float(caught.value.response.headers["retry-after"]) == 0.05
    assert chat(script).message.content == "Lima"
    assert len(script.waits) == 1


def test_the_clients_own_retry_follows_retry_after():
    script = ScriptedClient([ScriptedClient.rate_limited(0.05), "Lima"], max_retries=1)
    assert chat(script).message.content == "Lima"
    assert script.waits[0] >= 0.05


@pytest.mark.parametrize(
    ("reply", "raised"),
    [
        (ScriptedClient.content_filtered(), openai.BadRequestError),
        (ScriptedClient.server_error(503), openai.InternalServerError),
        (ScriptedClient.unreachable(), openai.APIConnectionError),
        (ScriptedClient.timed_out(), openai.APITimeoutError),
    ],
)
def test_a_scripted_failure_is_the_clients_own_exception_and_the_learners_to_handle(reply, raised):
    with pytest.raises(raised):
        chat(ScriptedClient([reply]))
    outcome = grade(asks(ScriptedClient([reply]).client), notebook(CALLS))
    assert outcome.status is Status.NOT_YET
    assert raised.__name__ in outcome.markdown


def test_tools_are_called_with_arguments_good_or_bad():
    call = ScriptedClient.tool_call
    choice = chat(ScriptedClient([[call("find", city="Lima"), call("find", "not json")]]))
    assert choice.finish_reason == "tool_calls"
    assert [c.function.arguments for c in choice.message.tool_calls] == ['{"city": "Lima"}', "not json"]
    assert len({c.id for c in choice.message.tool_calls}) == 2


def test_a_reply_may_depend_on_the_request():
    assert chat(ScriptedClient([lambda body: body["messages"][0]["content"].upper()])).message.content == "WHICH CITY?"


def test_a_stream_has_the_same_words_and_its_usage():
    stream = ScriptedClient(["Lima, of course"]).client.chat.completions.create(
        model="m", messages=QUESTION, stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices) == "Lima, of course"
    assert chunks[-1].usage.completion_tokens == 3


def test_a_loop_that_never_ends_is_ended_and_named():
    script = ScriptedClient(itertools.repeat(ScriptedClient.tool_call("again")), most=20)
    loop = "def ask(client):\n    while True:\n        client.chat.completions.create(model='m', messages=[])"
    outcome = grade(asks(script.client), notebook(loop))
    assert "after 20" in outcome.message
    assert len(script.requests) == 21


def test_one_request_too_many_is_named():
    outcome = grade(asks(ScriptedClient([]).client), notebook(CALLS))
    assert "one request more" in outcome.message


def test_the_async_client_and_langchain_follow_the_same_script():
    script = ScriptedClient(["one", "two", "three"])

    async def ask() -> list[str]:
        first = await script.async_client.chat.completions.create(model="m", messages=QUESTION)
        second = await script.chat_model().ainvoke("Which city?")
        return [first.choices[0].message.content, second.content]

    assert asyncio.run(ask()) == ["one", "two"]
    assert script.chat_model().invoke("Which city?").content == "three"
    assert len(script.requests) == 3


def test_langchain_binds_tools():
    call = ScriptedClient.tool_call("find", city="Lima")
    tool = {"type": "function", "function": {"name": "find", "parameters": {"type": "object", "properties": {}}}}
    message = ScriptedClient([call]).chat_model().bind_tools([tool]).invoke("Which city?")
    assert message.tool_calls[0]["args"] == {"city": "Lima"}


def test_embeddings_depend_on_the_text_alone_and_are_counted():
    script = ScriptedClient([])
    vectors = [script.client.embeddings.create(model="e", input=[text]).data[0].embedding for text in "aab"]
    assert vectors[0] == vectors[1] != vectors[2]
    assert sum(x * x for x in vectors[0]) == pytest.approx(1)
    assert len(script.embedding_requests) == 3
