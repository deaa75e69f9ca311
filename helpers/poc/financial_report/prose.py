"""A number as code reads it from a sentence: which of its numbers, of which year, in which unit."""

from __future__ import annotations

import re
from collections.abc import Sequence

from helpers import figures
from helpers.figures import Figure, squeezed
from helpers.poc.financial_report import naming, printed
from helpers.poc.financial_report.cells import Read, Unproven, currency_of
from helpers.poc.financial_report.elsewhere import PART, agree, most_exact, not_contradicted
from helpers.poc.financial_report.filings import Filing
from helpers.poc.financial_report.indicators import Indicator


def read_prose(
    found: Figure, page: int, indicator: Indicator, filing: Filing, period: str, others: Sequence[Indicator]
) -> Read:
    """The number that the model gave, as the sentence has it, with its unit. Raises Unproven where it does not."""
    quote, decimal = " ".join(found.quote.split()), filing.decimal
    places = [m for m in printed.NUMBER.finditer(quote)]
    fitting = [m for m in places if abs(abs(figures.to_number(m.group(), decimal) or 0) - abs(found.value)) < 1e-9]
    fitting = fitting or [m for m in places if printed.same_digits(found.value, m.group())]
    if not fitting:
        raise Unproven("the value is not in the quote")
    around = f"{quote}\n{_heading(found.quote, filing.pages[page])}"
    if naming.named(indicator, around)[0] < naming.NAMED:
        raise Unproven("the quote does not name it; if it is right, add its words to the synonyms")
    if (other := naming.whole_name_of_another(indicator, quote, others)) is not None:
        raise Unproven(f"the quote names {other.name}")
    if word := naming.another_in_prose(indicator, quote):
        raise Unproven(f"{word!r} in the quote makes another figure of it")
    problems = []
    for place in fitting:
        try:
            _of_the_year(place, places, quote, period, filing)
            read = _read_place(place, quote, page, indicator, filing)
        except Unproven as why:
            problems.append(why)
            continue
        not_contradicted(read, indicator, filing, period)
        _not_disputed(read, quote, indicator, filing, period, others)
        return read
    raise problems[0]


def _not_disputed(
    read: Read, quote: str, indicator: Indicator, filing: Filing, period: str, others: Sequence[Indicator]
) -> None:
    """Raises Unproven where another sentence says otherwise, and no table decides. What may be a part is no dispute."""
    if most_exact(read, indicator, filing, period, others).line is not None:
        return
    own = squeezed(quote)
    for number, text in filing.pages.items():
        for sentence in naming.sentences(text) if naming.stems(text) & naming.stems(" ".join(indicator.names)) else ():
            there = squeezed(sentence)
            if "|" in sentence or there in own or own in there or len(sentence) > 1_000:
                continue
            if naming.named(indicator, sentence)[0] < naming.WHOLE or naming.another_in_prose(indicator, sentence):
                continue
            if naming.whole_name_of_another(indicator, sentence, others) is not None:
                continue
            said = _said_in(sentence, number, indicator, filing, period)
            large = any(abs(one.absolute) >= PART * abs(read.absolute) for one in said)
            if large and not any(agree(read, one) for one in said):
                raise Unproven(f"another sentence, on page {number}, says otherwise: {sentence[:200]}")


def _said_in(sentence: str, page: int, indicator: Indicator, filing: Filing, period: str) -> list[Read]:
    """Every number of a sentence that may be the indicator's of a year."""
    if (years := printed.periods_in(sentence)) and period not in years:
        return []
    places, found = list(printed.NUMBER.finditer(sentence)), []
    for place in places:
        if printed.period_of(place.group().strip("(−-.,")) is not None:
            continue
        try:
            _of_the_year(place, places, sentence, period, filing)
            found.append(_read_place(place, sentence, page, indicator, filing))
        except Unproven:
            continue
    return found


def _of_the_year(
    place: re.Match[str], places: Sequence[re.Match[str]], quote: str, period: str, filing: Filing
) -> None:
    """Raises Unproven where only other years are named, and one of them stands nearest to this number."""
    if period in printed.periods_in(quote):
        return
    years = [one for one in places if printed.period_of(one.group().strip("(−-.,")) is not None]
    numbers = [one for one in places if one not in years]
    for year in years:
        nearest = min(numbers, key=lambda one: max(one.start() - year.end(), year.start() - one.end()), default=None)
        if nearest is place:
            raise Unproven(f"the quote speaks of {year.group()}, not of {filing.printed_period}")


def _read_place(place: re.Match[str], quote: str, page: int, indicator: Indicator, filing: Filing) -> Read:
    before, after = quote[max(0, place.start() - 24) : place.start()], quote[place.end() : place.end() + 30]
    value = figures.to_number(place.group(), filing.decimal) or 0.0
    if place.group().startswith(("-", "−")) and re.search(r"\w$", before):
        value = abs(value)  # a hyphen inside a word
    step = printed.rounding(place.group(), filing.decimal)
    percent = bool(printed.PERCENT.match(after.lstrip(" )")))
    if indicator.unit == "percent":
        if printed.POINTS.match(after):
            raise Unproven("the number is in percentage points")
        if not percent:
            raise Unproven("the number is no percentage")
        return Read(value, step, "percent", "", page, quote)
    if percent or printed.POINTS.match(after):
        raise Unproven("the number is a percentage")
    money = printed.currencies_in(before[-14:]) or printed.currencies_in(after[:14])
    scale = _scale_after(after)
    if indicator.unit in ("people", "number"):
        if money:
            raise Unproven("the number is an amount of money")
        unit = "people" if indicator.unit == "people" else scale or "single"
        return Read(value, step, unit, "", page, quote)
    currency = currency_of((" ".join(money),), "", filing)
    if indicator.unit == "currency per share":
        if not printed.PER_SHARE.search(quote):
            raise Unproven("the quote is not of one share")
        if scale:
            raise Unproven("the number is a sum, not of one share")
        if printed.HUNDREDTHS.match(after.lstrip()) or re.match(r"[pc]\b", after):
            raise Unproven("the number is in pence or cents")
        if not money:
            raise Unproven("the quote names no currency for the number")
        return Read(value, step, "per share", currency, page, quote)
    if not money and not scale:
        raise Unproven("the quote names neither a currency nor a scale for the number")
    if not scale and abs(value) >= 10_000:
        scale = "single"
    if not scale:
        raise Unproven("the quote does not say whether it is in thousands or millions")
    return Read(value, step, scale, currency, page, quote)


def _scale_after(after: str) -> str:
    word = re.match(r"\s*(?:de\s+)?((?:mil )?[^\W\d_]+)", after)
    return (printed.scales_in(word[1]) or [""])[0] if word else ""


def _heading(quote: str, page: str) -> str:
    """The short line over the paragraph that a quote is in, such as "Dividend per share"."""
    start = page.find(quote[:30])
    if start < 0:
        start = page.find(quote.split("\n")[0][:20])
    above = [line for line in page[: max(0, start)].split("\n") if line.strip()][-3:]
    short = [line for line in above if len(line) <= 70 and "|" not in line and not line.rstrip().endswith(".")]
    return short[-1] if short else ""
