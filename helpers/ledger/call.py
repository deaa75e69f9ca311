"""One call, as a line of the ledger. Standard library only: the command `workbook ledger` reads a hundred thousand."""

from __future__ import annotations

from dataclasses import MISSING, dataclass, fields
from datetime import UTC, datetime
from typing import Any, Literal

Source = Literal["live", "recorded", "simulated"]
# whole: answered to its end. refused: an error of the endpoint. left: its reader closed the stream, or forgot it.
# cut: the connection ended within the reply. lost: no reply came, though the request may have arrived.
# unsent: no connection was made.
Ended = Literal["whole", "refused", "left", "cut", "lost", "unsent"]


@dataclass(frozen=True)
class Call:
    """One request to an endpoint. `usd` is None where no price is known; `status` is 0 where no reply came.

    started: seconds since its ledger began, by a clock that only grows. seconds: until the last byte.
    first_byte: seconds until a stream's first byte; None for a reply in one piece.
    simulated_seconds: what the mock endpoint simulated, or a recorded call took when it was live.
    usd: by the price list of the day `priced`; spent only when `source` is live.
    counted: the endpoint stated no usage, so the tokens were counted here, up to where the reply was read.
    attempt: 1, or more for a client's retries.
    """

    when: datetime
    model: str
    status: int
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    reasoning_tokens: int = 0
    seconds: float = 0.0
    usd: float | None = None
    source: Source = "live"
    role: str = ""
    operation: str = ""
    profile: str = ""
    notebook: str = ""
    priced: str = ""
    started: float = 0.0
    first_byte: float | None = None
    simulated_seconds: float | None = None
    attempt: int = 1
    streamed: bool = False
    counted: bool = False
    ended: Ended = "whole"

    @property
    def simulated(self) -> bool:
        """Answered by the mock endpoint's own computation."""
        return self.source == "simulated"

    @property
    def answered(self) -> bool:
        """A reply came, whole or in part, and was not an error."""
        return 0 < self.status < 400

    def as_json(self) -> dict[str, Any]:
        """For a line of JSON: what is at its default is left out, floats to the microsecond or the billionth dollar."""
        values: dict[str, Any] = {"when": self.when.astimezone(UTC).isoformat(timespec="milliseconds")}
        for name, default in _DEFAULTS:
            value = getattr(self, name)
            if value != default:
                values[name] = round(value, 9 if name == "usd" else 6) if isinstance(value, float) else value
        # 0.0 dollars are not the same as a price that nobody knows.
        values["usd"] = None if self.usd is None else round(self.usd, 9)
        return values

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Call:
        """Takes `values` apart. Fields of a later version stay out.

        Raises ValueError, TypeError or KeyError for what no ledger has written.
        """
        when = datetime.fromisoformat(values.pop("when"))
        try:
            call = cls(when, **values)
        except TypeError:
            call = cls(when, **{name: values[name] for name in _NAMES & values.keys()})
        numbers = (call.status, call.input_tokens, call.output_tokens, call.cached_tokens, call.seconds, call.usd or 0)
        if not _NUMBERS.issuperset(map(type, numbers)) or when.tzinfo is None:
            raise ValueError("no call of a ledger")
        return call


_DEFAULTS = tuple((f.name, None if f.default is MISSING else f.default) for f in fields(Call) if f.name != "when")
_NUMBERS = frozenset({int, float})
_NAMES = frozenset(field.name for field in fields(Call))
