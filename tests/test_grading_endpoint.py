"""A dead, refusing or overloaded endpoint never costs points; a scripted one is part of the exercise and does."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator

import httpx2
import openai
import pytest
from sample_lesson import notebook

from helpers import connect
from helpers.grading import (
    Outcome,
    ScriptedClient,
    Status,
    Threshold,
    attempt,
    exercise,
    grade,
    k_of_n,
    part,
    share_at_least,
)
from helpers.grading.endpoint_failures import endpoint_failure
from helpers.grading.live_calls import announcement
from helpers.grading.trials import dead_url
from helpers.intervals import wilson_interval
from helpers.mock_endpoint.api import errors
from helpers.prices import price_of
from helpers.settings import Settings

QUESTION = [{"role": "user", "content": "Which city?"}]
CALLS = "def ask(client):\n    return client.chat.completions.create(model='m', messages=[]).choices[0].message.content"


def answering(status: int, code: str | None = None) -> openai.OpenAI:
    """A client of a service that answers every request with this error."""

    def reply(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(status, json={"error": {"message": "no", "code": code}})

    http = httpx2.Client(transport=httpx2.MockTransport(reply))
    return openai.OpenAI(base_url="http://live.invalid/v1", api_key="k", http_client=http, max_retries=0)


def asks(client) -> object:
    @exercise(points=2, hints=["?"], live_calls=2)
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
    @exercise(points=2, hints=["?"], live_calls=2)
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


# ---- the scripted client's other APIs, and its errors


def test_the_responses_api_follows_the_same_script():
    script = ScriptedClient(["Lima", ScriptedClient.tool_call("find", city="Lima"), ScriptedClient.cut_off("Li")])
    replies = [script.client.responses.create(model="m", input="Which city?") for _ in range(3)]
    assert replies[0].output_text == "Lima"
    call = replies[1].output[0]
    assert (call.type, call.name, call.arguments) == ("function_call", "find", '{"city": "Lima"}')
    assert (replies[2].status, replies[2].incomplete_details.reason) == ("incomplete", "max_output_tokens")
    assert script.requests[0]["input"] == "Which city?"


def test_a_streamed_response_has_its_text_and_the_whole_at_its_end():
    stream = ScriptedClient(["Lima, of course"]).client.responses.create(model="m", input="?", stream=True)
    told = list(stream)
    assert "".join(e.delta for e in told if e.type == "response.output_text.delta") == "Lima, of course"
    assert told[-1].response.output_text == "Lima, of course"


def test_the_responses_api_raises_the_scripts_errors_too():
    script = ScriptedClient([ScriptedClient.content_filtered()])
    with pytest.raises(openai.BadRequestError) as caught:
        script.client.responses.create(model="m", input="?")
    assert caught.value.code == "content_filter"


@pytest.mark.parametrize(
    ("reply", "real"),
    [
        (ScriptedClient.content_filtered(), errors.content_filtered({})),
        (ScriptedClient.rate_limited(), errors.rate_limited("requests", 3, 3, 1, "20s")),
        (ScriptedClient.server_error(), errors.server_error()),
    ],
)
def test_scripted_errors_have_the_shape_that_the_services_have(reply, real):
    with pytest.raises(openai.APIStatusError) as caught:
        chat(ScriptedClient([reply]))
    told, wanted = caught.value.response.json()["error"], real.body()["error"]
    assert caught.value.status_code == real.status
    assert told.keys() == wanted.keys()
    assert {key: told[key] for key in ("type", "code", "param")} == {
        key: wanted[key] for key in ("type", "code", "param")
    }


def test_a_scripted_filter_names_its_category_and_every_verdict_of_azure():
    with pytest.raises(openai.BadRequestError) as caught:
        chat(ScriptedClient([ScriptedClient.content_filtered("self_harm")]))
    verdicts = caught.value.body["innererror"]["content_filter_result"]
    assert [name for name, verdict in verdicts.items() if verdict["filtered"]] == ["self_harm"]
    assert set(verdicts) == {"hate", "self_harm", "sexual", "violence", "jailbreak"}


def test_a_reply_may_be_stopped_by_the_filter_without_an_error():
    choice = chat(ScriptedClient([ScriptedClient.stopped_by_filter("The knife")]))
    assert (choice.finish_reason, choice.message.content) == ("content_filter", "The knife")


def test_langchain_embeds_and_streams_on_the_script():
    script = ScriptedClient(["Lima, of course"])
    one, other = script.embeddings().embed_documents(["a", "b"])
    assert one != other
    assert "".join(str(chunk.content) for chunk in script.chat_model().stream("Which city?")) == "Lima, of course"


# ---- how many calls a check makes


def calling(times: int) -> str:
    return (
        f"def ask(client):\n    for _ in range({times}):\n"
        "        reply = client.chat.completions.create(model='m', messages=[])\n"
        "    return reply.choices[0].message.content"
    )


@pytest.fixture
def live() -> Iterator[tuple[openai.OpenAI, list[int]]]:
    """A client of a stand-in for a live service, and the requests that have reached it."""
    script, reached = ScriptedClient(itertools.repeat("Lima")), []

    def reply(request: httpx2.Request) -> httpx2.Response:
        reached.append(1)
        again = httpx2.Request(
            "POST", str(request.url).replace("live.invalid", "scripted.invalid"), content=request.content
        )
        return script._answer(again)

    http = httpx2.Client(transport=httpx2.MockTransport(reply))
    yield openai.OpenAI(base_url="http://live.invalid/v1", api_key="k", http_client=http), reached


@pytest.mark.parametrize(("times", "status"), [(2, Status.PASSED), (3, Status.NOT_YET)])
def test_a_call_beyond_the_declared_number_is_not_sent(live, times, status):
    client, reached = live

    @exercise(points=1, hints=["?"], live_calls=2)
    def ask(ask):
        attempt(ask, client).equals("Lima")

    outcome = grade(ask, notebook(calling(times)))
    assert outcome.status is status, outcome.text
    assert len(reached) == 2
    if status is Status.NOT_YET:
        assert "2 calls are enough" in outcome.message
        assert (
            "your line 3",
            "reply = client.chat.completions.create(model='m', messages=[])",
        ) in outcome.counterexample.rows


def test_a_check_that_makes_more_calls_than_it_declares_is_the_authors_fault(live):
    client, _ = live

    @exercise(points=1, hints=["?"], live_calls=2)
    def ask(ask):
        for _ in range(3):
            client.chat.completions.create(model="m", messages=[])

    outcome = grade(ask, notebook(CALLS))
    assert (outcome.status, outcome.fault) == (Status.COULD_NOT_GRADE, "check")
    assert "the 2 that it declares" in outcome.message


def test_calls_of_async_clients_and_of_threads_are_counted(live):
    client, reached = live
    http = httpx2.AsyncClient(transport=httpx2.MockTransport(lambda request: client._client.send(request)))
    asynchronous = openai.AsyncOpenAI(base_url="http://live.invalid/v1", api_key="k", http_client=http)

    @exercise(points=1, hints=["?"], live_calls=1)
    def ask(ask):
        attempt(ask, asynchronous, client)

    both = (
        "async def ask(one, other):\n    import asyncio\n"
        "    await asyncio.to_thread(other.chat.completions.create, model='m', messages=[])\n"
        "    await one.chat.completions.create(model='m', messages=[])"
    )
    outcome = grade(ask, notebook(both))
    assert "1 call is enough" in outcome.message
    assert len(reached) == 1


def test_a_refused_call_is_tried_again_without_counting_twice():
    answers = [httpx2.Response(429, headers={"retry-after-ms": "1"}, json={"error": {"message": "no"}})]
    script = ScriptedClient(["Lima"])

    def reply(request: httpx2.Request) -> httpx2.Response:
        return answers.pop() if answers else script._answer(request)

    http = httpx2.Client(transport=httpx2.MockTransport(reply))
    client = openai.OpenAI(base_url="http://live.invalid/v1", api_key="k", http_client=http, max_retries=1)

    @exercise(points=1, hints=["?"], live_calls=1)
    def ask(ask):
        attempt(ask, client).equals("Lima")

    assert grade(ask, notebook(CALLS)).status is Status.PASSED


class Priced:
    simulated, profile = False, "azure"

    def usd_for(self, tokens: int) -> float | None:
        return tokens * 0.00001


def test_calls_are_announced_with_tokens_and_money_and_only_where_they_cost():
    assert announcement(4, 500, Priced()) == (
        "This check makes up to 4 calls to your azure endpoint: about 2,000 tokens, at most $0.02."
    )
    assert "less than $0.01" in announcement(1, 500, Priced())
    assert announcement(0, 500, Priced()) == ""
    assert announcement(4, 500, connect("mock", quiet=True)) == ""


def test_an_endpoint_says_what_tokens_cost_at_most_and_says_nothing_where_no_price_is_known():
    assert connect("mock", quiet=True).usd_for(1_000_000) == price_of("sim-large").output
    gateway = "WORKBOOK_PROFILE=compatible\nWORKBOOK_BASE_URL=https://gateway.example/v1\n"
    gateway += "WORKBOOK_CHAT_LARGE=own-model\nWORKBOOK_EMBEDDING=own-model-2"
    unpriced = connect(settings=Settings.from_text(gateway), quiet=True)
    assert unpriced.usd_for(1_000_000) is None
    assert "whose price is not known here" in announcement(2, 500, unpriced)


# ---- properties over several samples


def sampled(replies: list, judge) -> Outcome:
    """The outcome of an exercise whose check takes samples of a scripted model."""
    script = ScriptedClient(replies)

    @exercise(points=1, hints=["?"], live_calls=12)
    def ask(ask):
        judge(lambda: attempt(ask, script.client))

    return grade(ask, notebook(CALLS))


def lima(answer: str) -> bool:
    return answer == "Lima"


@pytest.mark.parametrize(
    ("replies", "status", "asked"),
    [
        (["Lima", "Cusco", "Lima"], Status.PASSED, 3),
        (["Lima", "Lima", "Cusco"], Status.PASSED, 2),
        (["Cusco", "Cusco", "Lima"], Status.NOT_YET, 2),
    ],
)
def test_two_of_three_samples_decide_and_no_more_are_drawn_than_needed(replies, status, asked):
    drawn = []
    outcome = sampled(
        [lambda _, r=r: drawn.append(r) or r for r in replies],
        lambda draw: k_of_n(draw, lima, k=2, n=3, expected="Lima"),
    )
    assert outcome.status is status, outcome.text
    assert len(drawn) == asked


def test_a_property_that_does_not_hold_often_enough_shows_a_sample_and_the_count():
    outcome = sampled(["Cusco"] * 3, lambda draw: k_of_n(draw, lima, k=2, n=3, expected="Lima", why="It is asked for."))
    rows = dict(outcome.counterexample.rows)
    assert rows["once came back"] == "'Cusco'"
    assert rows["it held in"] == "0 of 2 tries; 2 of 3 are needed"
    assert outcome.counterexample.why == "It is asked for."


def answering_then(replies: list, failure: httpx2.Response | Exception) -> openai.OpenAI:
    """A client of a live service that gives these replies and then fails."""
    script = ScriptedClient(replies)

    def reply(request: httpx2.Request) -> httpx2.Response:
        if len(script.requests) < len(replies):
            return script._answer(request)
        if isinstance(failure, Exception):
            raise failure
        return failure

    http = httpx2.Client(transport=httpx2.MockTransport(reply))
    return openai.OpenAI(base_url="http://live.invalid/v1", api_key="k", http_client=http, max_retries=0)


@pytest.mark.parametrize(
    ("failure", "says"),
    [
        (httpx2.Response(429, json={"error": {"message": "no", "code": "rate_limit_exceeded"}}), "quota"),
        (httpx2.Response(400, json={"error": {"message": "no", "code": "content_filter"}}), "content filter"),
        (httpx2.ConnectError("gone"), "could not be reached"),
    ],
)
def test_an_endpoint_that_fails_in_the_middle_of_the_samples_costs_no_points(failure, says):
    client = answering_then(["Lima", "Cusco"], failure)

    @exercise(points=1, hints=["?"], live_calls=6)
    def ask(ask):
        k_of_n(lambda: attempt(ask, client), lima, k=4, n=6, expected="Lima")

    outcome = grade(ask, notebook(CALLS))
    assert (outcome.status, outcome.fault) == (Status.COULD_NOT_GRADE, "endpoint"), outcome.text
    assert says in outcome.message
    assert "after 2 of 6 samples" in outcome.message


@pytest.mark.parametrize(("good", "status"), [(12, Status.PASSED), (11, Status.NOT_YET)])
def test_a_share_is_shown_by_the_lower_end_of_its_interval(good, status):
    outcome = sampled(
        ["Lima"] * good + ["Cusco"] * (12 - good),
        lambda draw: share_at_least(draw, lima, share=0.7, n=12, expected="Lima"),
    )
    assert outcome.status is status, outcome.text


def test_a_share_that_so_few_samples_cannot_show_is_the_authors_fault():
    outcome = sampled(["Lima"] * 5, lambda draw: share_at_least(draw, lima, share=0.9, n=5, expected="Lima"))
    assert outcome.fault == "check"
    assert "5 samples can show a share of 0.57 at most" in outcome.message


def test_wilsons_interval_agrees_with_published_values():
    # Newcombe 1998, Statistics in Medicine 17, table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
    published = {
        (81, 263): (0.2553, 0.3662),
        (15, 148): (0.0624, 0.1605),
        (0, 20): (0, 0.1611),
        (1, 29): (0.0061, 0.1718),
    }
    for (successes, trials), interval in published.items():
        assert wilson_interval(successes, trials) == pytest.approx(interval, abs=5e-5)


def test_thresholds_for_the_mock_and_for_a_live_endpoint_are_apart():
    threshold = Threshold(mock=0, live=3)
    assert (threshold.on(connect("mock", quiet=True)), threshold.on(Priced())) == (0, 3)
