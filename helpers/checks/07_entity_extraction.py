"""Exercises of lesson 07: a record, numbers as printed, a repair loop, proof by quote, precision and recall."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field, ValidationError

from helpers import figures
from helpers.data import load_sample
from helpers.grading import (
    Option,
    Question,
    ScriptedClient,
    Threshold,
    Wrong,
    attempt,
    exercise,
    for_all,
    observe,
    part,
    quiz,
    remark,
    strategies,
)

QUOTED = Threshold(mock=1.0, live=0.9)  # share of figures whose quote stands on the page they name; the aim is all

GOOD: dict[str, Any] = {
    "value": 2507.4,
    "unit": "million",
    "currency": "BRL",
    "period": "2025",
    "page": 2,
    "quote": "Net revenue | 2,507.4 | 2,395.8",
}
VALID = {
    "money in millions": {},
    "a loss": {"value": -6015, "unit": "thousand", "currency": "USD", "quote": "Net loss | (6,015)"},
    "no money, so no currency": {"value": 8307, "unit": "people", "currency": None},
    "a year that ends in another": {"period": "2023/24"},
    "page 1, a short quote": {"page": 1, "value": 7, "quote": "7"},
}
INVALID = {
    "a value that is no number": ({"value": "about 2,507"}, "`value` is a number."),
    "an infinite value": ({"value": float("inf")}, "Infinity is no figure: `allow_inf_nan=False`."),
    "a unit of its own": ({"unit": "lakh"}, "`unit` is one of `figures.Unit`."),
    "four capitals": ({"currency": "EURO"}, "Three and no more: “^” and “$” are the pattern's beginning and end."),
    "a currency sign": ({"currency": "R$"}, "A sign is ambiguous; three capitals, as BRL, are not."),
    "a period with letters": ({"period": "FY2025"}, "Digits alone: “^” and “$” are the pattern's beginning and end."),
    "a period in words": ({"period": "last year"}, "“last year” is another year for each reader."),
    "page 0": ({"page": 0}, "Pages are counted from 1."),
    "an empty quote": ({"quote": ""}, "An empty quote proves nothing."),
    "a field too many": ({"confidence": 0.99}, "An unknown field is a misunderstanding: `extra` is to be forbidden."),
}
_FIELDS = """
    value: float = Field(allow_inf_nan=False)
    unit: figures.Unit
    currency: str | None = Field(pattern="^[A-Z]{3}$")
    period: str = Field(pattern=r"^\\d{4}(/\\d{2})?$")
    page: int = Field(ge=1)
    quote: str = Field(min_length=1)
"""


def record(fields: str = _FIELDS, config: str = '    model_config = {"extra": "forbid"}') -> str:
    return f"class Figure(BaseModel):\n{config}{fields}"


@exercise(
    points=3,
    hints=[
        "A field is a name with a type; `float | None` may be null. A rule goes into `= Field(...)`.",
        '`Field(ge=1)`, `Field(min_length=1)`, `Field(pattern="^[A-Z]{3}$")`, `Field(allow_inf_nan=False)`.',
        r'A period is four digits, then perhaps a slash and two: `pattern=r"^\d{4}(/\d{2})?$"`.',
        '`model_config = {"extra": "forbid"}` in the class refuses fields that it does not have.',
    ],
    wrong={
        "types alone": Wrong(
            "class Figure(BaseModel):\n    value: float\n    unit: str\n    currency: str | None\n    period: str\n"
            "    page: int\n    quote: str",
            "inf",
        ),
        "currency never null": record(_FIELDS.replace("str | None", "str")),
        "pages from 0": record(_FIELDS.replace("ge=1", "ge=0")),
        "other fields are let in": record(config=""),
        "calendar years only": record(_FIELDS.replace("(/\\\\d{2})?", "").replace(r"(/\d{2})?", "")),
        "capitals anywhere": record(_FIELDS.replace("^[A-Z]{3}$", "[A-Z]{3}")),
        "a year anywhere": record(_FIELDS.replace(r"^\d{4}(/\d{2})?$", r"\d{4}(/\d{2})?")),
        "quote may be empty": record(_FIELDS.replace(" = Field(min_length=1)", "")),
    },
)
def Figure(Figure):
    "A record that proves itself"
    assert isinstance(Figure, type) and issubclass(Figure, BaseModel), "`Figure` is a class made from BaseModel."
    with part("five good figures are taken", points=1):
        for name, change in VALID.items():
            fields = GOOD | change
            attempt(Figure.model_validate, fields).satisfies(
                lambda made, fields=fields: made.model_dump() == fields,
                expected="a record with just these six fields",
                why=f"This one is good: {name}.",
            )
    with part("ten bad ones are refused", points=2):
        for name, (change, why) in INVALID.items():
            observe(changed=change, all_else="as in a good figure")
            assert refused(Figure, GOOD | change), f"`Figure` takes {name}. {why}"


def refused(record: type[BaseModel], fields: dict[str, Any]) -> bool:
    try:
        record.model_validate(fields)
    except ValidationError:
        return True
    return False


# --- numbers -------------------------------------------------------------------------------------------------------


def _body(kept: str, sign: str, scale: str = "word") -> str:
    return f"""
import re

def to_number(text, decimal="."):
    digits = re.search(r"\\d[\\d.,'\\s]*", text)
    if digits is None:
        return None
    kept = {kept}
    after = text[digits.end():].lower().lstrip(" )")
    word = max((w for w in figures.SCALES if re.match(rf"{{w}}\\b", after)), key=len, default="")
    scale = figures.SCALES.get(word, 1) if "{scale}" == "word" else 1
    return {sign} * float(kept) * scale
"""


_KEPT = "''.join(c for c in digits.group() if c.isdigit() or c == decimal).rstrip(decimal).replace(decimal, '.')"
_SIGN = "(-1 if re.search(r'[(−-]', text[:digits.start()]) else 1)"


@exercise(
    points=4,
    hints=[
        '`re.search(r"\\d[\\d.,\'\\s]*", text)` finds the digits with their marks; it is None without any.',
        "Keep the digits and the `decimal` mark, drop the rest, then put a point for the mark: `float` reads that.",
        "What stands before the digits, `text[: digits.start()]`, tells the sign: “(”, “-” or “−”.",
        'After the digits, the longest word of `figures.SCALES` that `re.match(rf"{word}\\b", after)` finds counts.',
    ],
    wrong={
        "commas are always thousands": Wrong(
            _body("digits.group().replace(',', '').replace(\"'\", '').replace(' ', '').strip()", _SIGN), "decimal"
        ),
        "brackets are nothing": _body(_KEPT, "(-1 if '-' in text or '−' in text else 1)"),
        "the words do not scale": _body(_KEPT, _SIGN, "none"),
        "zero for no digit": _body(_KEPT, _SIGN).replace("return None", "return 0.0"),
        "a bracket anywhere": _body(_KEPT, "(-1 if re.search(r'[(−-]', text) else 1)"),
    },
)
def to_number(to_number):
    "Read numbers as filings print them"
    forms = load_sample("extraction/number_forms.json")
    for kind, (name, rule) in KINDS.items():
        with part(name, points=1):
            for form in forms:
                if form["kind"] == kind:
                    tried = attempt(to_number, form["text"], decimal=form["decimal"])
                    why = rule.format(**form)
                    tried.equals(None, why=why) if kind == "none" else tried.close(form["value"], why=why)
            if kind == "plain":
                attempt(to_number, "1,234.5").close(1234.5, why="Without `decimal`, a point stands before decimals.")

                @for_all(cents=strategies.integers(0, 10**11), max_examples=20)
                def both_ways(cents):
                    english = f"{cents / 100:,.2f}"
                    portuguese = english.translate(str.maketrans(",.", ".,"))
                    attempt(to_number, english, decimal=".").close(cents / 100, why="A comma parts thousands here.")
                    attempt(to_number, portuguese, decimal=",").close(cents / 100, why="A point parts thousands here.")


KINDS = {
    "none": ("nothing to read gives None", "Where a filing states no number, none may be made up."),
    "plain": (
        "plain numbers, in both ways of writing",
        "Before decimals stands “{decimal}” on this page; other marks between digits are dropped.",
    ),
    "sign": ("signs and brackets", "Brackets, a minus or a long minus before the digits make a number negative."),
    "scale": ("words that scale", "The word after the digits scales them; of two that fit, the longer one."),
}


# --- repair --------------------------------------------------------------------------------------------------------


class Reading(BaseModel):
    """What the scripted replies of the check have to fit."""

    value: float
    page: int = Field(ge=1)


MESSAGES = [{"role": "user", "content": "The revenue of this page, and the page's number."}]
FITS, NO_NUMBER, NO_PAGE = {"value": 742.4, "page": 5}, {"value": "about 740", "page": 5}, {"value": 742.4, "page": 0}


def loop(body: str) -> str:
    return f"""
def extract(client, model, messages, schema, retries=2):
    form = figures.as_response_format(schema)
    ask = lambda messages: client.chat.completions.create(model=model, messages=messages, response_format=form)
{body}
"""


@exercise(
    points=5,
    live_calls=6,
    live_tokens=25_000,
    hints=[
        "Begin with `messages = list(messages)`. Then a loop over `range(retries, -1, -1)`: how many tries are left.",
        "`reply.choices[0].message.content` is the text; `schema.model_validate_json(text)` reads it or raises.",
        "`except ValidationError as error:` add an assistant's message with the text and a user's with `str(error)`.",
        "With none left, `raise` gives the caller the last error.",
    ],
    wrong={
        "asks again without a word": Wrong(
            loop(
                """
    for left in range(retries, -1, -1):
        try:
            return schema.model_validate_json(ask(messages).choices[0].message.content)
        except ValidationError:
            if not left:
                raise
"""
            ),
            "error",
        ),
        "never again": loop("    return schema.model_validate_json(ask(messages).choices[0].message.content)"),
        "again and again": loop(
            """
    messages = list(messages)
    while True:
        text = ask(messages).choices[0].message.content
        try:
            return schema.model_validate_json(text)
        except ValidationError as error:
            messages += [{"role": "assistant", "content": text}, {"role": "user", "content": str(error)}]
"""
        ),
        "always two retries": loop(
            """
    messages = list(messages)
    for left in (2, 1, 0):
        text = ask(messages).choices[0].message.content
        try:
            return schema.model_validate_json(text)
        except ValidationError as error:
            if not left:
                raise
            messages += [{"role": "assistant", "content": text}, {"role": "user", "content": str(error)}]
"""
        ),
        "None in the end": loop(
            """
    messages = list(messages)
    for left in range(retries, -1, -1):
        text = ask(messages).choices[0].message.content
        try:
            return schema.model_validate_json(text)
        except ValidationError as error:
            messages += [{"role": "assistant", "content": text}, {"role": "user", "content": str(error)}]
"""
        ),
        "writes into the caller's messages": loop(
            """
    for left in range(retries, -1, -1):
        text = ask(messages).choices[0].message.content
        try:
            return schema.model_validate_json(text)
        except ValidationError as error:
            if not left:
                raise
            messages += [{"role": "assistant", "content": text}, {"role": "user", "content": str(error)}]
"""
        ),
        "the error alone": loop(
            """
    messages = list(messages)
    for left in range(retries, -1, -1):
        text = ask(messages).choices[0].message.content
        try:
            return schema.model_validate_json(text)
        except ValidationError as error:
            if not left:
                raise
            messages.append({"role": "user", "content": str(error)})
"""
        ),
    },
)
def extract(extract, endpoint):
    "Repair a reply by its error"
    with part("a reply that fits costs one request", points=1):
        script = ScriptedClient([FITS])
        attempt(extract, script.client, "any", MESSAGES, Reading).equals(Reading(**FITS))
        asked = script.requests[0].get("response_format") or {}
        observe(response_format=asked)
        assert asked.get("type") == "json_schema", "Send the schema along: `figures.as_response_format(schema)`."
        assert script.requests[0].get("model") == "any", "Ask the model that was given: `model=model`."
    with part("the error goes back with the reply", points=2):
        script = ScriptedClient([NO_NUMBER, FITS])
        attempt(extract, script.client, "any", MESSAGES, Reading).equals(
            Reading(**FITS), why="The first reply does not fit, the second one does."
        ).unchanged(why="The caller's list is the caller's: work on a copy.")
        told = [(str(m["role"]), str(m["content"])) for m in script.requests[1]["messages"]]
        observe(second_request=told)
        assert any("valid number" in text for _, text in told), "The error's text has to be in the second request."
        assert any(role == "assistant" and "about 740" in text for role, text in told), (
            "The model remembers nothing: send its own bad reply along."
        )
        assert told[-1][0] == "user", "The error comes last, from the user."
    with part("two retries, then the error is raised", points=1):
        script = ScriptedClient([NO_NUMBER, NO_PAGE, FITS])
        attempt(extract, script.client, "any", MESSAGES, Reading).equals(Reading(**FITS), why="The third one fits.")
        script = ScriptedClient([NO_PAGE] * 10)
        attempt(extract, script.client, "any", MESSAGES, Reading, raises=ValidationError)
        observe(requests=len(script.requests))
        assert len(script.requests) == 3, "One request and two retries are three requests."
        script = ScriptedClient([NO_PAGE] * 10)
        attempt(extract, script.client, "any", MESSAGES, Reading, retries=0, raises=ValidationError)
        observe(requests=len(script.requests))
        assert len(script.requests) == 1, "With `retries=0` there is one request and no more."
    with part("your endpoint fills it", points=1):
        filled_by(extract, endpoint)


def filled_by(extract: Any, endpoint: Any) -> None:
    """Two decks on the endpoint: the replies fit, and what they quote stands where they say."""
    indicators = [one for one in load_sample("companies/indicators.yaml") if one["name"] in ("revenue", "ebitda")]
    schema, all_pages = figures.filing_schema(indicators), load_sample("companies/pages.json")
    said = []
    for name in ("serra_clara_2025_deck.pptx", "northmoor_2024_deck.pptx"):
        pages = all_pages[name]
        content = f"Extract the figures of the financial year reported.\n<filing>\n{figures.as_text(pages)}\n</filing>"
        messages = [{"role": "user", "content": content}]
        made = attempt(extract, endpoint.client, endpoint.chat_large, messages, schema).is_a(schema).result
        texts = {page["page"]: page["text"] for page in pages}
        said += [figures.problem(one, texts) for _, one in made if one]
    held, bound = [each != "quote not on page" for each in said], QUOTED.on(endpoint)
    remark(f"**{sum(held)} of {len(held)}** figures quote words that stand on the page they name.")
    assert said and sum(held) / len(held) >= bound, f"At least {bound:.0%} of the quotes should stand on their page."


# --- proof ---------------------------------------------------------------------------------------------------------

PAGES = {
    4: "Turnover grew by 9.7% to EUR 742.4 million,\nwith the strongest contribution from Pumps.",
    5: "EUR million\n | 2023/24 | 2022/23\nTurnover | 742.4 | 676.6\nNet debt | (1.9) | 14.5",
    6: "Receita líquida 2.127.174 1.984.937",
}


def figure(value: float, page: int, quote: str) -> figures.Figure:
    # Made without its rules: the check has to see what a careless record lets through.
    return figures.Figure.model_construct(
        value=value, unit="million", currency="EUR", period="2023/24", page=page, quote=quote
    )


_PROOF = """
def problem(figure, pages, decimal="."):
    quote = figures.squeezed(figure.quote)
    if {unseen}:
        return "quote not on page"
    if {unread}:
        return "value not in quote"
    return None
"""
_UNSEEN = 'not quote or quote not in figures.squeezed(pages.get(figure.page, ""))'
_UNREAD = "figure.value not in figures.numbers_in(figure.quote, decimal)"


@exercise(
    points=4,
    hints=[
        'The page\'s text is `pages.get(figure.page, "")`: there may be no such page.',
        "Compare the two after `figures.squeezed`: `quote not in figures.squeezed(text)`.",
        "An empty text is in every text: an empty quote has to be refused by itself.",
        "`figure.value in numbers` asks whether one of the quote's numbers is the value, sign and all.",
    ],
    wrong={
        "any page will do": Wrong(
            _PROOF.format(
                unseen="not quote or not any(quote in figures.squeezed(text) for text in pages.values())",
                unread=_UNREAD,
            ),
            "page",
        ),
        "a neighbouring page will do": _PROOF.format(
            unseen='not any(quote and quote in figures.squeezed(pages.get(figure.page + k, "")) for k in (-1, 0, 1))',
            unread=_UNREAD,
        ),
        "signs do not matter": _PROOF.format(
            unseen=_UNSEEN, unread="abs(figure.value) not in map(abs, figures.numbers_in(figure.quote, decimal))"
        ),
        "spaces and bars matter": _PROOF.format(
            unseen='not figure.quote or figure.quote not in pages.get(figure.page, "")', unread=_UNREAD
        ),
        "the quote alone": _PROOF.format(unseen=_UNSEEN, unread="False"),
        "always English": _PROOF.format(unseen=_UNSEEN, unread="figure.value not in figures.numbers_in(figure.quote)"),
        "the value as text": _PROOF.format(unseen=_UNSEEN, unread="str(abs(figure.value)) not in figure.quote"),
        "an empty quote is everywhere": _PROOF.format(
            unseen='quote not in figures.squeezed(pages.get(figure.page, ""))', unread="quote and (" + _UNREAD + ")"
        ),
    },
)
def problem(problem):
    "Show me the quote"
    with part("a proven figure has no problem", points=1):
        attempt(problem, figure(742.4, 5, "Turnover | 742.4 | 676.6"), PAGES).equals(
            None, why="Quote and value are there."
        )
        attempt(problem, figure(742.4, 5, "Turnover 742.4 676.6"), PAGES).equals(
            None, why="Spaces and bars do not count: each reader of documents sets its own."
        )
        split = "to EUR 742.4 million, with the strongest contribution"
        attempt(problem, figure(742.4, 4, split), PAGES).equals(None, why="A line break on the page does not count.")
        attempt(problem, figure(-1.9, 5, "Net debt | (1.9) | 14.5"), PAGES).equals(None, why="(1.9) is -1.9.")
    with part("the quote stands on its own page", points=2):
        quote = "Turnover | 742.4 | 676.6"
        for page in (4, 6):
            attempt(problem, figure(742.4, page, quote), PAGES).equals(
                "quote not on page", why="It stands on page 5: off by one is off."
            )
        attempt(problem, figure(742.4, 99, quote), PAGES).equals("quote not on page", why="There is no page 99.")
        attempt(problem, figure(742.4, 5, "Turnover reached 742.4"), PAGES).equals(
            "quote not on page", why="Nobody wrote these words."
        )
        attempt(problem, figure(742.4, 5, ""), PAGES).equals("quote not on page", why="An empty quote proves nothing.")
    with part("the value is a number of the quote", points=1):
        attempt(problem, figure(1.9, 5, "Net debt | (1.9) | 14.5"), PAGES).equals(
            "value not in quote", why="Brackets make it negative: net debt of -1.9 is net cash."
        )
        attempt(problem, figure(42.4, 5, "Turnover | 742.4 | 676.6"), PAGES).equals(
            "value not in quote", why="42.4 is a part of 742.4, and not one of its numbers."
        )
        quote = "Receita líquida 2.127.174 1.984.937"
        attempt(problem, figure(2127174.0, 6, quote), PAGES, decimal=",").equals(
            None, why="With `decimal` a comma, points part thousands."
        )


# --- score ---------------------------------------------------------------------------------------------------------

_SCORE = """
def score(found, gold, tolerance=0.002):
    right = sum(v is not None and gold[k] is not None and {close} for k, v in found.items())
    given = sum({given} for k, v in found.items())
    there = sum({there} for k, v in gold.items())
    return {result}
"""
_PARTS = {
    "close": "abs(v - gold[k]) <= tolerance * abs(gold[k])",
    "given": "v is not None",
    "there": "v is not None",
    "result": "(right / given if given else 0.0), (right / there if there else 0.0)",
}


@exercise(
    points=4,
    hints=[
        "Count three things: right ones, those given (`found` is not None), those there (`gold` is not None).",
        "Right: both are numbers, and `abs(value - gold[key]) <= tolerance * abs(gold[key])`.",
        "Precision is right / given, recall is right / there. Where the lower number is 0, the share is 0.",
    ],
    wrong={
        "accuracy twice": Wrong(
            _SCORE.format(
                **_PARTS | {"result": "(right / len(gold) if gold else 0.0), (right / len(gold) if gold else 0.0)"}
            ),
            "tried",
        ),
        "exact": _SCORE.format(**_PARTS | {"close": "v == gold[k]"}),
        "tolerance in units": _SCORE.format(**_PARTS | {"close": "abs(v - gold[k]) <= tolerance"}),
        "tolerance without the sign's care": _SCORE.format(
            **_PARTS | {"close": "abs(v - gold[k]) <= tolerance * gold[k]"}
        ),
        "zero is nothing": _SCORE.format(**_PARTS | {"given": "bool(v)", "there": "bool(v)"}),
        "invented ones are free": _SCORE.format(**_PARTS | {"given": "v is not None and gold[k] is not None"}),
        "divides by nothing": _SCORE.format(**_PARTS | {"result": "right / given, right / there"}),
    },
)
def score(score):
    "Score the fields"
    gold = {"revenue": 1000.0, "ebitda": 200.0, "loss": -50.0, "adjusted": None}
    with part("right, wrong, missing, invented", points=2):
        attempt(score, {"a": 1.0, "b": 9.0}, {"a": 1.0, "b": 2.0}).close((0.5, 0.5), why="One of two is right.")
        found = {"revenue": 1000.0, "ebitda": None, "loss": 50.0, "adjusted": 210.0}
        attempt(score, found, gold).close(
            (1 / 3, 1 / 3), why="Given: 3, there: 3, right: 1. A loss of 50 is not 50; what was invented is given too."
        )
        found = {"revenue": 1000.0, "ebitda": None, "loss": None, "adjusted": None}
        attempt(score, found, gold).close((1.0, 1 / 3), why="All that was given is right; two of three are missing.")
    with part("within the tolerance", points=1):
        near = {"revenue": 1001.9, "ebitda": 200.3, "loss": -50.05, "adjusted": None}
        attempt(score, near, gold).close((1.0, 1.0), why="Each is off by less than 0.2% of the gold's size.")
        attempt(score, {"revenue": 1002.1}, {"revenue": 1000.0}).close((0.0, 0.0), why="0.21% is too much.")
        attempt(score, {"revenue": 1010.0}, {"revenue": 1000.0}, tolerance=0.01).close((1.0, 1.0), why="1% is allowed.")
    with part("nothing, and zero", points=1):
        attempt(score, {"a": 0.0, "b": None}, {"a": 0.0, "b": 1.0}).close(
            (1.0, 0.5), why="Zero is a value; None is none."
        )
        attempt(score, {"a": None}, {"a": None}).close((0.0, 0.0), why="Where there are none, the share is 0.")
        attempt(score, {}, {}).close((0.0, 0.0), why="Where there are none, the share is 0.")


recap = quiz(
    "recap",
    points=4,
    title="What you take along",
    hints=["1: the two maps. 2: exercise 2. 3: exercise 3. 4: “Looked right, was wrong”."],
    questions=[
        Question(
            "All replies are valid against a strict schema. What do you know of their numbers?",
            options=[
                Option("they are right", because="You saw valid replies with wrong numbers in them."),
                Option("they are numbers", right=True, because="The form is guaranteed, and nothing else."),
                Option("they stand in the text", because="Only a check against the text can say that."),
            ],
        ),
        Question(
            "A page says “278.413”. What is it?",
            options=[
                Option("278.413, a decimal number", because="In English. On a Portuguese page it is 278 thousand."),
                Option(
                    "it depends on the page's language",
                    right=True,
                    because="The same six digits are two numbers: the language has to come along.",
                ),
                Option("always 278,413", because="On a Portuguese page. On an English one it is less than 300."),
            ],
        ),
        Question(
            "A reply does not fit the schema. What goes into the next request?",
            options=[
                Option("the same messages once more", because="Then the model has no reason to answer otherwise."),
                Option("only the error", because="The endpoint remembers nothing: the bad reply has to go along."),
                Option(
                    "the messages, the bad reply and the error",
                    right=True,
                    because="The model sees what it wrote and what was wrong with it.",
                ),
            ],
        ),
        Question(
            "The quote stands on its page and holds the value. Is the figure right?",
            options=[
                Option(
                    "not always: it may be the line of another figure",
                    right=True,
                    because="A true quote can prove something else; look whether it names the figure.",
                ),
                Option("always", because="You saw one that passed and was wrong."),
                Option("never", because="Most of those that passed were right: the check sorts, it does not decide."),
            ],
        ),
    ],
)
