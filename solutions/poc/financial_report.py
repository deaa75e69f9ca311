# ---
# title: "PoC · The financial-report analyst"
# level: 500
# minutes: 45
# worry: "Eleven figures from each annual report, for three companies, by Friday. Who checks them?"
# objectives:
#   - "read a folder of filings into figures, each with the quote on the page that proves it"
#   - "put companies with other currencies, years and names beside each other, and say what does not compare"
#   - "have a model write half a page in which every number is the table's"
#   - "show seconds, tokens and score of two ways to read, and decide by numbers"
# poc: financial_report
# requires: [07_entity_extraction, 08_evaluation]
# ---

# %% [markdown]
# ## The worry
#
# > “Our analysts copy eleven figures from every annual report into a spreadsheet, and write half a page about them. It takes
# > days. Could a model do it? And when the board finds a wrong number: who explains it?”

# %% tags=["parameters"]
# written by the build, from helpers/poc/financial_report/parameters.py

# %%
from helpers import evaluation as evaluations
from helpers import intervals, plots, poc, show
from helpers.poc.financial_report import charts, disagreements, evaluation, extraction, filings
from helpers.poc.financial_report import indicators as indicator_file
from helpers.poc.financial_report import normalisation, parameters, rates, speed, telling, view
from helpers.poc.financial_report import peers as beside
from helpers.poc.financial_report.grounding import check

run = poc.begin("financial_report", globals())
p = run.parameters

# %% [markdown]
# The whole machine first, in four cells: filings in, figures out. Every step of it is opened further down.

# %%
clock = speed.Stopwatch(run)  # the run, and which filing each call was for
documents = filings.read_filings(clock, p)
indicators = indicator_file.read_indicators(run.input_file(p.indicators))

# %%
values = extraction.extract(clock, documents, indicators, p.variant)

# %%
seen = charts.read_charts(clock, documents)
values = charts.with_charts(run, values, charts.values_of(seen, indicators, p.periods))
values = disagreements.without_ambiguous_dollars(values, documents)
proven = [value for value in values if not value.problem]
show.text(f"**{len(proven)} of {len(values)} figures are proven**, from {len(documents)} filings.")

# %%
companies = [p.company, *p.peers]
newest_first = sorted(documents, key=lambda filing: filing.period, reverse=True)
texts = {name: [f.document.text for f in newest_first if f.company == name] for name in companies}
table = normalisation.normalise(
    values,
    indicators,
    companies=companies,
    periods=filings.periods_of(run, documents),
    currency=p.currency,
    rates=rates.Rates.read(run.input_file(p.rates_path)) if p.rates_path else None,
    year_ends=normalisation.year_ends(texts),
    filed={filing.name: filing.period for filing in documents},
)

# %% [markdown]
# Now somebody takes each year from that year's own report. Both numbers of this sentence are printed in filings that were
# signed:

# %%
growths = beside.two_growths(table)
for each in growths[:1]:
    show.text(f"> {each.sentence}")
    show.text(f"- {beside.source(each.base.older[0])}\n- {beside.source(each.cell.sources[0])}")
if not growths:
    show.text("*No filing of this folder restates an earlier year's figure.*")

# %% [markdown]
# Fluent, sourced, and wrong. The line of the later filing gives it away: beside its own year it prints the year before, and
# that is another number now.

# %%
for each in growths[:1]:
    growth = f"The growth is {each.now:.1f}%, not {each.first:.1f}%."
    show.text(f"**{each.base.period} was restated to {each.restated_to}. {growth}**")
with run.section("Restated figures"):
    show.table(beside.restated(table))

# %% [markdown]
# So a quote is not enough: the *newest* filing counts, and the old figure stays in sight. That is one of five things that
# this workbook does between a page and a sentence. Open them one by one.

# %% [markdown]
# ## 1 · What goes in
#
# A model says whose filing it is and of which year; words on its pages have to prove it. What cannot be used is listed, and
# the run goes on.

# %%
with run.section("What went in"):
    show.table(
        [
            {
                "document": f.name,
                "company": f.company,
                "year": f.period,
                "language": f.language,
                "currency": f.currency,
                "company is proven by": f.said_by.get("company", ""),
            }
            for f in documents
        ]
    )
    show.text(f"{len(run.skipped)} remarks on files and pages; they are at the report's end.")

# %% [markdown]
# ## 2 · From pages to figures
#
# The model finds a line and copies it. Code checks that the line stands on that page and holds the value, that the column
# is the right year's, and scales it. What fails is asked again once.

# %%
one = newest_first[0].name  # change me: the name of another filing
columns = ("indicator", "period", "value", "unit", "currency", "page", "quote", "problem")
rows = [
    {name: getattr(value, name) for name in columns} for value in values if value.document == one
]
show.table(
    [{**row, "value": f"{row['value']:,.10g}", "quote": row["quote"][:60]} for row in rows],
    caption=one,
)
file = run.table("indicators", [vars(value) for value in values])

# %%
held = [value for value in values if value.problem]
with run.section("Held back: not proven, used nowhere"):
    show.table(
        [
            {
                "figure": f"{value.document}: {value.indicator} {value.period}",
                "page": value.page,
                "quote": value.quote[:70],
                "why": value.problem,
            }
            for value in held[:15]
        ]
    )
    show.text(f"{len(held)} figures go to a person, with their page and their quote.")

# %% [markdown]
# ## 3 · Is it right?
#
# A quote proves that a number is printed, not that it is the right one. For that people read some filings themselves: the
# gold. Without a gold file this part is empty, and the report says so.

# %%
gold = evaluation.read_gold(run.input_file(p.gold_path), indicators) if p.gold_path else {}
cases = evaluation.cases(values, gold, documents, indicators) if gold else []
scores = evaluation.by_indicator(cases, indicators)
with run.section("Compared with the gold"):
    if cases:
        own = {(filing.name, filing.period) for filing in documents}
        outcomes = {(c.key[0], c.key[2]): c.outcome for c in cases if c.key[:2] in own}
        plots.field_map(outcomes, title="Filings by indicator", source=run.endpoint.label)
        show.table(evaluation.failures_by_trap(cases), caption="What the filings set as traps")

# %%
with run.section("Each indicator against its own threshold"):
    if scores:
        reached = {f"{s.indicator} (from {s.at_least:.0%})": s.accuracy for s in scores}
        plots.intervals(reached, title="Accuracy over filings", source=run.endpoint.label)
    below = [score.indicator for score in scores if not score.met]
    show.text(f"Below their threshold: {', '.join(below) or 'none'}.")

# %% [markdown]
# ## 4 · Beside the peers
#
# Three currencies, two kinds of year, thousands and millions. Ratios are reckoned in a company's own currency; money is
# converted by your own rates file, flows at the average and balances at the closing rate. What does not compare gets no
# rank.

# %%
with run.section("Beside the peers"):
    beside.show_table(table, table.periods[-1])
file = run.table("peers", beside.rows(table))

# %%
with run.section("Beside the peers, over the years"):
    beside.pictures(table, made_with=run.endpoint.label)

# %% [markdown]
# Every cell can be followed to its pages. Take one that you doubt:

# %%
with run.section("Where the newest figures stand"):
    for company in companies:
        show.table(beside.proofs(table, company, table.periods[-1]), caption=company)

# %%
beside.show_trace(table, p.company, table.periods[-1], "ebitda_margin_change")  # change me

# %% [markdown]
# ## 5 · Half a page
#
# The model gets the table as sentences whose figures are names in braces. It chooses, orders and joins; code writes the
# digits. It has no filing to copy from.

# %%
prompt = run.prompt(view.PROMPT)


def ask(messages):
    model = run.endpoint.settings.models[p.model]
    reply = run.endpoint.client.chat.completions.create(
        model=model, messages=messages, max_completion_tokens=900, seed=p.seed
    )
    return reply.choices[0].message.content or ""


def each_paragraph(function, names):
    return run.map(function, names, "writing the view")


# %%
written = view.write(ask, table, p.language, prompt, in_order=each_paragraph)
show.text(f"What the model wrote:\n\n> {written.drafts[0] if written.drafts else '(nothing)'}")

# %%
with run.section("The analyst's view"):
    show.text(written.text or "*Nothing of what the model wrote stands in the table.*")
    if written.cut:
        show.table([{"cut": cut.sentence, "why": cut.why} for cut in written.cut])
title = f"{p.company}, {table.periods[-1]}"
size = (run.folder / "view.md").write_text(written.as_markdown(title), encoding="utf-8")

# %% [markdown]
# Then the finished prose is read again, as if a stranger had written it: every number, in digits or in words, every “rose”
# and “highest” is looked up. Try to get a wrong sentence past it:

# %%
sentences = {  # change me
    "en": "EBITDA margin rose by 1.8%. Net income doubled. Revenue came to about 2.5 billion.",
    "pt": "A margem EBITDA subiu 1,8%. O lucro líquido dobrou. A receita foi de 2,5 bilhões.",
    "es": "El margen EBITDA subió un 1,8%. El resultado neto se duplicó. Los ingresos fueron 2,5 mil millones.",
}
found = check(sentences[p.language], table, p.language)
show.table([{"said": finding.words, "but": finding.problem} for finding in found])

# %% [markdown]
# The check cannot weigh words such as “solid”, and it does not know what the table leaves out. That is the analyst's part.

# %% [markdown]
# ## 6 · Two ways to read
#
# The obvious way: a call for each indicator, with the whole document, one after the other. The other: the pages that name a
# statement's indicators, in one call, several calls at a time. Same prompt, same proof.

# %%
clocks, answers = {p.variant: clock}, {p.variant: values}
for name in (parameters.MANY_LONG, parameters.FEW_SHORT):
    if p.both_variants and name not in clocks:
        clocks[name] = speed.Stopwatch(run)
        answers[name] = extraction.extract(clocks[name], documents, indicators, name)
order = [name for name in (parameters.MANY_LONG, parameters.FEW_SHORT) if name in clocks]
clocks = {name: clocks[name].only("extracting", "asking again") for name in order}

# %%
scored = {}
for name in order:
    compared = evaluation.cases(answers[name], gold, documents, indicators) if gold else []
    scored[name] = evaluation.results(compared, name, run) if gold else None
totals = {name: each.score("right") if each else None for name, each in scored.items()}
with run.section("Two ways to read: seconds, tokens, score"):
    show.table(speed.table(clocks, totals))
    show.text(f"Seconds are {speed.how(run.endpoint.simulated, clocks)}.")

# %%
year, names = speed.newest_year(documents, p.company)
with run.section("One company's year, all its filings"):
    simulated, source = run.endpoint.simulated, run.endpoint.label
    speed.picture(clocks, names, f"{p.company}, {year}", simulated=simulated, source=source)
    show.text(speed.told(clocks, names, f"{p.company}, {year}"))

# %% [markdown]
# What the picture holds is the whole difference: calls that wait for each other, and pages that are read again for each
# indicator. A single filing shows it too:

# %%
with run.section("One filing, from its pages to its figures"):
    one_filing = speed.typical(clocks[p.variant])
    speed.picture(clocks, [one_filing], one_filing, simulated=simulated, source=source)

# %%
comparison = None
if len(order) == 2 and gold:
    comparison = evaluations.compare(
        scored[parameters.FEW_SHORT], scored[parameters.MANY_LONG], "right"
    )
    with run.section("Is the faster way as good?"):
        show.show(comparison)

# %% [markdown]
# ## Go or no-go
#
# What was promised before the run, and what it measured. A bound that is missed is shown red; move it in charter.yaml if it
# was wrong, not after you have seen the figure.

# %%
run.evaluation = evaluation.results(cases, p.variant, run) if cases else None
shares = intervals.share(len(proven), len(values)) if values else None
run.measure("proven", shares, f"{len(held)} of {len(values)} are held back")
run.measure("f1", evaluation.f1(cases) if cases else None, f"{len(cases)} cases" if cases else "")
run.measure("below_threshold", len(below) if cases else None, ", ".join(below))
run.measure(
    "ungrounded", written.ungrounded, f"by the check; {len(written.cut)} sentences were cut"
)
run.measure("view", written.sentences)
run.measure("comparable", beside.comparable_share(table), beside.not_compared(table))
priced = "simulated: the list price of the mock's models" if run.endpoint.simulated else ""
run.measure("usd", run.endpoint.ledger.usd, priced)

# %%
spent = speed.seconds(clocks[p.variant])
allowed = intervals.Interval(
    *(part / p.latency_slo_s for part in (spent.value, spent.low, spent.high))
)
told = f"{spent.value:.1f} of {p.latency_slo_s:g} s; {speed.how(run.endpoint.simulated, clocks)}"
run.measure("seconds", allowed, told)
if comparison is not None:
    run.measure("unchanged", comparison.difference, f"paired, {comparison.n} cases")

# %%
header = ("criterion", "bound", "measured", "standing")
judged = [(j.criterion.text, j.criterion.bound, j.value, j.standing) for j in run.table_of_criteria]
show.table([dict(zip(header, row, strict=True)) for row in judged])

# %%
usd, mock = run.endpoint.ledger.usd, run.endpoint.simulated
run.headline(*telling.headlines(documents, values, table, written, usd=usd, on_mock=mock))
asked = {"held": len(held), "below": below, "cut": len(written.cut), "scored": bool(gold)}
run.headline(*telling.to_decide(**asked, rates=bool(p.rates_path), on_mock=mock))

# %%
# The reader of the report wants the result first, then what it stands on.
first = ["The analyst's view", "Beside the peers", "Beside the peers, over the years"]
first += ["Restated figures", "Where the newest figures stand"]
run.sections.sort(key=lambda part: first.index(part.title) if part.title in first else len(first))
report = run.finish()

# %% [markdown]
# ## Monday, with your own filings
#
# 1. `workbook poc new financial_report my_poc` makes the folder; every file in it says what belongs in it. Fill in
#    charter.yaml first, then company, peers and periods in params.yaml.
# 2. Put filings into `filings/`. `filings.csv` there overrules what the model says of a file.
# 3. indicators.yaml: a definition that a colleague could work by, the names that filings use, a tolerance.

# %% [markdown]
# 4. Ask treasury for rates.csv. Without rates only ratios, growth and heads are compared.
# 5. Two people read ten filings and fill gold.csv. Where they differ, the definition is not clear yet.
# 6. `workbook poc run financial_report -f my_poc/params.yaml`: it tells what it may cost, and can be stopped and resumed.
# 7. On Friday: report.html. Its red lines are the work of the next week; `workbook poc compare` shows what a change did.

# %% [markdown]
# On the mock the seconds are reckoned and the prose is chosen from the facts, not composed. What carries over to a real
# endpoint is the procedure: proof, comparison, check, and the table that decides. docs/poc_financial_report.md has the
# details.
