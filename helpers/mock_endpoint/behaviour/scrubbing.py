"""Taking personal numbers and addresses out of what is recorded: `[email]`, `[phone]`, `[iban]`, `[card]` stay.

Patterns, no more: names, places and numbers of other kinds stay. A number counts as a telephone's when it begins with +
or 0 and has at least seven digits, so that dates, prices and ids stay as they are; as an account's (IBAN, ISO 13616) or
a card's when its check digits are right (ISO 7064 mod 97-10; Luhn), which one number of 97, or of 10, is by chance.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

_PERSONAL = re.compile(
    r"(?P<email>[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4})"
    r"|(?P<iban>\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b)"
    r"|(?P<card>(?<![\w.,-])[2-6]\d{3}(?:[ -]?\d){9,15}(?![\w-]|[.,]\d))"
    r"|(?P<phone>(?<![\w.,:/-])(?:\+\d|\(?0\d)(?:[ ()/-]{0,2}\d){5,14}(?![\w]|[.,:]\d))"
)


def scrubbed(value: Any) -> Any:
    """A JSON value with every text in it scrubbed; the names of fields stay."""
    if isinstance(value, str):
        return _without(value)
    if isinstance(value, dict):
        return {key: scrubbed(one) for key, one in value.items()}
    if isinstance(value, list):
        return [scrubbed(one) for one in value]
    return value


def _without(text: str) -> str:
    pieces, last = [], 0
    for start, end, kind in _found(text):
        pieces += [text[last:start], f"[{kind}]"]
        last = end
    return "".join([*pieces, text[last:]])


def _found(text: str) -> Iterator[tuple[int, int, str]]:
    """Start, end and kind of what is taken out."""
    for found in _PERSONAL.finditer(text):
        kind, end = found.lastgroup or "", found.end()
        if kind == "iban":
            # The pattern takes a following word in capitals for a part of the number.
            ends = [found.start() + cut.end() for cut in re.finditer(r"\S(?= |$)", found[0])]
            end = next((each for each in reversed(ends) if _is_iban(text[found.start() : each])), 0)
        if end and (kind != "card" or _is_card(found[0])):
            yield found.start(), end, kind


def _is_iban(number: str) -> bool:
    bare = number.replace(" ", "")
    return 15 <= len(bare) <= 34 and int("".join(str(int(sign, 36)) for sign in bare[4:] + bare[:4])) % 97 == 1


def _is_card(number: str) -> bool:
    digits = [int(sign) for sign in reversed(number) if sign.isdigit()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]
    return 13 <= len(digits) <= 19 and (sum(digits[::2]) + sum(doubled)) % 10 == 0


def scrubbed_events(events: Sequence[str]) -> list[str]:
    """The events of a stream, scrubbed also where an address is spread over several of them."""
    heads, values = zip(*map(_parsed, events), strict=True) if events else ((), ())
    pieces: defaultdict[Any, list[tuple[dict[str, Any], str]]] = defaultdict(list)
    for value in values:
        for name, holder, key in _pieces(value):
            pieces[name].append((holder, key))
    for of_one_text in pieces.values():
        _scrub_across(of_one_text)
    return [
        head if value is None else head + json.dumps(scrubbed(value)) for head, value in zip(heads, values, strict=True)
    ]


def _parsed(event: str) -> tuple[str, Any]:
    """What stands before an event's JSON, and the JSON; None for what is not JSON, such as [DONE]."""
    head, mark, data = event.rpartition("data: ")
    try:
        return head + mark, json.loads(data)
    except ValueError:
        return event, None


def _pieces(value: Any) -> list[tuple[Any, dict[str, Any], str]]:
    """The pieces of longer texts in an event: which text, and where the piece stands."""
    if not isinstance(value, dict):
        return []
    if isinstance(value.get("delta"), str):  # the Responses API
        return [((value.get("type"), value.get("item_id"), value.get("content_index")), value, "delta")]
    found = []
    for choice in value.get("choices") or ():
        delta = choice.get("delta") or {}
        if isinstance(delta.get("content"), str):
            found.append((("content", choice.get("index")), delta, "content"))
        for call in delta.get("tool_calls") or ():
            function = call.get("function") or {}
            if isinstance(function.get("arguments"), str):
                found.append((("call", choice.get("index"), call.get("index")), function, "arguments"))
    return found


def _scrub_across(pieces: Sequence[tuple[dict[str, Any], str]]) -> None:
    """Scrub the text that the pieces make together; what stands for a match comes where the match began."""
    texts = [holder[key] for holder, key in pieces]
    ends, total = [], 0
    for text in texts:
        total += len(text)
        ends.append(total)
    kept = [list(text) for text in texts]
    piece = 0
    for start, end, kind in _found("".join(texts)):
        while ends[piece] <= start:
            piece += 1
        at = piece
        for position in range(start, end):
            while ends[at] <= position:
                at += 1
            own = position - (ends[at] - len(texts[at]))
            kept[at][own] = f"[{kind}]" if position == start else ""
    for (holder, key), characters in zip(pieces, kept, strict=True):
        holder[key] = "".join(characters)
