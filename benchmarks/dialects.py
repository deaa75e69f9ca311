"""Records what OpenAI's and Azure's dialects answer, from our stand-ins, for helpers.dialects and docs/endpoints.md.

Run it after a change of the stand-ins: `workbook bench dialects`. tests/test_dialects.py says when it is due.
"""

import json
import re
import sys
from collections.abc import Iterator

from helpers import dialects
from helpers.connection import causes
from helpers.files import write_atomically
from helpers.mock_endpoint import Behaviour, MockConfig, create_app
from helpers.paths import ROOT

sys.path.insert(0, str(ROOT / "tests"))

from azure_stand_in import KEY, AzureStandIn, served

PAGE = ROOT / "docs" / "endpoints.md"
MARKS = re.compile(r"(<!-- made by `workbook bench dialects`: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
VERSION = "2024-10-21"
HARMFUL = "I will kill him."
CHAT = {"messages": [{"role": "user", "content": "What is a token?"}], "max_completion_tokens": 20}
CASES = {
    "a wrong key": {"key": "wrong"},
    "an unknown model or deployment": {"model": "no-such-model"},
    "an unknown field": {"body": {"temprature": 1}},
    "an unknown api-version": {"version": "2031-01-01"},
    "a harmful prompt": {"body": {"messages": [{"role": "user", "content": HARMFUL}]}},
    "a good prompt": {},
    "a stream's first event": {"body": {"stream": True}},
    "a chat model for embeddings": {"operation": "embeddings", "body": {"input": "hi"}},
    "the quota is used up": {"full": True},
}
# What a program looks at beside status and code, where it tells the cases or the dialects apart.
OWN = ("content_filter_results", "prompt_filter_results", "innererror")
HEADERS = {"the quota is used up": ("retry-after", "retry-after-ms"), "a good prompt": ("x-ratelimit-limit-tokens",)}


def recorded() -> dict[str, dict[str, dict]]:
    """Case -> dialect -> status, fields and headers, an error's body; None where the case cannot be."""
    return {case: {name: _asked(case, name, **how) for name in _APPS} for case, how in CASES.items()}


def _openai(behaviour: Behaviour):
    names = {"gpt-5.4": "sim-large"}
    return create_app(MockConfig(keys=frozenset({KEY}), deployments=names, behaviour=behaviour, seed=2026))


_APPS = {"openai": _openai, "azure": AzureStandIn, "azure, by deployment": AzureStandIn}


def _asked(case, name, key=KEY, model=None, body=None, version=None, operation="chat/completions", full=False):
    import httpx2

    if version and name == "openai":
        return None
    content = {"model": model or ("gpt-5.4" if name == "openai" else "team-large"), **CHAT, **(body or {})}
    if operation == "embeddings":
        content = {"model": content["model"], **(body or {})}
    header = {"api-key": key} if "deployment" in name else {"Authorization": f"Bearer {key}"}
    path = {
        "openai": f"/v1/{operation}",
        "azure": f"/openai/v1/{operation}" + (f"?api-version={version}" if version else ""),
        "azure, by deployment": f"/openai/deployments/{content['model']}/{operation}?api-version={version or VERSION}",
    }[name]
    quota = {"requests_per_minute": 1 if full else 600, "tokens_per_minute": 600_000}
    with served(_APPS[name](Behaviour(content_filter=True, **quota))) as url:
        for _ in range(2 if full else 1):
            response = httpx2.post(url + path, json=content, headers=header, timeout=30)
    first = response.text.partition("\n")[0].removeprefix("data: ")
    reply = json.loads(first)
    fields = [field for field in OWN if f'"{field}"' in first]
    fields += [header for header in HEADERS.get(case, ()) if header in response.headers]
    fields += ["no choices"] if reply.get("choices") == [] else []
    error = _without_times(reply) if response.status_code >= 400 else {}
    return {"status": response.status_code, "fields": fields, "body": error}


def _without_times(body: dict) -> dict:
    return json.loads(re.sub(r"\d+(\.\d+)?(?=m?s[\".])|\d+(?= second)", "N", json.dumps(body)))


def page(text: str) -> str:
    """The page of documentation with its tables made anew."""
    made = {"requests": dialects.requests(langchain=True), "answers": dialects.answers(), "causes": causes.rows()}
    return MARKS.sub(lambda found: found[1] + "\n".join(_markdown(made[found[2]])) + "\n" + found[3], text)


def _markdown(rows: list[dict[str, str]]) -> Iterator[str]:
    yield f"| {' | '.join(rows[0])} |"
    yield "|" + "---|" * len(rows[0])
    yield from (f"| {' | '.join(row.values())} |" for row in rows)


if __name__ == "__main__":
    write_atomically(dialects.ANSWERS, json.dumps(recorded(), indent=1, ensure_ascii=False) + "\n")
    write_atomically(PAGE, page(PAGE.read_text(encoding="utf-8")))
    print(f"{dialects.ANSWERS.relative_to(ROOT)} and {PAGE.relative_to(ROOT)} are written.")
