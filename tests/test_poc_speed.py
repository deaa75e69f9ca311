"""How long each filing took, by each variant: noted call by call, laid out, and the same on the mock every time."""

from types import SimpleNamespace

import pytest

from helpers import connect, show
from helpers.connection.exchanges import ReplyStore, watch
from helpers.intervals import Interval
from helpers.mock_endpoint import Behaviour
from helpers.poc.financial_report import speed
from helpers.poc.financial_report.parameters import FinancialReportParameters


class FakeRun:
    """As Run, one after the other."""

    def __init__(self, endpoint):
        self.endpoint, self.parameters = endpoint, FinancialReportParameters()

    def map(self, function, items, label, *, name=str, workers=None):
        return [function(item) for item in items]


def item(filing, words="hello"):
    return SimpleNamespace(filing=SimpleNamespace(name=filing), words=words)


def asked(run, clock, items, label, **options):
    def ask(one):
        reply = run.endpoint.client.chat.completions.create(
            model=run.endpoint.chat_large, messages=[{"role": "user", "content": one.words}], temperature=0
        )
        return reply.choices[0].message.content

    return clock.map(ask, items, label, **options)


@pytest.fixture(scope="module")
def run():
    return FakeRun(connect("mock"))


def test_calls_are_noted_for_their_filing_and_results_are_those_of_the_run(run):
    clock = speed.Stopwatch(run)
    replies = asked(run, clock, [item("a.pdf"), item("b.pdf"), item("a.pdf", "good morning")], "extracting")
    assert len(replies) == 3 and all(replies)
    assert clock.filings == ["a.pdf", "b.pdf"]
    assert [len(clock.timing(name).calls) for name in clock.filings] == [2, 1]
    assert clock.endpoint is run.endpoint  # all else is the run's


def test_a_failing_call_is_the_runs_to_handle(run):
    clock = speed.Stopwatch(run)

    def fails(one):
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        clock.map(fails, [item("a.pdf")], "extracting")
    assert clock.spans == []


def test_simulated_seconds_are_the_latency_models_and_the_same_every_time(run):
    seconds = []
    for _ in range(2):
        clock = speed.Stopwatch(run)
        asked(run, clock, [item("a.pdf")], "extracting")
        (span,) = clock.spans
        seconds.append(clock.timing("a.pdf").seconds)
        expected = 0.8 + span.input_tokens / 8000 + span.output_tokens / 25
        assert span.seconds == pytest.approx(expected)
    assert seconds[0] == seconds[1]


def test_the_mock_with_that_latency_says_the_same_seconds():
    slow = connect("mock", behaviour=Behaviour(latency=speed.SIMULATED, time_scale=10_000))
    with watch():
        slow.client.chat.completions.create(model=slow.chat_large, messages=[{"role": "user", "content": "hello"}])
    call = slow.ledger.calls[-1]
    assert call.simulated_seconds == pytest.approx(
        speed.SIMULATED.seconds(call.input_tokens, call.output_tokens), abs=0.002
    )


def span(seconds, stage="extracting", number=0, filing="a.pdf"):
    return speed.Span(filing, stage, number, "m", 100, 10, seconds, 0.01, False)


def watches(spans, **workers):
    return speed.Stopwatch(SimpleNamespace(), list(spans), {name.replace("_", " "): n for name, n in workers.items()})


def test_calls_of_a_stage_run_beside_each_other_and_stages_one_after_the_other():
    spans = [span(4, number=0), span(2, number=1), span(1, number=2), span(3, "asking again")]
    timing = watches(spans, extracting=2, asking_again=2).timing("a.pdf")
    assert [(call.started, call.seconds) for call in timing.calls] == [(0, 4), (0, 2), (2, 1), (4, 3)]
    assert timing.seconds == 7 and timing.tokens == 440 and timing.usd == pytest.approx(0.04)
    assert watches(spans, extracting=1, asking_again=1).timing("a.pdf").seconds == 10


def test_the_order_in_which_calls_ended_changes_nothing():
    spans = [span(4, number=0), span(2, number=1), span(1, number=2)]
    assert watches(spans, extracting=2).timing("a.pdf") == watches(spans[::-1], extracting=2).timing("a.pdf")


def test_variants_stand_in_one_table_and_one_picture(monkeypatch):
    shown = []
    monkeypatch.setattr(show, "listeners", [shown.append])
    slow = watches([span(10, number=i) for i in range(4)], extracting=1)
    fast = watches([span(3, number=i) for i in range(2)], extracting=4)
    rows = speed.table({"slow": slow, "fast": fast}, {"slow": Interval(0.9, 0.8, 1.0)})
    assert [row["median seconds"] for row in rows] == [40, 3]
    assert rows[0]["score"].startswith("90%") and rows[1]["score"] == "no gold"
    assert rows[0]["all 1 filings"] == 40
    speed.picture({"slow": slow, "fast": fast}, ["a.pdf"], "a.pdf", simulated=True)
    assert "40 simulated seconds" in shown[-1].alt and "3 simulated seconds" in shown[-1].alt


def test_filings_that_are_read_at_once_share_the_workers_of_a_stage():
    both = watches([span(4, filing=f, number=n) for n, f in enumerate(("a.pdf", "a.pdf", "b.pdf"))], extracting=2)
    assert both.timing("a.pdf").seconds == 4 and both.together(["a.pdf", "b.pdf"]).seconds == 8
    assert speed.told({"slow": both}, ["a.pdf", "b.pdf"], "A, FY2025") == "A, FY2025, 2 filings: 8 s by slow."


def test_the_median_is_over_filings_and_needs_one():
    many = watches([span(s, filing=f"{s}.pdf") for s in (1, 2, 9)], extracting=1)
    assert speed.seconds(many).value == 2 and speed.typical(many) == "2.pdf"
    assert many.only("asking").workers == {}
    with pytest.raises(ValueError, match="no filing"):
        speed.seconds(watches([]))


def test_a_kept_reply_still_knows_how_long_it_took(run, tmp_path):
    store, messages = ReplyStore(tmp_path / "replies.sqlite"), [{"role": "user", "content": "What is a token?"}]
    taken = []
    for _ in range(2):
        with watch(kept=store) as exchanges:
            run.endpoint.client.chat.completions.create(model=run.endpoint.chat_large, messages=messages)
        taken.append(exchanges[0])
    store.close()
    assert [each.kept for each in taken] == [False, True]
    assert taken[1].seconds == pytest.approx(taken[0].seconds, abs=0.001) and taken[1].seconds > 0
