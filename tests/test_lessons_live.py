"""Every lesson runs against a strict Azure, by both routes, with its exercises solved; and asks what was measured."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest
from azure_stand_in import KEY, AzureStandIn, served

from helpers.mock_endpoint import Behaviour
from helpers.paths import ROOT, SOLUTIONS
from helpers.publishing import lesson_use
from helpers.publishing.execution import execute

ROLES = {"team-large": "chat-large", "team-small": "chat-small", "team-embedding": "embedding"}
LESSONS = sorted(path for path in SOLUTIONS.rglob("[0-9]*.ipynb") if ".ipynb_checkpoints" not in path.parts)
# How far the tokens of a run may be from those that were measured: names of deployments stand in some prompts.
SHARE = 0.1


@pytest.mark.slow
@pytest.mark.parametrize("route", ["v1", "by deployment"])
@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_it_runs_on_azure_and_asks_what_was_measured(
    path: Path,
    route: str,
    tmp_path: Path,
    kernel_name: str,
    notebook_environment: Mapping[str, str],
    record_property,
):
    record_property("notebook", path.relative_to(ROOT).as_posix())
    record_property("engine", f"azure {route}")
    log = tmp_path / "log.jsonl"
    behaviour = Behaviour(content_filter=True, requests_per_minute=6000, tokens_per_minute=6_000_000, log_file=str(log))
    app = AzureStandIn(behaviour)
    with served(app) as url:
        executed = execute(
            path,
            timeout=60,
            kernel_name=kernel_name,
            cwd=tmp_path,
            env={
                **notebook_environment,
                "WORKBOOK_PROFILE": "azure",
                "AZURE_OPENAI_ENDPOINT": url,
                "AZURE_OPENAI_API_KEY": KEY,
                "WORKBOOK_CHAT_LARGE": "team-large",
                "WORKBOOK_CHAT_SMALL": "team-small",
                "WORKBOOK_EMBEDDING": "team-embedding",
                **({"OPENAI_API_VERSION": "2024-10-21"} if route == "by deployment" else {}),
            },
        )
    said = str(executed)
    assert "**azure endpoint**, live" in said and KEY not in said
    measured = lesson_use.read()[path.stem]["use"]
    entries = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    seen = Counter(ROLES[entry["model"]] for entry in entries if entry["model"])
    tokens = sum(entry["input_tokens"] + entry["output_tokens"] for entry in entries)
    assert seen.keys() == measured.keys(), "run `workbook build`"
    # What Azure's gateway refuses did not come as far as the log: a lesson's wrong keys and names. Where its content
    # filter stops a call, an exercise's check ends there, and asks less than it would.
    filtered = sum(entry["status"] == 400 for entry in entries)
    asked = {role: use["requests"] for role, use in measured.items()}
    refused = asked.pop("chat-large", 0) - seen.pop("chat-large", 0)
    assert 0 <= refused <= (measured["chat-large"]["requests"] / 10 if filtered else 2), "run `workbook build`"
    # Two threads may ask for the same embedding before either has it to share.
    assert dict(seen) == pytest.approx(asked, rel=0.25), "run `workbook build`"
    expected = sum(use["input_tokens"] + use["output_tokens"] for use in measured.values())
    assert tokens == pytest.approx(expected, rel=SHARE), "run `workbook build`"
