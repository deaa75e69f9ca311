# ---
# title: "07 · Structured output and entity extraction"
# level: 200
# minutes: 60
# worry: "Every row of the spreadsheet looks perfect. Which of the numbers are true?"
# objectives:
#   - "make a model fill a schema, and know what that guarantees and what it does not"
#   - "read numbers as filings print them: brackets, thousands, Brazilian commas"
#   - "repair a reply by sending the error back"
#   - "demand a quote and a page for every figure, and check both"
#   - "score an extractor field by field"
# requires: [02_prompts]
# data: [companies/pages.json, companies/filings.json, companies/indicators.yaml, companies/gold.csv, extraction/number_forms.json]
# ---

# %% [markdown]
# ## The worry
#
# > “A model read our annual reports into a spreadsheet. Every cell is filled, every row is tidy. The board found a wrong
# > number in five minutes. Which of the others can we believe?”

# %%
from helpers import artefact, connect, figures, in_parallel, load_sample, open_lesson, plots, show
from pydantic import BaseModel, Field, ValidationError

endpoint = connect()
lesson = open_lesson("07_entity_extraction")
pages, about = load_sample("companies/pages.json"), load_sample("companies/filings.json")
documents = endpoint.sample([name for name in about if not name.endswith(".csv")], 4)
shown = [
    {"filing": name, **{k: about[name][k] for k in ("period", "language", "pages")}}
    for name in documents
]
show.table(
    shown, caption="Filings: what three invented companies publish of their year, as plain text"
)

# %% [markdown]
# A *schema* says what a reply has to look like: which fields, of which type. The endpoint then lets the model write
# nothing else. Ten indicators (an eleventh, utilisation, stands only in pictures), each with a value and a unit, or null:

# %%
INDICATORS = [
    one for one in load_sample("companies/indicators.yaml") if one["name"] != "utilisation"
]
TASK = "Extract the figures of the financial year that the filing reports. Give null for what it does not state."


class Amount(BaseModel):
    value: float
    unit: figures.Unit


# %%
def asked(document):
    """The messages: the task, then the filing with its page numbers, between marks."""
    filing = f"<filing>\n{figures.as_text(pages[document])}\n</filing>"
    return [{"role": "system", "content": TASK}, {"role": "user", "content": filing}]


def read(document, schema):
    """The filing as an object of the schema: one call."""
    reply = endpoint.client.chat.completions.parse(
        model=endpoint.chat_large, messages=asked(document), response_format=schema
    )
    return reply.choices[0].message.parsed


# %%
Values = figures.filing_schema(INDICATORS, record=Amount)
amounts = dict(
    zip(documents, in_parallel(lambda name: read(name, Values), documents, label="filings"))
)
first = documents[0]
valid = sum(isinstance(reply, Values) for reply in amounts.values())
show.text(
    f"**{valid} of {len(documents)} replies are valid**: every field there, every type right. {first}:"
)
printed = [(name, one.value, one.unit) for name, one in amounts[first] if one]
show.table(
    [{"indicator": name, "value": f"{value:.10g}", "unit": unit} for name, value, unit in printed]
)

# %% [markdown]
# An analyst has the right values: the *gold*. Compare each of them with what came back, in single units of the currency.
# *Invented* is a value that the filing does not state.

# %%
GOLD = load_sample("companies/gold.csv")
gold = {name: figures.gold_of(GOLD, name, about[name]["period"]) for name in documents}


def outcomes(found):
    """(filing, indicator) -> right, wrong, missing, invented or rightly none."""
    result = {}
    for name, reply in found.items():
        for field, one in reply:
            value = figures.absolute(one.value, one.unit) if one else None
            result[name, field] = figures.outcome(value, gold[name].get(field))
    return result


# %%
plots.field_map(
    outcomes(amounts), title="Valid replies, compared with the gold", source=endpoint.label
)

# %%
came = list(outcomes(amounts).values())
bad = came.count("wrong") + came.count("invented")
show.text(
    f"**{valid} of {len(documents)} valid, and {bad} of {len(came)} fields wrong or invented.** "
    "No cell of the spreadsheet is marked."
)

# %% [markdown]
# A schema guarantees the form and never the truth. So ask for more than the value: where it stands, and the very words.
# A figure that must show its source can be checked by a program.

# %% [markdown]
# ### Exercise 1 · The record
#
# Write `Figure` with six fields: `value` (a finite number), `unit` (one of `figures.Unit`), `currency` (three capitals, or
# None), `period` (“2024” or “2023/24”), `page` (1 or more) and `quote` (not empty). It refuses other values, and other
# fields.


# %% exercise="Figure"
class Figure(BaseModel):
    """One figure of a filing, with what proves it."""

    ### BEGIN SOLUTION
    model_config = {"extra": "forbid"}
    value: float = Field(allow_inf_nan=False, description="as printed; a loss is negative")
    unit: figures.Unit
    currency: str | None = Field(
        pattern="^[A-Z]{3}$", description="as EUR; null where it is no money"
    )
    period: str = Field(pattern=r"^\d{4}(/\d{2})?$", description="2024 or 2023/24, no letters")
    page: int = Field(ge=1)
    quote: str = Field(min_length=1, description="the line that states it, word for word")
    ### STARTER
    # value: float
    # unit: figures.Unit
    # quote: str
    ### END SOLUTION


# %%
lesson.Figure.check()

# %%
# lesson.Figure.hint()      # remove the first "#" of a line to run it
# lesson.Figure.solution()

# %%
# The lesson goes on with the workbook's own record, figures.Figure: yours may still be open.
Filing = figures.filing_schema(INDICATORS)
found = dict(
    zip(documents, in_parallel(lambda name: read(name, Filing), documents, label="filings"))
)
rows = [(field, one) for field, one in found[first] if one]
show.table(
    [{"indicator": field, **one.model_dump(), "value": f"{one.value:.10g}"} for field, one in rows],
    caption=first,
)

# %% [markdown]
# Now there is something to hold on to. But is the value in its quote? `float` cannot tell: it does not read what filings
# print.

# %%
for text in ("1.234", "2,507.4", "(6.0)", "R$ 1,2 bi"):
    try:
        print(f"{text:>10}", "->", float(text))
    except ValueError as error:
        print(f"{text:>10}", "->", error)

# %% [markdown]
# ### Exercise 2 · Read a number
#
# Write `to_number`. A bracket or a minus before the digits makes it negative; the word after them scales it (the longest
# that fits); no digit gives None. `decimal` is the mark before decimals: “1.234” is 1234 in Portuguese.

# %%
forms = load_sample("extraction/number_forms.json")
show.table(
    [{**form, "value": f"{form['value']:.10g}"} for form in forms[3::4]],
    caption="Ten of the forty forms that the check tries",
)
print("; ".join(f"{word} = {scale:g}" for word, scale in figures.SCALES.items()))

# %% exercise="to_number"
import re


def to_number(text, decimal="."):
    """to_number("R$ 1,2 bi", decimal=",") -> 1200000000.0; percent signs and currencies do not change a number."""
    ### BEGIN SOLUTION
    digits = re.search(r"\d[\d.,'\s]*", text)
    if digits is None:
        return None
    kept = "".join(c for c in digits.group() if c.isdigit() or c == decimal).rstrip(decimal)
    after = text[digits.end() :].lower().lstrip(" )")
    scale = max(
        (word for word in figures.SCALES if re.match(rf"{word}\b", after)), key=len, default=""
    )
    sign = -1 if re.search(r"[(−-]", text[: digits.start()]) else 1
    return sign * float(kept.replace(decimal, ".")) * figures.SCALES.get(scale, 1)
    ### END SOLUTION


# %%
lesson.to_number.check()

# %%
# lesson.to_number.hint()
# lesson.to_number.solution()

# %% [markdown]
# Before the numbers comes the form, and that can fail too. A schema cannot hold every rule of yours, a reply may be cut
# off, and not every endpoint is strict:

# %%
import openai

try:
    endpoint.client.chat.completions.parse(
        model=endpoint.chat_large,
        messages=asked(first),
        response_format=Filing,
        max_completion_tokens=40,  # change me
    )
except openai.LengthFinishReasonError as error:
    print(type(error).__name__, "|", str(error).split(" - ")[0])

# %% [markdown]
# ### Exercise 3 · Repair by the error
#
# `extract` sends the messages with `figures.as_response_format(schema)` and gives back an object of the schema. On a
# ValidationError it asks again, with the bad reply (as the assistant's) and the error's text (as the user's) added, at most
# `retries` times; then it raises.


# %% exercise="extract"
def extract(client, model, messages, schema, retries=2):
    """An object of `schema`, checked by `schema.model_validate_json(text)`. The caller's messages stay as they are."""
    ### BEGIN SOLUTION
    messages = list(messages)
    for left in range(retries, -1, -1):
        reply = client.chat.completions.create(
            model=model, messages=messages, response_format=figures.as_response_format(schema)
        )
        text = reply.choices[0].message.content or ""
        try:
            return schema.model_validate_json(text)
        except ValidationError as error:
            if not left:
                raise
            messages.append({"role": "assistant", "content": text})
            messages.append(
                {"role": "user", "content": f"That does not fit: {error}\nSend it again, whole."}
            )
    ### END SOLUTION


# %%
lesson.extract.check()

# %%
# lesson.extract.hint()
# lesson.extract.solution()

# %% [markdown]
# Repair mends the form. Truth needs another check: look the quote up.

# %% [markdown]
# ### Exercise 4 · Show me the quote
#
# Give back “quote not on page” where the figure's own page does not hold its quote, “value not in quote” where none of the
# quote's numbers is the value, and None where both are fine. Spaces, line breaks and “|” do not count.


# %% exercise="problem"
def problem(figure, pages, decimal="."):
    """Why `figure` is not proven, or None. pages: number -> text. An empty quote proves nothing."""
    ### BEGIN SOLUTION
    quote = figures.squeezed(figure.quote)  # without white space and bars
    if not quote or quote not in figures.squeezed(pages.get(figure.page, "")):
        return "quote not on page"
    if figure.value not in figures.numbers_in(figure.quote, decimal):  # every number of a text
        return "value not in quote"
    return None
    ### STARTER
    # quote = figures.squeezed(figure.quote)  # without white space and bars
    # numbers = figures.numbers_in(figure.quote, decimal)  # every number of a text
    # return None
    ### END SOLUTION


# %%
lesson.problem.check()

# %%
# lesson.problem.hint()
# lesson.problem.solution()

# %% [markdown]
# Now all figures, by your `problem`. It knows only the filing, never the gold. How many of the wrong ones does it stop, and
# how many right ones with them? (None at all: exercise 4 is still open.)

# %%
result, why = outcomes(found), {}
for name, reply in found.items():
    texts = {page["page"]: page["text"] for page in pages[name]}
    for field, one in reply:
        if one:
            why[name, field] = problem(one, texts, figures.decimal_mark(about[name]["language"]))

# %%
wrong = [key for key in why if result[key] != "right"]
caught = [key for key in wrong if why[key]]
alarms = [key for key in why if why[key] and result[key] == "right"]
show.text(
    f"**{len(wrong)} of {len(why)} figures are wrong or invented. “Show me the quote” catches {len(caught)} of them**, "
    f"with {len(alarms)} false alarms. No gold was needed for that."
)

# %%
rows = []
for name, field in caught[:8]:
    one = getattr(found[name], field)
    rows.append(
        {
            "figure": f"{name}: {field}",
            "value": f"{one.value:.10g}",
            "quote": one.quote[:80],
            "said": why[name, field],
        }
    )
show.table(rows, caption="What the quote gave away") if rows else show.text("Nothing was caught.")

# %% [markdown]
# Look at the pairs. On the mock: a sign lost with its brackets, a Brazilian thousand read as a decimal, a line about
# something else. Where the line is right and only the number misread, code reads better:


# %%
def reread(key, one):
    """The quote's own first number, where the value is not in the quote."""
    if one is None or why[key] != "value not in quote":
        return one
    numbers = figures.numbers_in(one.quote, figures.decimal_mark(about[key[0]]["language"]))
    if key[1] == "capital_expenditure":  # cash paid: brackets on the page, positive by definition
        numbers = [abs(number) for number in numbers]
    return one.model_copy(update={"value": numbers[0]}) if numbers else one


mended = {
    name: [(field, reread((name, field), one)) for field, one in reply]
    for name, reply in found.items()
}
before, after = (list(outcomes(each).values()).count("right") for each in (found, mended))
show.text(f"Right before: {before} of {len(why)}. **Read again from their own quotes: {after}.**")

# %% [markdown]
# Let the model find, and let code read, scale and compare. But a value that was read from its quote always passes the
# check, on a wrong line too: so what was caught goes to a person, with its page and its quote.

# %% [markdown]
# ### Exercise 5 · Score it
#
# `found` and `gold` hold a number or None for the same keys. A value is right within `tolerance` (a share of the gold).
# Precision: right ones of those given. Recall: right ones of those there are. Without any: 0.


# %% exercise="score"
def score(found, gold, tolerance=0.002):
    """(precision, recall): score({"a": 1.0, "b": 9.0}, {"a": 1.0, "b": 2.0}) -> (0.5, 0.5)."""
    ### BEGIN SOLUTION
    right = sum(
        value is not None
        and gold[key] is not None
        and abs(value - gold[key]) <= tolerance * abs(gold[key])
        for key, value in found.items()
    )
    given = sum(value is not None for value in found.values())
    there = sum(value is not None for value in gold.values())
    return (right / given if given else 0.0), (right / there if there else 0.0)
    ### END SOLUTION


# %%
lesson.score.check()

# %%
# lesson.score.hint()
# lesson.score.solution()

# %% [markdown]
# *F1* puts both into one number, their harmonic mean. What else moves it? Filings call one thing by many names, and the
# descriptions in our schema list them. Take the names away for the last year, and read again:

# %%
some = [name for name in documents if about[name]["period"] == "FY2025"] or documents[:1]
nameless = [{**one, "synonyms": []} for one in INDICATORS]  # change me: keep some
bare = figures.filing_schema(nameless)
without = dict(zip(some, in_parallel(lambda name: read(name, bare), some, label="filings")))
scores = {
    label: 100
    * figures.f1(*figures.precision_recall(outcomes({name: replies[name] for name in some})))
    for label, replies in {"definition alone": without, "with other names": found}.items()
}
plots.bars(
    {"F1": scores},
    title="What the names in the descriptions are worth",
    unit="F1 of the fields in %",
    source=endpoint.label,
)

# %% [markdown]
# The mock finds a line by its words, so names are worth much to it. A large model knows many of them; measure yours.

# %%
final = outcomes(mended)
plots.field_map(final, title="With names, quotes and a second reading", source=endpoint.label)
precision, recall = figures.precision_recall(final)
show.text(
    f"Precision {precision:.2f}, recall {recall:.2f}, **F1 {figures.f1(precision, recall):.2f}**."
)

# %% [markdown]
# ## Looked right, was wrong
#
# A quote can be true and prove something else. After the second reading each of these values stands in its quote, and is
# not right:

# %%
escaped = [key for key in why if final[key] != "right" and why[key] != "quote not on page"]
rows = [
    {
        "figure": f"{name}: {field}",
        "came": final[name, field],
        "quote": getattr(found[name], field).quote,
    }
    for name, field in escaped
]
show.table(rows) if rows else show.text("This time none did.")

# %% [markdown]
# The line of another figure (dividends paid in all, not for one share), the wrong unit (millions of people), or a rounded
# number. So ask once more: does the quote name what it is to prove?

# %%
names = {one["name"]: [one["name"].replace("_", " "), *one["synonyms"]] for one in INDICATORS}
unnamed = [
    (name, field)
    for name, field in why
    if not any(known.lower() in getattr(found[name], field).quote.lower() for known in names[field])
]
show.text(
    f"The name check holds {len(set(unnamed) & set(escaped))} of these {len(escaped)} back, and "
    f"**{sum(result[key] == 'right' for key in unnamed)} right figures** with them. Those go to a person, not to the bin."
)

# %% [markdown]
# ## The same in LangChain
#
# `with_structured_output` takes the same class. `include_raw` keeps the reply, its tokens and the error, which you need
# for a repair.

# %%
reader = endpoint.chat_model().with_structured_output(Filing, include_raw=True)
answer = reader.invoke(asked(documents[-1]))
print(
    answer["parsed"].revenue,
    answer["parsing_error"],
    answer["raw"].usage_metadata["input_tokens"],
    sep="\n",
)

# %% [markdown]
# ## On OpenAI and Azure
#
# - Strict mode wants every field required: what may be absent is nullable, as `Figure | None`.
# - OpenAI refuses the rule `minLength`, Azure by its guide also `pattern` and `minimum`: `figures.Figure` does not send
#   them; Pydantic checks them in the reply.
# - A refusal comes in `message.refusal`; with `parse`, a cut reply raises LengthFinishReasonError.
# - Cash paid in brackets, rightly given as positive, is a false alarm in exercise 4.

# %% [markdown]
# ## Take it along
#
# The extractor is a schema and a prompt. Both go as files into your `artefacts/`, for the analyst's workbook.

# %%
import json

folder = artefact("07_extractor/prompt.md").parent
(folder / "prompt.md").write_text(TASK + "\n", encoding="utf-8")
schema = json.dumps(figures.as_response_format(Filing), indent=1, ensure_ascii=False)
(folder / "schema.json").write_text(schema + "\n", encoding="utf-8")
sorted(file.name for file in folder.iterdir())

# %% [markdown]
# ## Recap

# %%
lesson.recap.ask()

# %% exercise="recap"
### BEGIN SOLUTION
recap = {1: "b", 2: "b", 3: "c", 4: "a"}
### STARTER
# recap = {1: ..., 2: ..., 3: ..., 4: ...}  # a letter for each question, such as "a"
### END SOLUTION

# %%
lesson.recap.check()

# %%
# lesson.recap.hint()

# %%
lesson.progress()
