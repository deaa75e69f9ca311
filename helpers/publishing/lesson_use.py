"""What one run of each lesson asks of a live endpoint, measured: requests and tokens, for each of the three models.

`workbook build` measures it by running the worked notebook on the profile `compatible`, against the offline endpoint
with its log on: so calls that a lesson always makes on the mock are not in it, and samples are as small as live.
`workbook doctor --room` reads it. Tokens are those of the offline endpoint's replies; a model's differ in length.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from helpers.files import write_atomically
from helpers.paths import ROOT

if TYPE_CHECKING:
    from helpers.publishing.source import Source

FILE = "helpers/publishing/lesson_use.json"
ROLES = {"sim-large": "chat-large", "sim-small": "chat-small", "sim-embedding": "embedding"}


def read(root: Path = ROOT) -> dict[str, dict[str, Any]]:
    """Lesson -> {"minutes": as its author planned, "use": {role: {"requests", "input_tokens", "output_tokens"}}}."""
    file = root / FILE
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}


def write(measured: Mapping[str, Mapping[str, Any]], every: list[str], root: Path = ROOT) -> None:
    """Replace what was measured, keep the other lessons in `every`, and forget those that are no more."""
    kept = {name: use for name, use in (read(root) | dict(measured)).items() if name in every}
    write_atomically(root / FILE, json.dumps(dict(sorted(kept.items())), indent=1) + "\n")


def measure(source: Source, notebook: Any, kernel: str, environment: Mapping[str, str]) -> dict[str, Any]:
    """Run the worked notebook once, and count. Raises NotebookFailed."""
    from helpers.mock_endpoint import Behaviour, MockConfig, start
    from helpers.publishing.execution import execute

    with tempfile.TemporaryDirectory() as home:
        log = Path(home) / "log.jsonl"
        config = MockConfig(seed=int(environment["WORKBOOK_MOCK_SEED"]), behaviour=Behaviour(log_file=str(log)))
        with start(config) as endpoint:
            own = {
                "WORKBOOK_HOME": home,
                "WORKBOOK_PROGRESS": f"{home}/progress.json",
                "WORKBOOK_POC_RUN": f"{home}/poc_run",
                "WORKBOOK_PROFILE": "compatible",
                "WORKBOOK_BASE_URL": endpoint.url,
                "WORKBOOK_API_KEY": "workbook",
                **{f"WORKBOOK_{role.upper().replace('-', '_')}": model for model, role in ROLES.items()},
            }
            execute(notebook, kernel_name=kernel, cwd=Path(home), env={**environment, **own})
        lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    return {"minutes": source.front.minutes, "use": counted(json.loads(line) for line in lines)}


def counted(entries: Any) -> dict[str, dict[str, int]]:
    """The log's entries by role. Refused requests count against a quota too; a model of no role counts as the large."""
    use: dict[str, dict[str, int]] = {}
    for entry in entries:
        if entry["method"] != "POST":
            continue
        role = ROLES.get(entry["model"], "chat-large")
        row = use.setdefault(role, {"requests": 0, "input_tokens": 0, "output_tokens": 0})
        row["requests"] += 1
        row["input_tokens"] += entry["input_tokens"]
        row["output_tokens"] += entry["output_tokens"]
    return dict(sorted(use.items()))
