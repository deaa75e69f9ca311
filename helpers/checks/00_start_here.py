"""Exercises of lesson 00: repair a profile, tell four errors apart, set a budget that holds."""

from __future__ import annotations

from helpers.grading import Option, Question, Wrong, exercise, observe, part, quiz, remark
from helpers.ledger import BudgetExceeded
from helpers.settings import Settings, SettingsError

# The neutral one first: clinic-search.
WARDS = ("clinic", "ward", "intake", "night", "notes", "archive", "triage", "surgery", "pharmacy", "records")


@exercise(
    points=3,
    hints=[
        "The cell above the check prints what is wrong, one line a setting, and what to put there.",
        "The endpoint begins with `https://` and ends after `.azure.com`.",
        "Each role needs a deployment: add a line `WORKBOOK_EMBEDDING=` with the name in your colleague's note.",
    ],
    variant={"embedding": [f"{ward}-{use}" for ward in WARDS for use in ("search", "vectors", "embed", "similar")]},
    wrong={
        "no embedding": Wrong(
            'env_text = """WORKBOOK_PROFILE=azure\nAZURE_OPENAI_ENDPOINT=https://clinic-ai.openai.azure.com\n'
            'AZURE_OPENAI_API_KEY=example-key\nWORKBOOK_CHAT_LARGE=clinic-large"""',
            "WORKBOOK_EMBEDDING",
        ),
        "the chat deployment for embeddings": Wrong(
            'env_text = """WORKBOOK_PROFILE=azure\nAZURE_OPENAI_ENDPOINT=https://clinic-ai.openai.azure.com\n'
            'AZURE_OPENAI_API_KEY=example-key\nWORKBOOK_CHAT_LARGE=clinic-large\nWORKBOOK_EMBEDDING=clinic-large"""',
            "no embeddings",
        ),
        "route left in the endpoint": Wrong(
            'env_text = """WORKBOOK_PROFILE=azure\nAZURE_OPENAI_ENDPOINT=https://clinic-ai.openai.azure.com/openai/v1\n'
            'AZURE_OPENAI_API_KEY=example-key\nWORKBOOK_CHAT_LARGE=clinic-large\nWORKBOOK_EMBEDDING=clinic-search"""',
            "AZURE_OPENAI_ENDPOINT",
        ),
        "a deployment that is not there": Wrong(
            'env_text = """WORKBOOK_PROFILE=azure\nAZURE_OPENAI_ENDPOINT=https://clinic-ai.openai.azure.com\n'
            'AZURE_OPENAI_API_KEY=example-key\nWORKBOOK_CHAT_LARGE=clinic-large\nWORKBOOK_EMBEDDING=my-embedding"""',
            "your colleague's note",
        ),
        "another profile": Wrong('env_text = "WORKBOOK_PROFILE=mock"', "azure"),
        "a misspelt profile": Wrong('env_text = "WORKBOOK_PROFILE=azur"', "WORKBOOK_PROFILE"),
        "not a text": "env_text = {'WORKBOOK_PROFILE': 'azure'}",
    },
)
def env_text(env_text, variant):
    "Repair a profile"
    assert isinstance(env_text, str), "`env_text` is the text of a `.env`: lines of NAME=value in quotes."
    with part("every setting is there and right", points=2):
        try:
            settings = Settings.from_text(env_text)
        except SettingsError as error:
            settings, problem = None, error.problems[0]
            observe(your_line=line_of(env_text, problem.field))
        assert settings is not None, f"One setting still keeps it from working. {problem}."
    with part("each role has a deployment on the colleague's resource", points=1):
        observe(your_line=line_of(env_text, "WORKBOOK_PROFILE"))
        assert settings.profile == "azure", f"The profile should still be azure; it is {settings.profile}."
        observe(your_line=line_of(env_text, "AZURE_OPENAI_ENDPOINT"))
        address = "https://clinic-ai.openai.azure.com"
        assert (settings.azure_endpoint or "").rstrip("/") == address, f"The resource's address is still {address}."
        large, embedding = settings.models["chat-large"], settings.models["embedding"]
        observe(your_line=line_of(env_text, "WORKBOOK_CHAT_LARGE"))
        assert large == "clinic-large", "The large chat deployment is still clinic-large."
        observe(your_line=line_of(env_text, "WORKBOOK_EMBEDDING"))
        assert embedding != large, "A chat model makes no embeddings: name the deployment in your colleague's note."
        assert embedding == variant.embedding, (
            f"The deployment for embeddings should be {variant.embedding}, as in your colleague's note."
        )


def line_of(env_text: str, name: str) -> str:
    """The line of a `.env` that sets a name, the last one where there are several."""
    lines = [line.strip() for line in env_text.splitlines() if line.strip().partition("=")[0].strip() == name]
    return lines[-1] if lines else f"(none begins with {name}=)"


errors = quiz(
    "errors",
    points=5,
    title="Errors and causes",
    hints=["Look at the status, then at the code. What would still be wrong if you asked again in a minute?"],
    questions=[
        Question(
            "Error A, 401. What do you do?",
            options=[
                Option("wait and try again", because="The same key is refused again: retries only fill the log."),
                Option(
                    "look at the key and the address in `.env`", right=True, because="A key belongs to one resource."
                ),
                Option("ask for a higher quota", because="Quota has its own status: 429."),
            ],
        ),
        Question(
            "Error B, 404 DeploymentNotFound, although the model exists in the catalogue. Why?",
            options=[
                Option(
                    "the model was retired",
                    because="Then the code speaks of the model; here no deployment has that name.",
                ),
                Option("the network drops the call", because="A 404 is an answer: the service was reached."),
                Option(
                    "`model` must be the deployment's name",
                    right=True,
                    because="On Azure you name what your team deployed.",
                ),
            ],
        ),
        Question(
            "Error C, 429, with a `retry-after-ms` of 12000. What is best?",
            options=[
                Option(
                    "wait twelve seconds, then send it again",
                    right=True,
                    because="It says so; the openai client does it for you.",
                ),
                Option(
                    "send it again at once, ten times", because="Refused calls count too: the wait gets longer for all."
                ),
                Option("make a new key", because="Quota belongs to the deployment: a new key shares it."),
            ],
        ),
        Question(
            "Error D, 400 content_filter. A nurse asked about a wound. What do you do?",
            options=[
                Option("send it again", because="The same text meets the same filter, with the same result."),
                Option(
                    "tell the user, and let the filter's owner look at it",
                    right=True,
                    because="It is a policy, not a fault.",
                ),
                Option("switch to another key", because="The filter belongs to the deployment, not to the key."),
            ],
        ),
        Question(
            "An APIConnectionError, with no status at all. Where do you look?",
            options=[
                Option("at the key", because="Nobody has read it yet: no answer came back."),
                Option(
                    "at the address, the proxy and the certificates",
                    right=True,
                    because="The call did not arrive. `preflight` and your network team know more.",
                ),
                Option("at the quota", because="A quota answers, with status 429."),
            ],
        ),
    ],
)


@exercise(
    points=3,
    hints=[
        '`careful = connect("mock", budget_usd=0.01, quiet=True)` gives an endpoint with a budget.',
        "Before `try:` write `stopped = None`. Inside it `while True:`, and in the loop a call with `careful`.",
        "After it: `except BudgetExceeded as error:` and, indented, `stopped = error`.",
    ],
    wrong={
        "no budget": Wrong('careful, stopped = connect("mock", quiet=True), None', "no budget"),
        "never stopped": Wrong(
            """
careful, stopped = connect("mock", budget_usd=5.0, quiet=True), None
careful.client.chat.completions.create(model=careful.chat_small, messages=messages)
""",
            "Nothing was caught",
        ),
        "nothing could be sent": Wrong(
            """
careful, stopped = connect("mock", budget_usd=0.0, quiet=True), None
try:
    careful.client.chat.completions.create(model=careful.chat_small, messages=messages)
except BudgetExceeded as error:
    stopped = error
""",
            "first call",
        ),
        "the error's text": Wrong(
            """
careful = connect("mock", budget_usd=0.01, quiet=True)
try:
    while True:
        careful.client.chat.completions.create(model=careful.chat_small, messages=messages)
except BudgetExceeded as error:
    stopped = str(error)
""",
            "keep the error itself",
        ),
        "the name that Python deletes": Wrong(
            """
careful = connect("mock", budget_usd=0.01, quiet=True)
try:
    while True:
        careful.client.chat.completions.create(model=careful.chat_small, messages=messages)
except BudgetExceeded as stopped:
    print(stopped)
""",
            "as error",
        ),
        "an error made by hand": Wrong(
            """
careful = connect("mock", budget_usd=5.0, quiet=True)
careful.client.chat.completions.create(model=careful.chat_small, messages=messages)
stopped = BudgetExceeded("enough")
""",
            "the budget itself",
        ),
    },
)
def budget(careful, stopped=None):
    "A budget that holds"
    ledger = getattr(careful, "ledger", None)
    assert ledger is not None, "`careful` should be what `connect(…)` gives back."
    observe(budget=ledger.budget_usd, calls_answered=len(ledger.calls), stopped=stopped)
    with part("there is a budget", points=1):
        assert ledger.budget_usd is not None, "`careful` has no budget: connect(…, budget_usd=0.01) sets one."
    with part("the ledger stopped a call", points=1):
        assert stopped is not None and stopped is not ..., NOTHING_KEPT if ledger.stopped else NOTHING_CAUGHT
        assert not isinstance(stopped, str), "You kept the text; keep the error itself: `stopped = error`."
        assert isinstance(stopped, BudgetExceeded), "`stopped` should be the BudgetExceeded that ended the loop."
        assert ledger.stopped is stopped, "`stopped` should come from the budget itself, not be made by hand."
    with part("before it was sent, and not before the first", points=1):
        assert ledger.calls, "Not even the first call was sent: the budget is too small for one."
        assert ledger.stopped, "The loop should run until the budget stops it."
        remark(f"{len(ledger.calls)} calls were answered. Then: {stopped}")


NOTHING_CAUGHT = (
    "Nothing was caught: no call was stopped. "
    "Does a `while True:` inside `try:` go on sending with `careful` until the budget ends it?"
)
NOTHING_KEPT = (
    "The budget did stop a call, but `stopped` is empty. "
    "Python deletes the name in `except … as stopped`: write `as error`, then `stopped = error`."
)
