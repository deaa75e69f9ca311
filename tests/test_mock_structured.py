"""The offline endpoint fills schemas: always valid, from the text's own values, refused as the API refuses them.

The texts occur in no lesson. TUNED was used to tune the method, HELD_OUT was written after that and is only counted.
"""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import BaseModel, Field
from starlette.testclient import TestClient

from helpers.mock_endpoint import start

CHAT = "/v1/chat/completions"
KEY = {"Authorization": "Bearer workbook"}


def strict_object(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def post(web: TestClient, schema: Any, text: str, strict: bool = True, model: str = "sim-large", **more: Any) -> Any:
    form = {"type": "json_schema", "json_schema": {"name": "note", "strict": strict, "schema": schema}}
    body = {"model": model, "temperature": 0, "messages": [{"role": "user", "content": text}], "response_format": form}
    return web.post(CHAT, json=body | more, headers=KEY)


def fill(web: TestClient, schema: Any, text: str, **more: Any) -> Any:
    reply = post(web, schema, text, **more)
    assert reply.status_code == 200, reply.text
    value = json.loads(reply.json()["choices"][0]["message"]["content"])
    Draft202012Validator(schema).validate(value)
    return value


STRING, INTEGER, NUMBER, BOOLEAN = ({"type": kind} for kind in ("string", "integer", "number", "boolean"))

# --- values --------------------------------------------------------------------------------------------------------

ORDER = (
    "Please note: Marta Silva ordered 12 clay pots on 3 April 2024. The total is 86.50 euros. "
    "Write to marta@pots.example."
)


def test_each_field_gets_the_value_of_its_name_and_type(web):
    schema = strict_object(customer=STRING, quantity=INTEGER, total=NUMBER, order_date=STRING, email=STRING)
    assert fill(web, schema, f"Extract the order from this text.\n\n{ORDER}") == {
        "customer": "Marta Silva",
        "quantity": 12,
        "total": 86.5,
        "order_date": "3 April 2024",
        "email": "marta@pots.example",
    }


def test_the_value_follows_the_text(web):
    schema = strict_object(total=NUMBER)
    assert fill(web, schema, ORDER.replace("86.50", "1,086.50")) == {"total": 1086.5}


HARVEST = """Harvest by orchard, tonnes

 | spring | autumn
Pears picked | 412.5 | 388.0
Early pears | 61.0 | 57.5
Frost losses | 12.0 | 30.5
"""


def test_a_row_of_a_table_names_its_figures_and_the_first_column_comes_first(web):
    schema = strict_object(frost_losses=NUMBER, pears_picked=NUMBER)
    assert fill(web, schema, f"Extract the figures.\n\n{HARVEST}") == {"frost_losses": 12.0, "pears_picked": 412.5}


def test_the_heading_of_a_column_is_part_of_what_its_figure_is_called(web):
    assert fill(web, strict_object(pears_picked_autumn=NUMBER), HARVEST) == {"pears_picked_autumn": 388.0}


def test_a_table_that_goes_on_without_its_heading_is_still_read(web):
    cut = "\n".join(HARVEST.splitlines()[3:])
    assert fill(web, strict_object(frost_losses=NUMBER), cut) == {"frost_losses": 12.0}


def test_other_names_in_a_description_find_the_row(web):
    text = f"{HARVEST}\nThe damage report of the season has 7 pages."

    def read(about: str) -> Any:
        return fill(web, strict_object(damage={"type": "number", "description": about}), text)["damage"]

    assert read("Damage of the season, also frost losses or hail") == 12.0
    assert read("Damage of the season") != 12.0


PAPER = f"""[page 1]
Growers' co-operative, yearly paper 2031

[page 2]
{HARVEST}
Members paid dues of C$ 1.2 million.
"""
FIGURE = strict_object(
    value=NUMBER,
    unit={"enum": ["percent", "tonnes", "million"]},
    currency=STRING,
    period=STRING,
    page=INTEGER,
    quote=STRING,
)


def test_what_belongs_to_a_figure_stands_beside_it(web):
    filled = fill(web, strict_object(pears_picked=FIGURE, membership_dues=FIGURE), f"<paper>\n{PAPER}\n</paper>")
    pears, dues = filled["pears_picked"], filled["membership_dues"]
    assert (pears["value"], pears["unit"], pears["period"], pears["page"]) == (412.5, "tonnes", "2031", 2)
    assert pears["quote"] == "Pears picked | 412.5 | 388.0"
    assert (dues["unit"], dues["currency"], dues["page"]) == ("million", "C$", 2)
    assert dues["quote"] == "Members paid dues of C$ 1.2 million."


def test_a_figure_that_may_be_absent_is_null_as_a_whole(web):
    schema = strict_object(honey_sold={"anyOf": [FIGURE, {"type": "null"}]})
    assert fill(web, schema, "[page 1]\nThe orchard is closed in winter.") == {"honey_sold": None}


def test_a_description_decides_what_a_bare_name_means(web):
    def read(about: str) -> Any:
        return fill(web, strict_object(x={"type": "string", "description": about}), ORDER)["x"]

    assert read("e-mail address of the customer") == "marta@pots.example"
    assert read("date of the order") == "3 April 2024"


def test_what_nothing_supports_is_null_where_it_may_be_and_else_empty(web):
    schema = strict_object(phone={"type": ["string", "null"]}, fax=STRING, age={"anyOf": [INTEGER, {"type": "null"}]})
    assert fill(web, schema, "The parcel is blue and square.") == {"phone": None, "fax": "", "age": None}


def test_an_optional_field_without_support_is_left_out(web):
    schema = {"type": "object", "properties": {"email": STRING, "colour": STRING}, "required": []}
    assert fill(web, schema, "The parcel is blue.", strict=False) == {"colour": "blue"}


def test_a_list_collects_all_records(web):
    item = strict_object(product=STRING, quantity=INTEGER)
    schema = strict_object(items={"type": "array", "items": item})
    text = "- 3 hammers\n- 20 brass screws\n- 1 ladder"
    assert [row["quantity"] for row in fill(web, schema, text)["items"]] == [3, 20, 1]
    prose = fill(web, schema, "We need 3 hammers, 20 brass screws and 1 ladder.")["items"]
    assert [row["quantity"] for row in prose] == [3, 20, 1]
    assert [row["product"] for row in prose] == ["hammers", "brass screws", "ladder"]


def test_a_list_of_values_collects_all(web):
    schema = strict_object(emails={"type": "array", "items": STRING}, guests={"type": "array", "items": STRING})
    text = "Invite Ana Costa, Bo Lind and Cy Tran to the dinner. Copy a@b.example and c@d.example."
    assert fill(web, schema, text) == {
        "emails": ["a@b.example", "c@d.example"],
        "guests": ["Ana Costa", "Bo Lind", "Cy Tran"],
    }


def test_a_label_is_chosen_by_its_meaning(web):
    schema = strict_object(topic={"type": "string", "enum": ["cooking", "gardening", "sailing"]})
    assert fill(web, schema, "The roses need pruning and the lawn wants water.") == {"topic": "gardening"}
    assert fill(web, schema, "The soup needs salt and an hour on the stove.") == {"topic": "cooking"}


def test_yes_or_no_follows_support_and_negation(web):
    schema = strict_object(has_parking={"type": "boolean", "description": "whether there is parking"})
    assert fill(web, schema, "The hotel has free parking behind the house.") == {"has_parking": True}
    assert fill(web, schema, "The hotel has no parking.") == {"has_parking": False}
    assert fill(web, schema, "Breakfast is served at eight.") == {"has_parking": False}


def test_nested_objects_and_references_are_filled(web):
    address = strict_object(street=STRING, city=STRING)
    schema = strict_object(name=STRING, address={"$ref": "#/$defs/address"}) | {"$defs": {"address": address}}
    text = "Name: Lee Park\nStreet: 5 Elm Road\nCity: Dover"
    assert fill(web, schema, text) == {"name": "Lee Park", "address": {"street": "5 Elm Road", "city": "Dover"}}


def test_a_union_takes_the_branch_the_text_speaks_of(web):
    card = strict_object(kind={"type": "string", "const": "card"}, card_number=STRING)
    bank = strict_object(kind={"type": "string", "const": "bank transfer"}, iban=STRING)
    schema = strict_object(payment={"anyOf": [card, bank]})
    assert fill(web, schema, "Paid by bank transfer. IBAN: DE4455")["payment"] == {
        "kind": "bank transfer",
        "iban": "DE4455",
    }
    assert fill(web, schema, "Paid by card. Card number: 4455 1100")["payment"]["kind"] == "card"


def test_patterns_formats_and_ranges_are_kept(web):
    schema = strict_object(
        plate={"type": "string", "pattern": "^[A-Z]{2}-[0-9]{4}$"},
        day={"type": "string", "format": "date"},
        score={"type": "integer", "minimum": 1, "maximum": 5},
    )
    text = "The van AB-1234 came on 9 May 2023 and got a score of 4 after 120 km."
    assert fill(web, schema, text) == {"plate": "AB-1234", "day": "2023-05-09", "score": 4}
    empty = fill(web, schema, "Nothing here.")
    assert 1 <= empty["score"] <= 5


def test_an_answer_field_is_answered_from_the_passages(web):
    schema = strict_object(answer=STRING, sources={"type": "array", "items": STRING})
    text = "[a1] The kiosk opens at 8.\n[a2] The pool costs 4 dollars.\n\nQuestion: How much is the pool?"
    assert fill(web, schema, text) == {"answer": "The pool costs 4 dollars.", "sources": ["a2"]}


def test_the_small_model_loses_a_value_in_the_middle_of_a_long_text(web):
    filler = "The report describes weather and roads of the region in general words. "
    text = filler * 120 + "The invoice number is K-7741. " + filler * 60
    schema = strict_object(invoice_number={"type": ["string", "null"]})
    assert fill(web, schema, text) == {"invoice_number": "K-7741"}
    assert fill(web, schema, text, model="sim-small") != {"invoice_number": "K-7741"}


# --- JSON mode -----------------------------------------------------------------------------------------------------


def json_mode(web: TestClient, text: str) -> Any:
    body = {"model": "sim-large", "temperature": 0, "messages": [{"role": "user", "content": text}]}
    return web.post(CHAT, json=body | {"response_format": {"type": "json_object"}}, headers=KEY)


def content(reply: Any) -> Any:
    return json.loads(reply.json()["choices"][0]["message"]["content"])


def test_json_mode_fills_the_keys_that_the_prompt_names(web):
    text = "Return JSON with the keys name, city and age (integer).\n\nName: Ada Bell\nCity: York\nAge: 41"
    assert content(json_mode(web, text)) == {"name": "Ada Bell", "city": "York", "age": 41}
    template = 'Reply as JSON: {"name": string, "age": number}\n\nAda Bell is 41 years of age.'
    assert content(json_mode(web, template)) == {"name": "Ada Bell", "age": 41}


def test_json_mode_always_gives_an_object_and_wants_the_word(web):
    assert isinstance(content(json_mode(web, "Hello, JSON please")), dict)
    refused = json_mode(web, "Hello")
    assert refused.status_code == 400 and refused.json()["error"]["param"] == "messages"


# --- refused schemas -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({"type": "object", "properties": {"a": STRING}, "required": ["a"]}, "'additionalProperties' is required"),
        (strict_object(a=STRING) | {"required": []}, "Missing 'a'"),
        ({"type": "array", "items": STRING}, "got 'type: \"array\"'"),
        ({}, "got 'type: \"None\"'"),
        (strict_object(a={"type": "array", "items": STRING, "uniqueItems": True}), "'uniqueItems' is not permitted"),
        (strict_object(a={"oneOf": [STRING, INTEGER]}), "'oneOf' is not permitted"),
        (strict_object(a={"type": "text"}), "'text' is not valid"),
        (strict_object(a={}), "must have a 'type' key"),
        (strict_object(a={"type": []}), "must not be empty"),
        (strict_object(a=False), "is not of type 'object'"),
        (strict_object(a={"type": "array"}), "missing items"),
        (strict_object(a={"$ref": "#/$defs/b"}), "reference can only point"),
        (strict_object(a={"type": "string", "pattern": "(?=x)"}), "regular expression"),
        (strict_object(a={"type": "string", "format": "colour"}), "not a valid format"),
        (strict_object(a=strict_object(b=STRING) | {"required": []}), "context=('properties', 'a')"),
        (strict_object(a={"$ref": "#"}), "no finite value"),
    ],
)
def test_a_schema_that_the_api_refuses_is_400(web, schema, said):
    reply = post(web, schema, "x")
    error = reply.json()["error"]
    assert reply.status_code == 400, reply.text
    assert (error["param"], error["type"]) == ("response_format", "invalid_request_error")
    assert error["message"].startswith("Invalid schema for response_format 'note': ") and said in error["message"]


@pytest.mark.parametrize(
    ("own", "param"),
    [
        ({"schema": strict_object(a=STRING)}, "response_format.json_schema.name"),
        ({"name": "a b", "schema": strict_object(a=STRING)}, "response_format.json_schema.name"),
        ({"name": "a"}, "response_format.json_schema.schema"),
        (None, "response_format.json_schema"),
    ],
)
def test_a_response_format_without_its_parts_is_400(web, own, param):
    form = {"type": "json_schema", "json_schema": own}
    body = {"model": "sim-large", "messages": [{"role": "user", "content": "x"}], "response_format": form}
    reply = web.post(CHAT, json=body, headers=KEY)
    assert (reply.status_code, reply.json()["error"]["param"]) == (400, param)


def test_without_strict_a_looser_schema_is_accepted(web):
    schema = {"type": "object", "properties": {"a": {"oneOf": [INTEGER, STRING]}}, "required": ["a"]}
    assert fill(web, schema, "a: 5", strict=False) == {"a": 5}


def test_a_schema_counts_towards_the_prompt(web):
    body = {"model": "sim-large", "messages": [{"role": "user", "content": "x"}]}
    plain = web.post(CHAT, json=body, headers=KEY).json()["usage"]["prompt_tokens"]
    assert post(web, strict_object(a=STRING), "x").json()["usage"]["prompt_tokens"] > plain + 10


# --- any schema ----------------------------------------------------------------------------------------------------

names = st.sampled_from(["name", "total", "city", "due_date", "is_open", "tags", "kind", "note", "x", "count"])
scalars = st.one_of(
    st.just(STRING),
    st.just(BOOLEAN),
    st.builds(
        lambda low, size: {"type": "integer", "minimum": low, "maximum": low + size},
        st.integers(-50, 50),
        st.integers(0, 9),
    ),
    st.builds(lambda low: {"type": "number", "exclusiveMinimum": low}, st.integers(-9, 9)),
    st.builds(lambda step: {"type": "integer", "multipleOf": step}, st.integers(1, 9)),
    st.builds(
        lambda e: {"type": "string", "enum": e},
        st.lists(st.text("abcde ", min_size=1), min_size=1, max_size=4, unique=True),
    ),
    st.builds(
        lambda e: {"type": ["integer", "null"], "enum": [*e, None]},
        st.lists(st.integers(), min_size=1, max_size=3, unique=True),
    ),
    st.sampled_from([{"type": "string", "format": f} for f in ("date", "time", "date-time", "email", "uuid", "ipv4")]),
    st.sampled_from(
        [{"type": "string", "pattern": p} for p in (r"^\d{3}-[A-Z]+$", "^(a|bc)+$", r"[^\w]{2}", "^x?y{2,4}$")]
    ),
    st.just({"type": "string", "const": "fixed"}),
    st.just({"type": ["string", "null"]}),
    st.just({"$ref": "#/$defs/tree"}),
)
schemas = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.dictionaries(names, inner, max_size=4).map(lambda p: strict_object(**p)),
        st.builds(
            lambda item, low, size: {"type": "array", "items": item, "minItems": low, "maxItems": low + size},
            inner,
            st.integers(0, 2),
            st.integers(0, 2),
        ),
        st.lists(inner, min_size=1, max_size=3).map(lambda options: {"anyOf": options}),
    ),
    max_leaves=8,
)
TREE = strict_object(
    name=STRING,
    children={"type": "array", "items": {"$ref": "#/$defs/tree"}},
    next={"anyOf": [{"$ref": "#/$defs/tree"}, {"type": "null"}]},
)
written = st.lists(
    st.sampled_from(
        [
            "Ana Lima paid 40 euros on 3 May 2024.",
            "name: Bo",
            "total = -7",
            "- 3 pots\n- 4 pans",
            "a@b.example",
            "not open",
            "123-AB",
            "",
            "{",
            '"quoted"',
            "city: ",
        ]
    ),
    max_size=4,
).map("\n".join)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    properties=st.dictionaries(names, schemas, max_size=4),
    text=written,
    model=st.sampled_from(["sim-large", "sim-small"]),
)
def test_the_reply_is_always_valid_against_the_schema(web, properties, text, model):
    schema = strict_object(**properties) | {"$defs": {"tree": TREE}}
    reply = post(web, schema, text, model=model, temperature=1.5, n=2)
    assert reply.status_code == 200, reply.text
    for choice in reply.json()["choices"]:
        value = json.loads(choice["message"]["content"])
        Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(value)


# --- clients -------------------------------------------------------------------------------------------------------


class Mood(StrEnum):
    praise = "praise"
    complaint = "complaint"


class Letter(BaseModel):
    """A letter to the editor."""

    author: str
    mood: Mood
    year: int | None = Field(description="year the author moved to town")


LETTER = "I have lived here since 2009 and I am annoyed: the noise at night is awful and nobody helps! Yours, Tom Baker"


def test_the_sdk_parses_a_pydantic_model(client):
    messages: Any = [{"role": "user", "content": LETTER}]
    parsed = client.chat.completions.parse(model="sim-large", messages=messages, response_format=Letter, temperature=0)
    letter = parsed.choices[0].message.parsed
    assert isinstance(letter, Letter)
    assert (letter.author, letter.mood) == ("Tom Baker", Mood.complaint)
    with client.chat.completions.stream(model="sim-large", messages=messages, response_format=Letter) as stream:
        assert isinstance(stream.get_final_completion().choices[0].message.parsed, Letter)


@pytest.mark.parametrize("method", ["json_schema", "function_calling", "json_mode"])
def test_langchains_structured_output_works_by_every_method(method):
    from langchain_openai import ChatOpenAI

    chat = ChatOpenAI(model="sim-large", base_url=start().url, api_key="workbook", temperature=0)
    ask = (
        LETTER
        if method != "json_mode"
        else f"Return JSON with the keys author, mood (praise | complaint), year (integer).\n\n{LETTER}"
    )
    letter = chat.with_structured_output(Letter, method=method).invoke(ask)
    assert isinstance(letter, Letter) and letter.author == "Tom Baker"


# --- counted ------------------------------------------------------------------------------------------------------

TUNED: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        "The vet saw Biscuit, a 7-year-old beagle owned by Priya Nair, on 14 February 2025. Biscuit weighs 11.4 kg and "
        "is allergic to chicken. The visit cost $95. A follow-up is not needed.",
        {
            "pet_name": STRING,
            "breed": STRING,
            "owner": STRING,
            "weight_kg": NUMBER,
            "visit_date": {"type": "string", "format": "date"},
            "cost": NUMBER,
            "follow_up_needed": BOOLEAN,
            "allergies": {"type": "array", "items": STRING},
        },
        {
            "pet_name": "Biscuit",
            "breed": "beagle",
            "owner": "Priya Nair",
            "weight_kg": 11.4,
            "visit_date": "2025-02-14",
            "cost": 95,
            "follow_up_needed": False,
            "allergies": ["chicken"],
        },
    ),
    (
        "Hi, this is Omar Haddad from Delta Freight. Our shipment DF-20881 left Rotterdam for Santos on Monday with "
        "48 pallets of paint. Two pallets arrived damaged. Please call me on +31 20 555 0199 as soon as you can!",
        {
            "contact_name": STRING,
            "company": STRING,
            "shipment_id": STRING,
            "origin": STRING,
            "destination": STRING,
            "pallets_total": INTEGER,
            "pallets_damaged": INTEGER,
            "phone": {"type": ["string", "null"]},
            "email": {"type": ["string", "null"]},
            "urgency": {"type": "string", "enum": ["low", "high"]},
        },
        {
            "contact_name": "Omar Haddad",
            "company": "Delta Freight",
            "shipment_id": "DF-20881",
            "origin": "Rotterdam",
            "destination": "Santos",
            "pallets_total": 48,
            "pallets_damaged": 2,
            "phone": "+31 20 555 0199",
            "email": None,
            "urgency": "high",
        },
    ),
    (
        "Flat to let in Leith: two bedrooms, 64 square metres, third floor. Rent is 1,150 pounds a month, deposit "
        "1,500 pounds. Available from 1 September. Pets are welcome; smoking is not allowed.",
        {
            "city_area": STRING,
            "bedrooms": INTEGER,
            "size_m2": NUMBER,
            "monthly_rent": NUMBER,
            "deposit": NUMBER,
            "available_from": STRING,
            "pets_allowed": BOOLEAN,
            "smoking_allowed": BOOLEAN,
        },
        {
            "city_area": "Leith",
            "bedrooms": 2,
            "size_m2": 64,
            "monthly_rent": 1150,
            "deposit": 1500,
            "available_from": "1 September",
            "pets_allowed": True,
            "smoking_allowed": False,
        },
    ),
    (
        "Concert review: The Lyra Quartet played Haydn at Hall Nine last night. The sound was dull and I left early, "
        "disappointed. Tickets were 30 euros each.",
        {
            "performer": STRING,
            "venue": STRING,
            "ticket_price": NUMBER,
            "sentiment": {"type": "string", "enum": ["positive", "negative"]},
        },
        {"performer": "Lyra Quartet", "venue": "Hall Nine", "ticket_price": 30, "sentiment": "negative"},
    ),
]


HELD_OUT: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        "On 22 August 2023 the ferry Stella Maris ran aground near Kotor with 134 passengers on board. Captain Ines "
        "Roca said nobody was hurt. The repair will cost about 2.5 million euros.",
        {
            "ship_name": STRING,
            "accident_date": {"type": "string", "format": "date"},
            "location": STRING,
            "passengers": INTEGER,
            "captain": STRING,
            "repair_cost": NUMBER,
            "anyone_injured": BOOLEAN,
        },
        {
            "ship_name": "Stella Maris",
            "accident_date": "2023-08-22",
            "location": "Kotor",
            "passengers": 134,
            "captain": "Ines Roca",
            "repair_cost": 2_500_000,
            "anyone_injured": False,
        },
    ),
    (
        "From: Paul Weiss <paul@weiss.example>\nSubject: Broken dishwasher\n\nHello, the dishwasher WX-550 I bought "
        "from you in May leaks water. Serial number 88-21-904. I would like a refund of 429 euros, not a repair.",
        {
            "sender": STRING,
            "email": STRING,
            "subject": STRING,
            "model": STRING,
            "serial_number": STRING,
            "refund_amount": NUMBER,
            "wants_refund": BOOLEAN,
            "phone": {"type": ["string", "null"]},
            "category": {"type": "string", "enum": ["complaint", "praise", "question"]},
        },
        {
            "sender": "Paul Weiss",
            "email": "paul@weiss.example",
            "subject": "Broken dishwasher",
            "model": "WX-550",
            "serial_number": "88-21-904",
            "refund_amount": 429,
            "wants_refund": True,
            "phone": None,
            "category": "complaint",
        },
    ),
    (
        "Lemon rice (serves 4): cook 300 g rice for 18 minutes, then stir in two lemons, 50 g butter and parsley. "
        "It is vegetarian and costs about 6 dollars.",
        {
            "dish": STRING,
            "servings": INTEGER,
            "cooking_minutes": INTEGER,
            "rice_grams": INTEGER,
            "butter_grams": INTEGER,
            "vegetarian": BOOLEAN,
            "cost": NUMBER,
        },
        {
            "dish": "Lemon rice",
            "servings": 4,
            "cooking_minutes": 18,
            "rice_grams": 300,
            "butter_grams": 50,
            "vegetarian": True,
            "cost": 6,
        },
    ),
    (
        "We are hiring a night nurse in Graz. You work 32 hours a week for 3,100 euros a month, starting 1 October. "
        "Apply to Eva Lang, phone 0316 555 77 12. A driving licence is not required.",
        {
            "job_title": STRING,
            "city": STRING,
            "hours_per_week": INTEGER,
            "salary": NUMBER,
            "start_date": STRING,
            "contact": STRING,
            "licence_required": BOOLEAN,
        },
        {
            "job_title": "night nurse",
            "city": "Graz",
            "hours_per_week": 32,
            "salary": 3100,
            "start_date": "1 October",
            "contact": "Eva Lang",
            "licence_required": False,
        },
    ),
]


def share_right(web: TestClient, cases: Any, model: str) -> float:
    right = []
    for text, properties, wanted in cases:
        found = fill(web, strict_object(**properties), f"Extract the fields from the text.\n\n{text}", model=model)
        rows = [(key, found[key], value) for key, value in wanted.items()]
        print(model, [row for row in rows if row[1] != row[2]])
        right += [found == wanted for _, found, wanted in rows]
    print(f"{model}: {sum(right)} of {len(right)} fields right")
    return sum(right) / len(right)


@pytest.mark.parametrize("cases", [TUNED, HELD_OUT], ids=["tuned", "held_out"])
def test_most_fields_of_four_texts_come_out_right(web, cases):
    assert share_right(web, cases, "sim-large") >= 0.6
    share_right(web, cases, "sim-small")


def test_a_pattern_that_would_take_for_ever_is_given_up(web):
    schema = strict_object(code={"type": "string", "pattern": "^(a+)+$"})
    assert fill(web, schema, "code: " + "a" * 12) == {"code": "a" * 12}
    assert fill(web, schema, "code: " + "a" * 60 + "!")["code"].strip("a") == ""


def test_an_answer_is_looked_for_only_where_a_field_asks_for_one(monkeypatch):
    from helpers.mock_endpoint.skills import fill

    worked = []
    monkeypatch.setattr(fill, "_known", lambda prompt, model: worked.append(1) or {"answer": "yes"})
    known = fill._WorkedOut(("answer",), lambda: fill._known(None, None))
    assert known.get("revenue") is None and not worked
    assert known.get("answer") == "yes" and known.get("answer") == "yes" and worked == [1]
