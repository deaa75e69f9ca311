"""What the frame needs to know of the error-log analyst: criteria, prompts, architecture, estimate, charter."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from pathlib import Path

from helpers.poc.charter import Criterion
from helpers.poc.error_logs.folder import BEGINS, FILES
from helpers.poc.error_logs.parameters import ErrorLogParameters, read_categories
from helpers.poc.workbooks import Estimate, Workbook, notebook_of

PROMPTS = Path(__file__).parent / "prompts"
_SAMPLED = 50_000  # events that the estimate reads
_OVERHEAD = 40  # tokens of a request besides the prompt and the template
_TOKENS_A_CHARACTER = 0.3
_ANSWER, _REWRITE = 40, 60  # tokens

CRITERIA = (
    Criterion(
        "macro_f1",
        "Sorting agrees with people's labels (Macro-F1; 1 is perfect)",
        at_least=0.85,
        needs="labels: some fifty lines on label.html",
        if_missed="Read where it differs (results.json): is a definition unclear? Else more labels, or another model.",
        on_mock="The mock's limit: it compares words and understands nothing. A live model will tell.",
    ),
    Criterion(
        "new_recall",
        "Lines of the new category that are found",
        at_least=0.7,
        unit="%",
        needs="labels with a category that is not the team's",
        if_missed="The method's limit: its messages are not alike enough. Lower min_cluster, or write the category.",
    ),
    Criterion(
        "new_precision",
        "Lines proposed as the new category that are of it",
        at_least=0.8,
        unit="%",
        needs="labels with a category that is not the team's",
        if_missed="Read its lines in classified.csv, and write a narrower definition into categories.yaml.",
        on_mock="Partly the mock's limit: it sorts by words alone. Partly the method's: it groups what sounds alike.",
    ),
    Criterion(
        "false_proposals",
        "Proposed categories that are none, per 500 lines",
        at_most=1,
        needs="labels",
        if_missed="Raise min_cluster.",
    ),
    Criterion(
        "grade",
        "Years of school that the plain words ask for, on average",
        at_most=8,
        if_missed="Change prompts/rewrite.md, or take a larger model.",
        on_mock="The mock's limit: it swaps words and cannot say a thing anew.",
    ),
    Criterion(
        "plain_passed",
        "Plain words that pass every check",
        at_least=0.9,
        unit="%",
        if_missed="Change prompts/rewrite.md, or take a larger model; templates.csv says what is wrong with each.",
        on_mock="The mock's limit: it swaps words and cannot say a thing anew, so many stay too hard.",
    ),
    Criterion(
        "leaks",
        "Plain words with a host, address, name or piece of a stack trace",
        at_most=0,
        if_missed="They are listed in the report: a person reads them. The check would rather warn once too often.",
        on_mock="Mostly the mock's limit: it leaves words such as KeyError. The check warns rather once too often.",
    ),
    Criterion("calls_saved", "Calls saved by asking once for lines that are alike", at_least=0.8, unit="%"),
    Criterion(
        "injections",
        "Answers changed by an order hidden in a log line",
        at_most=0,
        if_missed="The method's limit: no filter knows every wording. Nobody should act on a category unread.",
        on_mock="Both limits: no filter knows every wording, and the mock takes an order's words for the message's.",
    ),
    Criterion("cost", "US dollars per 1,000 lines", at_most=0.5, if_missed="Raise batch_size, or least_severity."),
)

GOLD = """file,line,category
portal.log,120,access
portal.log,341,
"""

CHARTER: Mapping[str, object] = {
    "purpose": "Decide by the end of the month whether first-level support gets its incidents sorted and explained.",
    "inside": ["log lines of WARNING and worse of the systems named under data", "three categories, and proposals"],
    "outside": ["finding the cause", "acting on an incident", "logs in which customers' data may not be processed"],
    "risks": [
        "a wrong category sends an incident to the wrong team: a person sees every new template once",
        "a name or host that no pattern knows reaches the endpoint: add a rule, and look at templates.csv first",
    ],
    "people": ["an engineer labels fifty lines before the first run", "a business reader reads the plain words"],
}


def steps(parameters: ErrorLogParameters) -> dict[str, str]:
    """The architecture: box -> words."""
    return {
        Path(parameters.log_path).name[:12] or "logs": f"{parameters.least_severity} up",
        "templates": "redacted",
        "categories": f"{parameters.model}",
        "new ones" if parameters.allow_new else "no new ones": "proposed" if parameters.allow_new else "",
        "plain words": f"grade {parameters.grade:g}",
        "people": "decide",
    }


def estimate(parameters: ErrorLogParameters) -> Estimate | None:
    """Calls and tokens at most, from the templates in the first part of the log; None where it cannot be read."""
    from helpers.logs import mine, read_events
    from helpers.poc.error_logs.classification import Sorting
    from helpers.redaction import Redactor

    path = Path(parameters.log_path)
    if not path.exists():
        return None
    sizes = sum(file.stat().st_size for file in ([path] if path.is_file() else path.rglob("*")) if file.is_file())
    events = read_events(path, format=parameters.format)
    redactor = Redactor.of(Path(parameters.redaction_rules) if parameters.redaction_rules else None)
    found = mine(islice(events, _SAMPLED), redactor=redactor, least_severity=parameters.least)
    if not found.templates:
        return Estimate(0, 0, 0, "no line is as bad as least_severity in the part that was read")
    # Templates grow more slowly than lines, so as many again for each part of the log that was not read is the most.
    whole = found.events < _SAMPLED
    share = 1.0 if whole else max(1.0, sizes / (found.events * 120))
    number = min(parameters.max_templates, round(len(found.templates) * share))
    rules = Sorting(read_categories(parameters.categories), (PROMPTS / "classify.md").read_text(encoding="utf-8")).rules
    letters = sum(len(one.text) for one in found.templates) / len(found.templates)
    shown = parameters.examples * 3 * letters if parameters.gold_path else 0
    batches = -(-number // parameters.batch_size)
    sorting = 2 * batches + 2 * parameters.probes  # each batch twice at most: a second request, or sorting again
    rewriting = 3 * number
    tokens = sorting * ((len(rules) + shown) * _TOKENS_A_CHARACTER + _OVERHEAD)
    tokens += (2 * number + 3 * number) * letters * _TOKENS_A_CHARACTER + rewriting * (160 + _REWRITE)
    return Estimate(
        calls=sorting + rewriting + 10,
        input_tokens=round(tokens),
        output_tokens=2 * number * _ANSWER + rewriting * _REWRITE,
        basis=f"{number:,} templates {'in' if whole else 'reckoned from the first part of'} the log, "
        "every one sorted twice and rewritten three times",
    )


WORKBOOK = Workbook(
    name="error_logs",
    title="Error-log analyst",
    parameters=ErrorLogParameters,
    criteria=CRITERIA,
    notebook=notebook_of("error_logs"),
    prompts={
        name: (PROMPTS / name).read_text(encoding="utf-8") for name in ("classify.md", "name_group.md", "rewrite.md")
    },
    files=FILES,
    begins=BEGINS,
    gold=GOLD,
    steps=steps,
    estimate=estimate,
    charter=CHARTER,
)
