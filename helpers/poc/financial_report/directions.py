"""Words that claim something without a number: up or down, first or last, why, and what will be.

They are looked up in the table as far as it can tell; a cause or a forecast it never can.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from helpers.poc.financial_report.claims import Claim, Sentence

if TYPE_CHECKING:
    from helpers.poc.financial_report.grounding import _Reader
    from helpers.poc.financial_report.normalisation import Cell

_UP = (
    r"rose|rise[sn]?|rising|grew|grow(?:s|n|ing)?|growth|increas\w+|climb\w*|gain(?:ed|s)?|expand\w*|widen\w*"
    r"|advanc\w+|jump\w*"
    r"|surg\w+|soar\w*|higher(?!\s+than)|up(?=\s+(?:by|from|to|on)\b|\s+[\d(]|\s+[A-Z]{3}\b)|accelerat\w+"
    r"|sub(?:iu|iram|indo|ida|e|em|ió|ieron|en)|cresc\w+|crec\w+|aument\w+|avan[çz]\w+|elev\w+|ampli\w+|increment\w+"
    r"|aceler\w+|rebound\w*|recover\w*|rocket\w*|recuper\w+|dispar(?:ou|aram|ó|aron)|salt(?:ou|aram|ó|aron)|trep(?:ou|ó)"
)
_DOWN = (
    r"fell|fall(?:s|en|ing)?|declin\w+|decreas\w+|drop\w*|shr[aiu]nk\w*|narrow\w*|contract(?:ed|s|ion)|slipped|slid"
    r"|lowered"
    r"|lower(?!\s+than)|down(?=\s+(?:by|from|to|on)\b|\s+[\d(]|\s+[A-Z]{3}\b)|reduc\w+|slow\w*|weaken\w*"
    r"|ca(?:iu|íram|indo|em|yó|yeron|e|en|ída)|queda|recu(?:ou|aram|o|a)|diminu\w+|disminu\w+|reduz\w+|reduj\w+"
    r"|baix(?:ou|aram)"
    r"|baj(?:ó|aron|a)|encolh\w+|retra\w+|retroced\w+|descen\w+|desaceler\w+|recort\w+"
    r"|tumbl\w+|plung\w+|plummet\w*|sank|slump\w*|dipped|eased|despenc\w+|desab(?:ou|aram)|tomb(?:ou|aram)"
    r"|desplom\w+|hund(?:ió|ieron)"
)
_BETTER = r"improv\w+|melhor(?:ou|aram|a|ia)|mejor(?:ó|aron|a|ía)"
_WORSE = r"worsen\w*|deteriorat\w+|pior(?:ou|aram|a)|empeor\w+"
_STEADY = r"unchanged|stable|flat|steady|estável|estáveis|inalterad\w+|estables?|sin cambios"
_DIRECTION = re.compile(
    rf"\b(?:(?P<up>{_UP})|(?P<down>{_DOWN})|(?P<better>{_BETTER})|(?P<worse>{_WORSE})|(?P<steady>{_STEADY}))(?!\w)",
    re.IGNORECASE,
)
_LESS_IS_BETTER = {"net_debt", "net_debt_to_ebitda", "capex_to_revenue"}
_SPEED = re.compile(r"accelerat|aceler|slow|desaceler", re.IGNORECASE)
_GROWTH = {"revenue": "revenue_growth", "ebitda": "ebitda_growth"}
_STEADY_WITHIN = 0.01  # relative; for shares and ratios a tenth of a point as it is written
_DENIED = re.compile(r"\b(?:not|n't|never|no|não|nunca|sem|without|hardly|barely)\s+(?:\w+\s+){0,1}$", re.IGNORECASE)

_SUPERLATIVE = re.compile(
    r"(?:\b(?P<ordinal>first|second|third|fourth|segund[oa]|terceir[oa]|tercer[oa]?|primeir[oa]|primer[oa]?"
    r"|quart[oa]|cuart[oa])"
    r"[- ](?:posição |posición |lugar )?)?"
    r"\b(?:(?P<most>highest|largest|biggest|greatest|a maior|o maior|mais alt[oa]s?|la mayor|el mayor|más alt[oa]s?"
    r"|leads?|led|lider(?:a|am|an|ou|aram|ó|aron))"
    r"|(?P<least>lowest|smallest|a menor|o menor|mais baix[oa]s?|la menor|el menor|más baj[oa]s?)"
    r"|(?P<best>best|strongest|(?:a|o) melhor|(?:la|el) mejor)"
    r"|(?P<worst>worst|weakest|(?:a|o) pior|(?:la|el) peor))\b(?!\s+(?:que|do que|than|to\b))",
    re.IGNORECASE,
)
_ORDINAL = re.compile(
    r"\b(?:first(?! reported)|second|third|fourth|fifth|primeir[oa]|segund[oa]|terceir[oa]|primer[oa]?|tercer[oa]?"
    r"|cuart[oa])\b",
    re.IGNORECASE,
)
# A rank by a quality, not by a figure: "the most profitable", "a mais endividada".
_BY_QUALITY = re.compile(
    r"\b(?:the (?:most|least)|(?:as?|os?|las?|el|los) (?:mais|menos|más))\s+(?!alt|baix|baj)[^\W\d]{4,}", re.IGNORECASE
)
_PEAK = re.compile(
    r"\b(?:(?P<top>peak(?:ed|s)?|high point|(?:seu|su) máximo|(?:seu|su) pico)"
    r"|(?P<bottom>bottomed(?: out)?|trough(?:ed)?|low point|(?:seu|su) mínimo)"
    r"|(?P<ever>record|all-time|unprecedented|recordes?|récords?|históric[oa]s?))\b",
    re.IGNORECASE,
)
_LOSS = re.compile(
    r"\b(?:loss(?:es)?|loss-making|lost|in the red|prejuízos?|perdeu|perderam|pérdidas?|perdió|perdieron)(?!\w)",
    re.IGNORECASE,
)
_PLACES = {
    "first": 1, "primeir": 1, "primer": 1, "second": 2, "segund": 2, "third": 3, "terceir": 3, "tercer": 3,
    "fourth": 4, "quart": 4, "cuart": 4, "fifth": 5,
}  # fmt: skip
_COMPARATIVE = re.compile(
    r"\b(?:(?P<more>higher\s+than|above|beats?|outperform\w*|surpass\w*|topped|outpac\w+|super(?:a|am|an|ou|aram|ó|aron)"
    r"|ultrapass(?:a|am|ou|aram)|sobrepas(?:a|an|ó|aron)|mais (?:do )?que|más que"
    r"|larger\s+than|greater\s+than|more\s+than|ahead of|exceed\w*|acima d[aeo]s?"
    r"|superior(?:es)? [aà]s?"
    r"|maior(?:es)? (?:do )?que|por encima de|mayor(?:es)? que)"
    r"|(?P<less>lower\s+than|below|trail(?:s|ed)?|lag(?:s|ged)?(?: behind)?|f[ae]ll(?:s|en)? short of|underperform\w*"
    r"|menos (?:do )?que|smaller\s+than|less\s+than|behind|abaixo d[aeo]s?|inferior(?:es)? [aà]s?"
    r"|menor(?:es)? (?:do )?que"
    r"|por debajo de))(?!\w)",
    re.IGNORECASE,
)
_PEERS = re.compile(
    r"\W*(?:\w+\W+){0,2}?(?:peers?|others|competitors|rivals|pares|concorrentes|demais|competidores|demás|otras)\b",
    re.I,
)
_CAUSE = re.compile(
    r"\b(?:because|due to|owing to|thanks to|driven by|as a result of|reflect(?:s|ed|ing)|caused by|on the back of"
    r"|helped by"
    r"|devido a|por causa d|graças a|impulsionad\w+|em razão d|debido a|gracias a|a causa de|impulsad\w+"
    r"|por efecto de)\b",
    re.IGNORECASE,
)
_FORECAST = re.compile(
    r"\b(?:will|is expected|are expected|expects?|forecasts?|outlook|should|is likely|deve(?:rá|m)?|espera(?:-se)?"
    r"|prevê|previs\w+"
    r"|se espera|prevé|será[n]?)\b",
    re.IGNORECASE,
)

# What joins a number to a company or period right after it: "15.3% at Tarnberg", "(15.3%) in FY2024".
JOINS = re.compile(
    r"[\s)]*\(?\s*(?:(?:at|of|for|in|by|em|na|no|da|do|de|para|en|del|la|el|los|las|os|as|a|the|financial|fiscal|year|exercício"
    r"|ejercicio|ano|año)\s*)*",
    re.IGNORECASE,
)
FROM = re.compile(
    r"\b(?:from|after|against|compared (?:with|to)|versus|vs\.?|following|del?|d[ao]s?|desde|após|ante|contra|frente a"
    r"|comparado (?:com|con))"
    r"\s*(?:a\s+)?[(]?\s*$",
    re.IGNORECASE,
)
AGAINST = re.compile(
    r"\b(?:from|against|compared (?:with|to)|versus|vs\.?|ante|contra|frente a|desde|comparado (?:com|con))\b",
    re.IGNORECASE,
)
RESPECTIVELY = re.compile(r"\brespectively\b|\brespectivamente\b", re.IGNORECASE)
RESTATED = re.compile(r"restat|first reported|originally|reapresent|republic|originalmente|reexpres|revis", re.I)
_CHANGE_BEFORE = re.compile(
    rf"\b(?:{_UP}|{_DOWN}|{_BETTER}|{_WORSE})\s*\(?(?:\s*(?:by|of|em|de|un|en|del|an|another))*\s*[+(]?\s*$",
    re.IGNORECASE,
)
_CHANGE_AFTER = re.compile(
    r"\s*(?:higher|lower|more|less|growth|increase|rise|decline|drop|fall|decrease|de crescimento|de alta|de queda"
    r"|a mais|a menos"
    r"|de crecimiento|de aumento|de caída|más|menos)\b(?!\s+than)",
    re.IGNORECASE,
)
_NEGATIVE = re.compile(
    r"(?:\b(?:loss|losses|net loss|prejuízo|perda|pérdidas?)(?: líquido)?\s+(?:of|de)\s*"
    r"|\b(?:net cash(?: position)?|caixa líquido|posição de caixa líquida|caja neta|posición de caja neta)\s+(?:of"
    r"|de|era de|was)\s*)$",
    re.IGNORECASE,
)
FELL_BY = re.compile(rf"\b(?:{_DOWN}|{_WORSE})\s*(?:by|of|em|de|un|en|del|an?)?\s*(?:un\s+)?$", re.IGNORECASE)


# "caiu de 426,8 para 357,1": from that number, not by it.
_OF_BEFORE = re.compile(r"\bde\s*(?:un\s+)?$", re.IGNORECASE)
_TO_AFTER = re.compile(r"\s*(?:para|a|até|hasta)\b", re.IGNORECASE)


def is_start(text: str, claim: Claim) -> bool:
    """Whether a number is what a movement began at, in Portuguese and Spanish: "caiu de 426,8 para 357,1"."""
    return bool(_OF_BEFORE.search(text[: claim.start]) and _TO_AFTER.match(text, claim.end))


def is_change(text: str, claim: Claim) -> bool:
    """Whether a number says by how much something changed: "rose by 4.7%", "growth of 4.7%", not "rose to 15.3%"."""
    before = _CHANGE_BEFORE.search(text[: claim.start]) and not is_start(text, claim)
    return bool(before or _CHANGE_AFTER.match(text, claim.end))


def is_negative(sentence: Sentence, claim: Claim) -> bool:
    """Whether words give a number its minus: "a loss of 6.0 million", "fell by 9.7%", "net cash of 43.4 million"."""
    before = sentence.plain[: claim.start]
    if _NEGATIVE.search(before):
        return True
    fell = claim.unit in ("percent", "points") and FELL_BY.search(before)
    return bool(fell) and not is_start(sentence.text, claim)


def problems(sentence: Sentence, reader: _Reader) -> Iterator[tuple[str, str]]:
    """(words, why) of every direction, rank, comparison, cause and forecast that the table does not bear out."""
    text = sentence.text
    for match in _CAUSE.finditer(text):
        yield match.group(), "the table gives no causes"
    for match in _FORECAST.finditer(text):
        yield match.group(), "the table knows nothing of the future"
    for match in _DIRECTION.finditer(text):
        if why := _direction(sentence, match, reader):
            yield match.group(), why
    ranked: list[tuple[int, int]] = []
    for match in _SUPERLATIVE.finditer(text):
        ranked.append(match.span())
        if why := _rank(sentence, match, reader):
            yield match.group().strip(), why
    for match in _ORDINAL.finditer(text):
        if not any(start <= match.start() < end for start, end in ranked):
            yield match.group(), "the table's ranks are said as highest, second-highest or lowest"
    for match in _BY_QUALITY.finditer(text):
        yield match.group(), "the table ranks figures, not qualities; name the figure that is highest or lowest"
    for match in _PEAK.finditer(text):
        if why := _peak(sentence, match, reader):
            yield match.group(), why
    for match in _LOSS.finditer(sentence.plain):
        if why := _loss(sentence, match, reader):
            yield match.group(), why
    for match in _COMPARATIVE.finditer(text):
        if why := _comparison(sentence, match, reader):
            yield match.group(), why


def _direction(sentence: Sentence, match: re.Match[str], reader: _Reader) -> str:
    start = match.start()
    if _DENIED.search(sentence.text[:start]):
        return "a denial cannot be looked up; say what the figure did"
    indicator = reader.indicator_at(sentence, start)
    if not indicator:
        return "it does not say of which figure"
    if RESPECTIVELY.search(sentence.text):  # of all that it names
        named = dict.fromkeys(mention.what for mention in sentence.indicators)
        return next(filter(None, (_moved(sentence, match, each, reader) for each in named)), "")
    return _moved(sentence, match, indicator, reader)


def _moved(sentence: Sentence, match: re.Match[str], indicator: str, reader: _Reader) -> str:
    start, end = match.span()
    if _SPEED.match(match.group()):
        indicator = _GROWTH.get(indicator, indicator)
    company = _company(sentence, start, end, reader)
    now_period, before_period = _span(sentence, start, reader)
    now, before = (reader.cell(company, period, indicator) for period in (now_period, before_period))
    if now is None or before is None:
        if now is not None and now.kind in ("percent", "points") and indicator in _GROWTH.values():
            return _sign(match, indicator, now.amount, 0.0)
        missing = now_period if now is None else before_period
        return f"the table has no {indicator} of {company} for {missing} to compare with"
    if indicator in _GROWTH.values() and not _SPEED.match(match.group()):
        return _sign(match, indicator, now.amount, 0.0)  # "revenue growth increased to" is rare; "growth of" is not
    return _sign(match, indicator, now.amount, before.amount)


def _peak(sentence: Sentence, match: re.Match[str], reader: _Reader) -> str:
    if match.group("ever"):
        return "the table knows its own years only"
    start, end = match.span()
    indicator = reader.indicator_at(sentence, start)
    company = _company(sentence, start, end, reader)
    period = max(reader.periods_at(sentence, start, end))
    cells = {each: reader.cell(company, each, indicator) for each in reader.table.periods}
    amounts = {each: cell.amount for each, cell in cells.items() if cell is not None}
    if period not in amounts or len(amounts) < 2:
        return f"the table has no {indicator or 'figure'} of {company} to compare over the years"
    most = max(amounts.values()) if match.group("top") else min(amounts.values())
    return "" if amounts[period] == most else "by the table, it was another year"


def _loss(sentence: Sentence, match: re.Match[str], reader: _Reader) -> str:
    """Whether none of the years that it may be said of has a loss."""
    company = _company(sentence, *match.span(), reader)
    now, before = _span(sentence, match.start(), reader)
    cells = [reader.cell(company, period, "net_income") for period in {now, before}]
    amounts = [cell.amount for cell in cells if cell is not None]
    return "by the table there is no loss" if amounts and min(amounts) >= 0 else ""


def _company(sentence: Sentence, start: int, end: int, reader: _Reader) -> str:
    before = [mention for mention in sentence.companies if mention.end <= start]
    if before:
        return before[-1].what
    return reader.company_at(sentence, start, end)


def _sign(match: re.Match[str], indicator: str, now: float, before: float) -> str:
    up = match.group("up") or (match.group("worse") if indicator in _LESS_IS_BETTER else match.group("better"))
    moved = now - before
    if match.group("steady"):
        return "" if abs(moved) <= _STEADY_WITHIN * abs(before) else "it changed, by the table"
    if moved == 0:
        return "it did not change, by the table"
    if bool(up) == (moved > 0):
        return ""
    return f"it {'rose' if moved > 0 else 'fell'}, by the table"


def _span(sentence: Sentence, start: int, reader: _Reader) -> tuple[str, str]:
    """(now, before): the last and the first period of the clause; the year before where it names one."""
    low, high = _step(sentence, start)
    named = sorted({m.what for m in sentence.periods if low <= m.start < high}) or sorted(
        {m.what for m in sentence.periods}
    )
    named = [period for period in named if period in reader.table.periods] or [reader.period]
    if len(named) > 1:
        return named[-1], named[0]
    if re.search(r"\b(?:since|desde)\b", sentence.text, re.IGNORECASE) and named[0] != reader.table.periods[-1]:
        return reader.table.periods[-1], named[0]
    return named[0], reader.table.before(named[0])


_THEN = re.compile(
    r"\b(?:and|then|before|after|but|e|y|mas|pero|após|depois de|tras|después de)\s+(?:\w+\s+){0,2}$", re.IGNORECASE
)
_CLAUSES = re.compile(r";|,? (?:while|whereas|but|enquanto|mas|mientras|pero)\b", re.IGNORECASE)


def _clause(text: str, place: int) -> tuple[int, int]:
    ends = [0, *(match.start() for match in _CLAUSES.finditer(text)), len(text)]
    return max(end for end in ends if end <= place), min(end for end in ends if end > place or end == len(text))


def _step(sentence: Sentence, start: int) -> tuple[int, int]:
    """The part of a clause that a direction is about: "fell to 1 in FY2024 | and recovered to 2 in FY2025"."""
    low, high = _clause(sentence.text, start)
    text, years = sentence.text, [mention.start for mention in sentence.periods]
    for match in _DIRECTION.finditer(text, low, high):
        at = match.start()
        if at > start and _THEN.search(text[start:at]) and any(start <= year < at for year in years):
            return low, at
        if at == start and _THEN.search(text[low:start]) and any(start <= year < high for year in years):
            low = start
    return low, high


def ranking(reader: _Reader, indicator: str, period: str) -> list[Cell]:
    """The cells that can be compared, highest first."""
    found = [reader.cell(company, period, indicator) for company in reader.table.companies]
    return sorted((c for c in found if c is not None and c.common is not None), key=lambda c: -(c.common or 0))


def _rank(sentence: Sentence, match: re.Match[str], reader: _Reader) -> str:
    start, end = match.span()
    # "the highest EBITDA margin": the indicator follows.
    indicator = next((m.what for m in sentence.indicators if m.start >= end), "") or reader.indicator_at(
        sentence, start
    )
    company = _company(sentence, start, end, reader)
    period = max(reader.periods_at(sentence, start, end))
    order = ranking(reader, indicator, period)
    if company not in [cell.company for cell in order] or len(order) < 2:
        return f"the table does not rank {indicator or 'this'} of {company} in {period}"
    said = (match.group("ordinal") or "first").lower()
    place = next((number for word, number in _PLACES.items() if said.startswith(word)), 1)
    good = match.group("best") or match.group("worst")
    least = match.group("worst") if good else match.group("least")
    if bool(least) != bool(good and indicator in _LESS_IS_BETTER):
        order = order[::-1]
    if place <= len(order) and order[place - 1].company == company:
        return ""
    return f"by the table, {order[0].company} has that place in {period}" if place == 1 else "the table ranks otherwise"


def _comparison(sentence: Sentence, match: re.Match[str], reader: _Reader) -> str:
    after = sentence.text[match.end() :]
    others = [m for m in sentence.companies if m.start >= match.end()]
    if not others and not _PEERS.match(after):
        return _beside_itself(sentence, match, reader)
    subject = next((m.what for m in reversed(sentence.companies) if m.end <= match.start()), reader.company)
    indicator = reader.indicator_at(sentence, match.start())
    period = max(reader.periods_at(sentence, match.start(), match.end()))
    own = reader.cell(subject, period, indicator)
    against = [others[0].what] if others else [company for company in reader.table.companies if company != subject]
    cells = [reader.cell(company, period, indicator) for company in against]
    if own is None or own.common is None or any(cell is None or cell.common is None for cell in cells):
        return f"the table does not compare {indicator or 'this'} in {period}"
    more = bool(match.group("more"))
    if all((own.common > (cell.common or 0)) == more and own.common != cell.common for cell in cells if cell):
        return ""
    return "by the table it is the other way round"


def _beside_itself(sentence: Sentence, match: re.Match[str], reader: _Reader) -> str:
    """Why "exceeded 2,507.4 million" is wrong, where that is the figure itself; a figure of another year may follow."""
    number = next((claim for claim in sentence.numbers if claim.start >= match.end()), None)
    if number is None or not JOINS.fullmatch(sentence.text[match.end() : number.start]):
        return ""
    now = reader.cell(
        _company(sentence, *match.span(), reader),
        _span(sentence, 0, reader)[0],
        reader.indicator_at(sentence, match.start()),
    )
    if now is None or number.amount is None:
        return ""
    as_written = reader.amounts_of(now)
    if any(abs(number.amount - amount) <= 1e-9 * max(1.0, abs(amount)) for amount in as_written):
        return "that is the figure itself, neither more nor less"
    return ""
