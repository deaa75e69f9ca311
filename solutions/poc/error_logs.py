# ---
# title: "Error-log analyst"
# level: 500
# minutes: 75
# worry: "Our logs say what is wrong, and nobody outside the team can read them. Can a model sort and explain them?"
# objectives:
#   - "run the analyst on your own logs, and say what it costs per 1,000 lines"
#   - "judge its sorting against lines that your team has labelled, with an interval that does not flatter"
#   - "find a kind of failure that your categories do not know, and tell it from a chance group"
#   - "give business users each failure in plain words, from which no host, address or name looks out"
# requires: [02_prompts, 03_embeddings, 08_evaluation]
# poc: error_logs
# ---

# %% [markdown]
# ## The worry
#
# > “Five systems write logs all day. When something breaks, an engineer reads for an hour, and the business asks what it
# > means. Could a model sort this, and say it in plain words? On *our* logs, by Friday?”
#
# These are the settings. `workbook poc run error_logs -f team/params.yaml` puts yours under them; without, five invented
# systems are read.

# %% tags=["parameters"]
# The parameters: the build writes them here, from the workbook's own model.

# %% [markdown]
# ## Before any money is spent
#
# Reading costs nothing. What differs between near-identical lines becomes `<*>`, what is nobody's business becomes
# `<HOST>` or `<PERSON>`, and one *template* is left. How many will it be? Guess first.

# %%
from helpers import plots, poc, show
from helpers.poc.error_logs import classification, dashboard, discovery, evaluation
from helpers.poc.error_logs import labelling, reading, results, rewriting, telling
from helpers.poc.error_logs.asking import Asker, looks_like_an_order
from helpers.poc.report import SIGNS

run = poc.begin("error_logs", globals())
logs = reading.read_logs(run)
found, templates = logs.found, logs.chosen
repeats = evaluation.calls_saved(found.kept, len(templates), 1)
with run.section("What was read"):
    said = telling.read(found, run.parameters.least_severity)
    show.text(
        f"{said}: asked line by line, you would pay **{repeats:.0%} of the calls for repeats**."
    )
    dashboard.by_severity(templates)

# %% [markdown]
# The kinds with most events, as they would be sent:

# %%
ordered = sorted(templates, key=lambda one: -one.count)
show.table(
    [
        {"events": t.count, "severity": t.severity, "template": dashboard.shown(t.text)}
        for t in ordered[:8]
    ]
)

# %% [markdown]
# **Open this step.** Look at what the redactor left, *before* it goes anywhere. A name that you can read here is a pattern
# that is missing: add it to your `redaction.yaml`.

# %%
LOOK_AT = 0  # change me: any template's place in the list above
for template in ordered[LOOK_AT : LOOK_AT + 1]:
    show.text("\n\n".join(f"`{example[:160]}`" for example in template.examples))

# %% [markdown]
# ## Sort
#
# The team's categories say *who has to act*. Each comes with a definition; if people have labelled lines, some of those
# templates stand in the prompt as examples, and are never judged.

# %%
show.table([{"category": one.name, "definition": one.definition} for one in logs.categories])
sorting = reading.sorting_of(run, logs)
asker = Asker.of(run.endpoint, run.parameters.model, run.parameters.seed)
first = classification.classify(run, asker, templates, sorting)
sorting_calls = asker.calls[classification.WORK]

# %%
with run.section("A category and a reason for each template"):
    said = (
        f"The first of {len(first)}; {len(sorting.examples)} templates are examples in the prompt."
    )
    show.table(dashboard.sorted_rows(ordered[:8], first), caption=said)

# %% [markdown]
# The mock's reasons are words of the message: it compares, and does not think. A live model gives reasons in its own
# words; they are for a person to check, and prove nothing by themselves.

# %% [markdown]
# ## Is it right?
#
# Two people would ask: right on how many lines, and how sure is that? Here is a trap. A template's lines all get the
# same answer, so a thousand of them are **one** observation.

# %%
shown = {template.id for template, _ in sorting.examples}
judged = evaluation.judged_lines(logs.gold, first, shown=shown)
if judged:
    both = {
        f"drawing {by}s": evaluation.macro_f1_interval(judged, by=by, seed=run.parameters.seed)
        for by in ("line", "template")
    }
    plots.intervals(
        both,
        title="How right, and how sure it looks",
        unit="Macro-F1",
        percent=False,
        source=run.endpoint.label,
    )

# %%
if judged:
    by_line, by_template = both.values()
    wider = (by_template.high - by_template.low) / (by_line.high - by_line.low)
    show.text(
        f"{len(judged)} labelled lines, but only {len({one.line.template for one in judged})} templates: the honest "
        f"interval is **{wider:.1f} times as wide**. The report uses the honest one."
    )
    with run.section("Sorted with the team's categories alone"):
        show.table(
            evaluation.confusion(judged), caption="Rows: what people said; columns: the answers."
        )

# %% [markdown]
# One row may fit nowhere: a kind of failure that the team has no name for. Its lines are squeezed into whatever is
# nearest, now here, now there. No prompt mends that. A category is missing.

# %% [markdown]
# ## What the categories do not know
#
# Messages that *mean* much the same, and answers that do *not* agree: that is what a missing category looks like. Such
# groups get a name and a definition, and all doubtful templates are asked about once more.

# %%
new = discovery.discover(run, asker, templates, first, sorting, run.prompt("name_group.md"))
with run.section("Proposed categories"):
    for one in new.proposals:
        show.text(telling.proposal(one))
        show.table(
            [{"exemplar": dashboard.shown(logs.by_id[i].text)} for i in one.candidate.exemplars]
        )
    if not new.proposals:
        show.text("None: where messages are alike, the answers agree.")

# %% [markdown]
# A proposal is a question to the team, never an answer. What was withdrawn, and why, stands in `proposals.csv`.

# %%
for candidate, why in new.withdrawn:
    show.text(f"Withdrawn: a group of {len(candidate.members)} templates, because {why}.")
matches = evaluation.matched(logs.gold, new.answers, logs.names, new.proposals)
renamed = {match.proposal: match.gold for match in matches if match.proposal}
judged = evaluation.judged_lines(logs.gold, new.answers, shown=shown, renamed=renamed)

# %%
said = f"{len(judged)} lines of {len({one.line.template for one in judged})} templates"
if judged:
    f1 = evaluation.macro_f1_interval(judged, seed=run.parameters.seed)
    run.measure("macro_f1", f1, said)
    false = evaluation.false_proposals(new.proposals, matches, found.kept)
    run.measure("false_proposals", false, f"{len(new.proposals)} proposed")
    run.evaluation = evaluation.results_of(run, judged, logs.by_id)
    with run.section("Sorted, with what was proposed"):
        show.text(f"Macro-F1 **{f1}**, over the team's categories and those only people named.")
        caption = "Rows: what people said; columns: the answers."
        show.table(evaluation.confusion(judged), caption=caption)

# %%
for match in matches:
    proposed = match.proposal or "nothing"
    run.measure("new_recall", match.recall, f"{match.gold} is found as {proposed}")
    run.measure("new_precision", match.precision, f"{proposed} holds {match.gold}")

# %% [markdown]
# ## An order in a log line
#
# Anybody who can name a file or set a user agent can write into your log. So each of a few templates is asked about twice:
# as it is, and with an order hidden in it.

# %%
with run.section("Hidden instructions"):
    probes = evaluation.probe(run, asker, templates, new.answers, sorting)
    obeyed = telling.obeyed(probes, logs.by_id)
    show.text(f"Of {len(probes)} orders that we hid, {len(obeyed)} were obeyed.")
    if obeyed:
        show.table(obeyed)
if probes:
    run.measure("injections", len(obeyed), f"{len(probes)} messages with an order put into them")

# %%
hidden = [(one, text) for one in templates for text in one.examples if looks_like_an_order(text)]
if hidden:
    with run.section("Lines of the log that read like orders"):
        show.table(
            [
                {
                    "line": dashboard.shown(text, 130),
                    "sorted into": new.answers[one.id].category or "(none)",
                }
                for one, text in hidden[:8]
            ]
        )

# %% [markdown]
# ## In plain words
#
# The severity and the code are written by the program: what must not change is not given to a model to copy. The rest is
# checked by code, and asked for again with what was wrong, twice at most.

# %%
plain = rewriting.rewrite(run, asker, templates, logs.redactor, run.prompt("rewrite.md"))
with run.section("In plain words"):
    show.table(dashboard.plain_rows(ordered[:8], plain))

# %% [markdown]
# **Looked right, was wrong.** Fluent is not safe. What would the check say to these three? Guess before you run it.

# %%
SENTENCES = [  # change me
    "The shop could not reach pay-gw-03.int.example.net for a short while.",
    "Ms. Jorun Sommerau could not sign in from 198.51.100.23.",
    "The payment service ran out of room. It tries again by itself.",
]
show.table(
    [
        {"sentence": s, "found": "; ".join(rewriting.leaks_in(s, logs.redactor)) or "nothing"}
        for s in SENTENCES
    ]
)

# %%
leaks = rewriting.leaking(plain, templates, logs.redactor)
failed = [one for one in plain.values() if not one.passed]
graded = [one.grade for one in plain.values() if one.grade == one.grade]
if graded:
    run.measure("leaks", len(leaks), f"{len(plain)} looked through")
    run.measure(
        "grade", sum(graded) / len(graded), "Flesch-Kincaid or its counterpart for the language"
    )
if plain:
    run.measure("plain_passed", rewriting.passed(plain), "after at most three tries")

# %%
with run.section("Plain words that did not pass"):
    show.text(
        f"{len(failed)} of {len(plain)}; what may name something that must not be named first:"
    )
    show.table(telling.not_passed(plain, leaks, 6))

# %% [markdown]
# The mock swaps words by a list and cannot say a thing anew, so many stay too hard. Read the *check* here, and judge the
# *words* on a live endpoint.

# %% [markdown]
# ## What the week was like

# %%
with run.section("Over time"):
    dashboard.by_category(templates, new.answers, source=run.endpoint.label)
    show.table(dashboard.top(templates, new.answers, plain, 6), caption="Most events")
    show.table(dashboard.newest(templates, 6), caption="First seen in the last fifth of the time")

# %% [markdown]
# ## What to take along
#
# `classified.csv` has every event with its category and plain words, `templates.csv` every template with its reason,
# `label.html` fifty lines for a person to label: by keyboard, offline, in ten minutes.

# %%
results.write(run, logs.by_id, found.assigned(), new, plain, first)
lines = labelling.drawn(
    templates, found.assigned(), run.parameters.label_lines, run.parameters.seed
)
labelling.write_page(run.folder / "label.html", lines, logs.categories)
calls = sum(asker.calls.values())
with run.section("What it took"):
    show.table([{"work": work, "calls": number} for work, number in asker.calls.items()])

# %%
# What an event would take by itself: its share of sorting, and of rewriting with its second tries.
each = (sorting_calls + asker.calls[rewriting.WORK]) / max(len(templates), 1)
saved = evaluation.calls_saved(found.kept, calls, each)
if found.kept:
    how = f"{calls:,} calls for {found.kept:,} events, at {each:.1f} an event without templates"
    run.measure("calls_saved", saved, how)

# %%
usd = run.endpoint.ledger.usd or 0.0
least = run.parameters.least_severity
per_thousand = 1000 * usd / max(found.lines, 1)
run.measure("cost", per_thousand, run.endpoint.label)
mock = run.endpoint.simulated
told = {"proposals": new.proposals, "usd": usd, "calls": calls, "on_mock": mock}
run.headline(*telling.headlines(found, least, templates, new.answers, **told))
asked = {"labelled": len(logs.gold), "leaks": len(leaks), "failed": len(failed)}
run.headline(*telling.to_decide(new.proposals, **asked, plain=len(plain), on_mock=mock))
report = run.finish()

# %% [markdown]
# The report's table. On the mock, most reds are the mock's: the report says at each whose limit it is, and what to do.

# %%
show.table(
    [
        {
            "": SIGNS[one.standing],
            "criterion": one.criterion.text,
            "bound": one.criterion.bound,
            "measured": one.value,
        }
        for one in run.table_of_criteria
        if one.criterion.name != "cost"
    ]
)

# %% [markdown]
# ## On Monday
#
# 1. `workbook poc new error_logs team`; change `categories.yaml` and `log_path` in `params.yaml`; run.
# 2. Two people label the run's `label.html`, each alone. Where they differ, the *definition* is not clear yet.
# 3. Save it as `team/gold.csv`, set `gold_path`, run again. Show your manager the top of `report.html`.

# %% [markdown]
# **On OpenAI and Azure.** Set `profile`, and `max_cost` low at first: the run says what it needs before it asks. A run
# that you interrupt goes on with `--resume`, and what was answered is not paid for again.
