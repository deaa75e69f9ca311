"""What a team costs, and the picture of who talked to whom."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from helpers import connect, in_parallel, lines_of, metered
from helpers.ledger.call import Call
from helpers.mock_endpoint import Behaviour
from helpers.plots import graphs


def call(started, seconds, simulated=None):
    return Call(datetime.now(UTC), "m", 200, started=started, seconds=seconds, simulated_seconds=simulated)


# --- metering ------------------------------------------------------------------------------------------------------


def chain(*calls):
    from helpers.metering import longest_chain

    return longest_chain(calls)


def test_calls_one_after_another_add_up_and_calls_at_once_do_not():
    assert chain(call(0.0, 1.0), call(1.5, 2.0)) == pytest.approx(3.0)
    assert chain(call(0.0, 1.0), call(0.1, 2.0), call(0.2, 0.5)) == pytest.approx(2.0)
    assert chain() == 0


def test_a_call_waits_only_for_those_that_had_ended():
    # Two at once, then one that began when the short one had ended and the long one had not.
    assert chain(call(0.0, 1.0), call(0.0, 4.0), call(1.5, 1.0)) == pytest.approx(4.0)


def test_simulated_time_takes_the_place_of_the_computers_own():
    assert chain(call(0.0, 0.1, 2.0), call(0.2, 0.1, 3.0)) == pytest.approx(5.0)


def test_a_block_sees_its_own_calls_from_every_thread_and_none_before():
    endpoint = connect("mock", quiet=True, behaviour=Behaviour(latency={"jitter": 0}, time_scale=4))

    def ask(text):
        messages = [{"role": "user", "content": text}]
        return endpoint.client.chat.completions.create(model=endpoint.chat_small, messages=messages).usage

    ask("before")
    with metered(endpoint) as used:
        usages = in_parallel(ask, ["Hello", "Good morning", "Good evening"], workers=3)
    ask("after")
    assert used.calls == 3
    assert used.tokens == sum(usage.total_tokens for usage in usages)
    assert 0 < used.seconds < sum(one.simulated_seconds for one in used.made)
    assert used.usd > 0


def test_lines_are_those_that_run():
    def with_inner():
        """A docstring is no line."""

        # nor is a comment
        def inner():
            return 1

        return inner()

    assert lines_of(with_inner) == 4


# --- the graph -----------------------------------------------------------------------------------------------------


def test_the_graph_tells_each_edge_in_its_alt_text(monkeypatch):
    shown = []
    monkeypatch.setattr("helpers.show.show", shown.append)
    graphs.agent_graph({("a", "b"): 1200, ("b", "a"): 30}, title="Talk", centre="b", source="mock endpoint")
    assert "a to b 1,200; b to a 30" in shown[0].alt and shown[0].alt.startswith("Graph: Talk.")
    assert shown[0].png.startswith(b"\x89PNG")


def test_the_centre_stands_in_the_middle_and_nobody_on_anybody():
    places = graphs._places(["w", "x", "boss", "y"], "boss")
    assert places["boss"] == (0.0, 0.0)
    assert len({(round(x, 3), round(y, 3)) for x, y in places.values()}) == 4
