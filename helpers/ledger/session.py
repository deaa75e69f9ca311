"""The calls of one endpoint since it was connected: recorded, kept, admitted by a budget, shown."""

from __future__ import annotations

import threading
import time
import weakref
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import httpx2

from helpers.ledger.budget import ASSUMED_REPLY_TOKENS, Budget, BudgetExceeded, estimated_usd
from helpers.ledger.call import Call, Source
from helpers.ledger.kept import Keeper
from helpers.ledger.monthly import MonthlyBudget
from helpers.ledger.pending import Finished, Pending, Watched
from helpers.ledger.usage import object_in, operation_of
from helpers.prices import PricesError, UnknownPrice

Observer = Callable[[Finished], None]


@dataclass
class Ledger:
    """The calls of one endpoint since it was connected. Thread-safe.

    budget_usd: stops the call that could exceed it. month: the same for all kernels together. keeper: keeps the calls.
    roles: a model's name -> what it is for. free: the endpoint is this very machine and takes no money.
    patience: seconds that a client waits for the next byte; None for the openai package's own ten minutes.
    observers: are told of every call that has ended, with its content. on_reply: is shown every reply as it comes.
    """

    budget_usd: float | None = None
    calls: list[Call] = field(default_factory=list)
    stopped: BudgetExceeded | None = None  # the last call that was not sent
    month: MonthlyBudget | None = None
    keeper: Keeper | None = None
    roles: Mapping[str, str] = field(default_factory=dict)
    profile: str = ""
    notebook: str = ""
    source: Source = "live"
    free: bool = False
    label: str = ""
    patience: float | None = None
    observers: list[Observer] = field(default_factory=list)
    on_reply: Callable[[httpx2.Request, httpx2.Response], None] | None = None
    began: float = field(default_factory=time.perf_counter)

    def __post_init__(self) -> None:
        self._lock = threading.RLock()
        # Weak: a call whose client was thrown away is no longer under way.
        self._under_way: weakref.WeakSet[Pending] = weakref.WeakSet()
        self._budget = None if self.budget_usd is None else Budget(self.budget_usd)
        self._longest: dict[str, int] = {}  # model -> tokens of its longest reply

    @property
    def usd(self) -> float:
        """US dollars of all calls whose price is known."""
        return sum(call.usd or 0.0 for call in list(self.calls))

    @property
    def tokens(self) -> int:
        """Input and output tokens of all calls."""
        return sum(call.input_tokens + call.output_tokens for call in list(self.calls))

    @property
    def simulated(self) -> bool:
        """True when every call was answered by the mock endpoint, so that no money was spent."""
        return all(call.simulated for call in list(self.calls))

    def admit(self, request: httpx2.Request, watched: Watched | None = None) -> Pending | None:
        """A call that is about to be sent; None for what is no call of a model. Raises BudgetExceeded.

        watched: those who want to see the exchange, and may keep its reply.
        """
        if request.method != "POST":
            return None
        try:
            settle = self._reserved(request)
        except BudgetExceeded:
            if watched:
                watched.failed()
            raise
        pending = Pending(self, request, settle, watched)
        with self._lock:
            self._under_way.add(pending)
        return pending

    def add(self, pending: Pending, finished: Finished) -> None:
        """A call has ended."""
        call = finished.call
        with self._lock:
            self._under_way.discard(pending)
            self.calls.append(call)
            for name in (call.model, str(finished.asked.get("model"))):
                self._longest[name] = max(self._longest.get(name, 0), call.output_tokens)
        if self.keeper is not None:
            self.keeper.add(call.as_json())
        for observer in self.observers:
            observer(finished)

    def said(self, request: httpx2.Request, response: httpx2.Response) -> None:
        """A reply has begun."""
        if self.on_reply is not None:
            self.on_reply(request, response)

    def role_of(self, model: str, operation: str) -> str:
        """What a model is for, by its name; where one name serves all, what it was asked says more."""
        if operation == "embeddings":
            return "embedding"
        return self.roles.get(model, "")

    def timeline(self, title: str = "Calls over time") -> None:
        """Show when each call began and ended, those at the same time under each other."""
        from helpers.plots import timeline

        timeline(self, title=title)

    def _reserved(self, request: httpx2.Request) -> Callable[[float | None], None] | None:
        """Room in every budget that there is, and how to give it back."""
        if self._budget is None and self.month is None:
            return None
        body = object_in(request.content)
        deployment = operation_of(request.url.path)[1]
        model = deployment or str(body.get("model", "?"))
        body = {**body, "model": model}
        try:
            assumed = max(ASSUMED_REPLY_TOKENS, self._longest.get(model, 0))
            estimate = 0.0 if self.free else estimated_usd(body, assumed)
        except (UnknownPrice, PricesError) as unknown:
            self.stopped = BudgetExceeded(f"The call was not sent: a budget needs a price, and {unknown}.")
            raise self.stopped from None
        try:
            own = None if self._budget is None else self._budget.reserve(estimate)
            try:
                shared = None if self.month is None else self.month.reserve(estimate)
            except BudgetExceeded:
                if self._budget is not None and own is not None:
                    self._budget.settle(own, 0.0)
                raise
        except BudgetExceeded as exceeded:
            self.stopped = exceeded
            raise

        def settle(usd: float | None) -> None:
            if self._budget is not None and own is not None:
                self._budget.settle(own, usd)
            if self.month is not None and shared is not None:
                self.month.settle(shared, usd)

        return settle

    def _repr_markdown_(self) -> str:
        calls = list(self.calls)
        under_way = len(self._under_way)
        if not calls and not under_way:
            return "The ledger is empty: no call was made yet."
        rows = ["| model | calls | input tokens | output tokens | US dollars |", "|---|---:|---:|---:|---:|"]
        answered = [call for call in calls if call.answered]
        for model in sorted({call.model for call in answered}):
            own = [call for call in answered if call.model == model]
            sent, received = (sum(getattr(c, name) for c in own) for name in ("input_tokens", "output_tokens"))
            money = sum(call.usd or 0 for call in own)
            dollars = "price unknown" if any(call.usd is None for call in own) else f"{money:.6f}"
            rows.append(f"| {model} | {len(own)} | {sent:,} | {received:,} | {dollars} |")
        notes = _notes(calls, under_way)
        if self.simulated and calls:
            notes.append("Simulated: the mock endpoint costs nothing; money is what a model of that size would cost.")
        return "\n".join([*rows, *(line for note in notes for line in ("", note))])

    def __repr__(self) -> str:
        return self._repr_markdown_()


def _notes(calls: list[Call], under_way: int) -> list[str]:
    """What a reader of the table has to know beside it."""
    notes = []
    refused = [call for call in calls if call.ended == "refused"]
    if refused:
        statuses = ", ".join(map(str, sorted({call.status for call in refused})))
        notes.append(f"Refused: {len(refused)} (status {statuses}); they cost nothing.")
    broken = Counter(call.ended for call in calls if call.ended in ("left", "cut", "lost", "unsent"))
    said = {
        "unsent": "found no endpoint to connect to and cost nothing",
        "lost": "got no reply, though the request may have arrived: what they cost is not known here",
        "cut": "broke off within the reply: tokens are those that arrived",
        "left": "were not read to their end: tokens are those that were read",
    }
    notes += [f"{count} {said[ended]}." for ended, count in sorted(broken.items())]
    whole = sum(call.counted and call.ended == "whole" for call in calls)
    if whole:
        notes.append(f"For {whole} the endpoint stated no usage: their tokens were counted here.")
    retries = sum(call.attempt > 1 for call in calls)
    if retries:
        notes.append(f"Retries: {retries}; the client makes them by itself.")
    if under_way:
        notes.append(f"Under way, or streams that nobody has read to their end: {under_way}.")
    recorded = sum(call.source == "recorded" for call in calls)
    if recorded:
        computed = sum(call.simulated for call in calls)
        notes.append(
            f"Replayed from a recording: {recorded}; no money was spent now. Not in the recording, and computed by the "
            f"mock endpoint instead: {computed}."
        )
    return notes
