# ---
# title: "00 · Start here"
# level: 0
# minutes: 15
# worry: "Thirty laptops, a proxy, and no key yet. Can we begin?"
# objectives:
#   - "run a notebook without a key, and see what answered"
#   - "switch between mock, OpenAI, Azure and a local server without touching a notebook"
#   - "read an endpoint's four common errors, and say whom to call"
#   - "set a budget that stops the call which would exceed it"
# data: [endpoint/errors.json]
# ---

# %% [markdown]
# ## The worry
#
# > “It is nine o'clock. Thirty laptops, a proxy, and the keys come this afternoon. And when they come, do we have to
# > change every notebook?”
#
# Click the cell below and press **Shift + Enter**. That runs it and goes on to the next.

# %%
from helpers import connect, load_sample, open_lesson, plots, preflight, show, show_progress

endpoint = connect()
lesson = open_lesson("00_start_here")

# %%
messages = [{"role": "user", "content": "What is a token?"}]
reply = endpoint.client.chat.completions.create(model=endpoint.chat_large, messages=messages)
show.text(f"> {reply.choices[0].message.content}\n\nanswered by `{reply.model}`")

# %% [markdown]
# No key, no network: the answer came from a *mock endpoint* inside this notebook's own process. It speaks OpenAI's
# protocol and computes its replies from your words. Change the question and run the cell again.

# %%
from helpers.dialects import EXAMPLES, wire
from helpers.settings import Settings

rows = [
    {"profile": name, **vars(wire(Settings.from_text(env), messages))}
    for name, env in EXAMPLES.items()
]
show.table(
    rows, caption="The same three lines on other profiles, as they would leave (nothing was sent)"
)

# %% [markdown]
# Another host, another path, another header for the key, and on Azure the *deployment's* name in place of the model's.
# The three lines did not change; a file named `.env` did.

# %%
path = {
    "notebook": "your three lines",
    "client": "key, retries,\ntimeouts",
    "proxy": "your company's,\nif there is one",
    "endpoint": "quota, filter",
    "model": "tokens in,\ntokens out",
}
plots.steps(path, title="The path of a request, and where it can stop")

# %% [markdown]
# ## Is this machine ready?
#
# Each line is a real check; a call where it says so. `workbook doctor` prints the same in a terminal.

# %% tags=["nbval-ignore-output"]
preflight(endpoint)

# %% [markdown]
# ### Exercise 1 · Repair a profile
#
# A colleague sent you this `.env` for Azure. Run the next two cells: the second names what is wrong, one line a setting.
# Mend the text until the check passes. (The key is an example.)

# %% exercise="env_text"
### BEGIN SOLUTION
env_text = """
WORKBOOK_PROFILE=azure
AZURE_OPENAI_ENDPOINT=https://clinic-ai.openai.azure.com
AZURE_OPENAI_API_KEY=example-key
WORKBOOK_CHAT_LARGE=clinic-large
WORKBOOK_EMBEDDING=clinic-search
"""
### STARTER
# env_text = """
# WORKBOOK_PROFILE=azure
# AZURE_OPENAI_ENDPOINT=clinic-ai.openai.azure.com/openai/v1
# AZURE_OPENAI_API_KEY=example-key
# WORKBOOK_CHAT_LARGE=clinic-large
# """
### END SOLUTION

# %%
try:
    print(Settings.from_text(env_text).models)
except ValueError as error:
    print(error)

# %%
lesson.env_text.check()

# %%
# lesson.env_text.hint()       # remove the first "#" of a line to run it
# lesson.env_text.solution()

# %% [markdown]
# ### Exercise 2 · Four errors, four causes
#
# Two of them you can have at once: a wrong key, and a model that does not exist.

# %%
import openai

for change in ({"api_key": "wrong-key"}, {}):
    try:
        client = endpoint.client.with_options(max_retries=0, **change)
        client.chat.completions.create(model="no-such-model", messages=messages)
    except openai.APIStatusError as error:
        print(error.status_code, error.code, "|", error.message)

# %% [markdown]
# The other two need a busy day or a strict filter. Here are samples of all four, in the shapes the providers document.

# %%
import json

samples = load_sample("endpoint/errors.json")
show.side_by_side(
    {f"{e['name']}: {e['status']}": json.dumps(e["headers"] | e["body"], indent=1) for e in samples}
)

# %%
lesson.errors.ask()

# %% exercise="errors"
### BEGIN SOLUTION
errors = {1: "b", 2: "c", 3: "a", 4: "b"}
### STARTER
# errors = {1: ..., 2: ..., 3: ..., 4: ...}  # a letter for each question, such as "a"
### END SOLUTION

# %%
lesson.errors.check()

# %% [markdown]
# ### Exercise 3 · A budget that holds
#
# A loop without an end is how bills happen. Connect with a budget in US dollars that is enough for a few calls, and ask
# until it stops you. Keep the error in `stopped`.

# %% exercise="budget"
from helpers import BudgetExceeded

### BEGIN SOLUTION
careful, stopped = connect(budget_usd=0.05, quiet=True), None
try:
    while True:
        careful.client.chat.completions.create(
            model=careful.chat_large, messages=messages, max_completion_tokens=300
        )
except BudgetExceeded as error:
    stopped = error
### STARTER
# careful = ...  # an endpoint with a budget
# stopped = ...  # the error that ended your loop
### END SOLUTION

# %%
lesson.budget.check()

# %%
# lesson.budget.hint()
# lesson.budget.solution()

# %% [markdown]
# Every endpoint keeps a ledger. This is what the notebook's first one has used until here.

# %%
show.show(endpoint.ledger)

# %% [markdown]
# The call that would have gone over was never sent. Nobody can know a reply's length beforehand, so the budget reckons
# with the limit you set; without one, with an assumed length.

# %% [markdown]
# ## When the key comes
#
# Copy `.env.example` to `.env` beside it, fill in one profile, restart the kernel, run this notebook again. The banner at
# the top will say *live*. Keys stay in `.env`: never in a cell.

# %% [markdown]
# ## Where to go
#
# <!-- index of the lessons -->

# %%
show_progress()
