"""What calls used: tokens, seconds, money; kept across kernels; and a budget that stops a call before it is sent.

It is asked and told by the HTTP clients of helpers.connection, so it sees every call of the openai package and of
LangChain, plain, streamed or async. It keeps numbers only: no prompt, no reply, no key.

    call, session     one call, and the calls of one endpoint
    opening, pending  the ledger that an endpoint gets, and a call that is under way in it
    usage             the tokens that a reply states, or that are counted where it states none
    budget, monthly   what may be spent: by this session, and by all of a person's kernels in a month
    kept, totals      files in the learner's folder, and what they add up to
    forecast          what a lesson will cost, by the tokens that its last build took
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from helpers.ledger.budget import ASSUMED_REPLY_TOKENS, BudgetExceeded, estimated_usd
    from helpers.ledger.call import Call
    from helpers.ledger.forecast import estimate
    from helpers.ledger.session import Ledger

_EXPORTS = {
    "ASSUMED_REPLY_TOKENS": "budget",
    "BudgetExceeded": "budget",
    "Call": "call",
    "Ledger": "session",
    "estimate": "forecast",
    "estimated_usd": "budget",
}

__all__ = [
    "ASSUMED_REPLY_TOKENS",
    "BudgetExceeded",
    "Call",
    "Ledger",
    "estimate",
    "estimated_usd",
]


def __getattr__(name: str) -> Any:
    if name not in _EXPORTS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(f"{__name__}.{_EXPORTS[name]}"), name)


def __dir__() -> list[str]:
    return __all__
