"""How long each filing takes by each way of extraction: seconds, tokens and money of every call.

On a real endpoint the seconds are measured. The mock endpoint answers at once: its seconds are reckoned from the tokens
by the mock's latency model, without chance, for an endpoint of SIMULATED's speed; they are marked as simulated.
"""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import median
from typing import Any

from helpers.connection.exchanges import Exchange, watch
from helpers.intervals import Interval, bootstrap
from helpers.ledger import Call
from helpers.mock_endpoint import Behaviour

# A hosted large model on an ordinary day; docs/mock_service.md uses the same. What counts is the comparison.
SIMULATED = Behaviour(latency={"first_token": 0.8, "tokens_per_second": 25, "jitter": 0}).latency


@dataclass(frozen=True)
class Span:
    """One call for a filing. stage: the round of the work that it belongs to; calls of one stage may overlap."""

    filing: str
    stage: str
    number: int  # of the item within its stage: the order in which they were asked
    model: str
    input_tokens: int
    output_tokens: int
    seconds: float
    usd: float | None
    kept: bool


@dataclass
class Stopwatch:
    """A run that notes which filing each call was for: give it to read_filings and extract in the run's place.

    workers: calls at a time in each stage, as the stage asked for them.
    """

    run: Any
    spans: list[Span] = field(default_factory=list)
    workers: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.run, name)

    def map(self, function: Callable[[Any], Any], items: Iterable[Any], label: str, **options: Any) -> list[Any]:
        """As Run.map."""
        numbered = list(enumerate(items))
        self.workers[label] = options.get("workers") or self.run.parameters.concurrency
        name = options.pop("name", str)

        def timed(item: tuple[int, Any]) -> Any:
            with watch() as exchanges:
                try:
                    return function(item[1])
                finally:
                    spans = [_span(exchange, item, label, self.run.endpoint.simulated) for exchange in exchanges]
                    with self._lock:
                        self.spans += spans

        return self.run.map(timed, numbered, label, name=lambda item: name(item[1]), **options)

    def timing(self, filing: str) -> Timing:
        """Of one filing, as if it were the only one: its stages one by one, calls of a stage beside each other."""
        return self.together([filing], filing)

    def together(self, filings: Sequence[str], name: str = "") -> Timing:
        """Of several filings that are read at once, laid out the same way: a stage's calls of all of them share its
        workers. name: what they are called together."""
        wanted = set(filings)
        own = [span for span in self.spans if span.filing in wanted]
        calls, began = [], 0.0
        for stage in self.workers:
            spans = sorted(
                (s for s in own if s.stage == stage), key=lambda s: (s.number, s.input_tokens, s.output_tokens)
            )
            placed = _placed(spans, self.workers[stage], began)
            calls += [_call(span, start) for span, start in placed]
            began = max((start + span.seconds for span, start in placed), default=began)
        return Timing(name or f"{len(wanted)} filings", tuple(calls), began)

    def only(self, *stages: str) -> Stopwatch:
        """The same with some stages alone, by the beginnings of their names: what two variants do differently."""
        kept = {stage: workers for stage, workers in self.workers.items() if stage.startswith(stages)}
        return Stopwatch(self.run, [span for span in self.spans if span.stage in kept], kept)

    @property
    def filings(self) -> list[str]:
        """Those that calls were made for, by name."""
        return sorted({span.filing for span in self.spans})


@dataclass(frozen=True)
class Timing:
    """The calls of a filing, or of several, with when each began, and the seconds from the first to the last."""

    filing: str
    calls: tuple[Call, ...]
    seconds: float

    @property
    def tokens(self) -> int:
        """In and out."""
        return sum(call.input_tokens + call.output_tokens for call in self.calls)

    @property
    def usd(self) -> float | None:
        """US dollars; None where a price is not known."""
        known = [call.usd for call in self.calls]
        return None if None in known else sum(filter(None, known))


def _span(exchange: Exchange, item: tuple[int, Any], label: str, simulated: bool) -> Span:
    usage = exchange.reply.get("usage") or {}
    read = int(usage.get("prompt_tokens") or exchange.input_tokens)
    written = int(usage.get("completion_tokens") or exchange.output_tokens)
    return Span(
        _filing_of(item[1]),
        label,
        item[0],
        str(exchange.request.get("model") or ""),
        read,
        written,
        SIMULATED.seconds(read, written) if simulated else exchange.seconds,
        exchange.usd,
        exchange.kept,
    )


def _filing_of(item: Any) -> str:
    """The document's name: of a call for a filing, of a pair of name and document, or of what has one."""
    filing = getattr(item, "filing", item)
    if isinstance(filing, tuple) and filing:
        filing = filing[0]
    return str(getattr(filing, "name", filing))


def _placed(spans: Sequence[Span], workers: int, began: float) -> list[tuple[Span, float]]:
    """When each would begin: in their order, on the first of `workers` lanes that is free."""
    free = [began] * workers
    placed = []
    for span in spans:
        start = heapq.heappop(free)
        placed.append((span, start))
        heapq.heappush(free, start + span.seconds)
    return placed


def _call(span: Span, start: float) -> Call:
    return Call(
        datetime(1970, 1, 1, tzinfo=UTC),
        span.model,
        200,
        input_tokens=span.input_tokens,
        output_tokens=span.output_tokens,
        seconds=span.seconds,
        usd=span.usd,
        role=span.stage.partition(",")[0],
        started=start,
    )


# --- the variants side by side -------------------------------------------------------------------------------------


def seconds(watches: Stopwatch) -> Interval:
    """Median seconds of a filing, with its interval over filings. Raises ValueError where none was read."""
    each = [watches.timing(filing).seconds for filing in watches.filings]
    if not each:
        raise ValueError("no filing was read")
    return bootstrap(each, lambda drawn: float(median(drawn)))


def table(variants: Mapping[str, Stopwatch], scores: Mapping[str, Interval | None]) -> list[dict[str, Any]]:
    """A row for each variant: median and longest seconds of a filing, seconds of all together, calls, tokens, cost,
    score."""
    rows = []
    for name, watches in variants.items():
        timings = [watches.timing(filing) for filing in watches.filings]
        money = [timing.usd for timing in timings]
        score = scores.get(name)
        rows.append(
            {
                "variant": name,
                "median seconds": round(median(t.seconds for t in timings), 1),
                "longest": round(max(t.seconds for t in timings), 1),
                f"all {len(timings)} filings": round(watches.together(watches.filings).seconds, 1),
                "calls a filing": round(sum(len(t.calls) for t in timings) / len(timings), 1),
                "tokens a filing": round(sum(t.tokens for t in timings) / len(timings)),
                "US dollars": "not known" if None in money else round(sum(filter(None, money)), 4),
                "score": score.percent() if score is not None else "no gold",
            }
        )
    return rows


def typical(watches: Stopwatch) -> str:
    """The filing whose seconds are the median, of several the first by name."""
    timings = sorted((watches.timing(filing) for filing in watches.filings), key=lambda t: (t.seconds, t.filing))
    return timings[(len(timings) - 1) // 2].filing


def picture(
    variants: Mapping[str, Stopwatch], filings: Sequence[str], name: str, *, simulated: bool, source: str = ""
) -> None:
    """The calls for one filing, or for several that are read at once, over time: one set of lanes a variant.

    name: what the filings are called together, for the title.
    """
    from helpers import plots

    plots.lane_sets(
        {variant: watches.together(filings).calls for variant, watches in variants.items()},
        title=f"{name}: from its pages to its values",
        unit="simulated seconds" if simulated else "seconds",
        source=source,
    )


def newest_year(read: Iterable[Any], company: str) -> tuple[str, list[str]]:
    """(period, names) of the filings of a company's newest year; ("", []) where it has none."""
    own = [filing for filing in read if filing.company == company]
    newest = max((filing.period for filing in own), default="")
    return newest, [filing.name for filing in own if filing.period == newest]


def told(variants: Mapping[str, Stopwatch], filings: Sequence[str], name: str) -> str:
    """The seconds of some filings by each variant, as a sentence: what was measured, and nothing beyond it."""
    each = [f"{watches.together(filings).seconds:.0f} s by {variant}" for variant, watches in variants.items()]
    count = "1 filing" if len(set(filings)) == 1 else f"{len(set(filings))} filings"
    return f"{name}, {count}: {', '.join(each)}."


def how(simulated: bool, variants: Mapping[str, Stopwatch]) -> str:
    """Where the seconds come from, as a sentence for the report."""
    if simulated:
        return (
            f"simulated: reckoned from the tokens, with {SIMULATED.first_token:g} s to the first token, "
            f"{SIMULATED.prompt_tokens_per_second:,.0f} tokens read "
            f"and {SIMULATED.tokens_per_second:g} written a second"
        )
    kept = sum(span.kept for watches in variants.values() for span in watches.spans)
    told = f"; {kept} replies were kept from an earlier start, with the seconds of then" if kept else ""
    return f"measured at this endpoint; a filing's calls laid out as if it were alone{told}"
