# ---
# title: "00 · Start here"
# level: 0
# minutes: 15
# worry: "Thirty laptops, a proxy, and no key yet. Can we begin?"
# objectives:
#   - "run a notebook without a key, and see what answered"
#   - "switch between mock, OpenAI, Azure and a local server without touching a notebook"
#   - "tell an endpoint's common errors apart, and choose the next step"
#   - "set a budget that stops the call which would exceed it"
# data: [endpoint/errors.json]
# ---

# %% [markdown]
# ## The worry
#
# > “It is nine o'clock. Thirty laptops, a proxy, and the keys come this afternoon. And when they come, do we have to
# > change every notebook?”
#
# Click the grey cell below and press **Shift + Enter**. That runs it and goes on to the next.

# %%
from helpers import connect, dialects, load_sample, open_lesson
from helpers import plots, preflight, show, show_progress
from helpers.settings import Settings

endpoint = connect()
lesson = open_lesson("00_start_here")

# %%
messages = [{"role": "user", "content": "What is a token?"}]
reply = endpoint.client.chat.completions.create(model=endpoint.chat_large, messages=messages)
show.text(f"> {reply.choices[0].message.content}\n\nanswered by `{reply.model}`")

# %% [markdown]
# No key, no network: a *mock endpoint* inside this notebook answered. (An endpoint is the address that answers your
# calls.) It computes its replies from your words. Ask “What is a deployment?” instead, and run the cell again.

# %% [markdown]
# Run every cell, from the top: later ones need the earlier ones. The button ■ stops a cell that does not end. You cannot
# break anything: this notebook is your own copy.

# %%
show.table(
    dialects.requests(messages),
    caption="The same call on other profiles, as it would leave this machine (nothing was sent)",
)

# %% [markdown]
# You need this only when you have a key. The profile decides host, path, `model` (on Azure your *deployment's* name) and
# where the key goes, or that no key is needed. Your three lines stay as they are.

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
# Each line is a real check; a call where it says so. `workbook doctor` prints the same in a terminal. In a course, type
# `workbook name "Your Name"` there too: exercises then have names and numbers of your own. The name stays on this machine.

# %% tags=["nbval-ignore-output"]
preflight(endpoint)

# %% [markdown]
# ### Exercise 1 · Repair a profile
#
# A colleague sent you a note, and this `.env` for Azure. Run the next three cells: the last names what is wrong, one line
# a setting. Mend the text until the check passes. (The key is an example.)

# %%
note = lesson.env_text.variant
show.text(f"> “Our deployment for embeddings is called **{note.embedding}**.”")

# %% exercise="env_text"
### BEGIN SOLUTION
env_text = f"""
WORKBOOK_PROFILE=azure
AZURE_OPENAI_ENDPOINT=https://clinic-ai.openai.azure.com
AZURE_OPENAI_API_KEY=example-key
WORKBOOK_CHAT_LARGE=clinic-large
WORKBOOK_EMBEDDING={note.embedding}
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
# ### Exercise 2 · Errors and causes
#
# Three you can cause right now: a wrong key, a model that does not exist, and an address where nobody answers.

# %%
import openai

nobody = "http://127.0.0.1:9/v1"
for change in ({"api_key": "wrong-key"}, {}, {"base_url": nobody}):
    try:
        client = endpoint.client.with_options(max_retries=0, **change)
        client.chat.completions.create(model="no-such-model", messages=messages)
    except openai.OpenAIError as error:
        print(type(error).__name__, error.code, "|", error)

# %% [markdown]
# Others come under heavy use or from a strict filter. Here are samples of four, in the shapes of Azure OpenAI. Read them,
# then answer the questions below.

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
errors = {1: "b", 2: "c", 3: "a", 4: "b", 5: "b"}
### STARTER
# errors = {1: ..., 2: ..., 3: ..., 4: ..., 5: ...}  # a letter for each question, such as "a"
### END SOLUTION

# %%
lesson.errors.check()

# %%
# lesson.errors.hint()

# %%
show.table(
    dialects.answers(), caption="The same troubles in three dialects (recorded from our stand-ins)"
)

# %% [markdown]
# One trouble, several names: test for the status first, then for the code. Only Azure filters by itself, and its streams
# begin with an event that has no choices. Code that reads `choices[0]` falls there.

# %% [markdown]
# ### Exercise 3 · A budget that holds
#
# A loop without an end makes big bills. Connect to the mock with `budget_usd=0.01`, send `messages` in a `while True:`
# loop, catch `BudgetExceeded` and keep the error in `stopped`. (The mock is free; its prices are borrowed.)

# %% exercise="budget"
from helpers import BudgetExceeded

### BEGIN SOLUTION
careful, stopped = connect("mock", budget_usd=0.01, quiet=True), None
try:
    while True:
        careful.client.chat.completions.create(model=careful.chat_large, messages=messages)
except BudgetExceeded as error:
    stopped = error
### STARTER
# careful = ...  # connect("mock", ...) with a budget
# stopped = ...  # the error that ended your loop
### END SOLUTION

# %%
lesson.budget.check()

# %%
# lesson.budget.hint()
# lesson.budget.solution()

# %% [markdown]
# The call that would have gone over was never sent. Nobody knows a reply's length before it is made, so the budget counts
# the limit you set (`max_completion_tokens`), or an assumed length. Each endpoint keeps such a ledger:

# %%
show.show(endpoint.ledger)

# %% [markdown]
# ## When the key comes
#
# In the course's folder, one above `my_work`, copy `.env.example` to `.env` and fill in one profile. Then **Kernel >
# Restart Kernel**, and run this notebook again: the first output says *live*. Keys stay in `.env`, never in a cell.
# Proxy, certificates, sign-in without a key: `docs/endpoints.md`.

# %% [markdown]
# ## Where to go
#
# <!-- index of the lessons -->

# %%
show_progress()
