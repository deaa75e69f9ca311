"""Sample data, and what a lesson leaves behind for the next one. Knows no lesson."""

from __future__ import annotations

import csv
import difflib
import json
from pathlib import Path
from typing import Any

from helpers.paths import SAMPLE_DATA, my_work


def sample_data(name: str) -> Path:
    """Path of a file in sample_data/. Raises FileNotFoundError that names the nearest file there is."""
    path = SAMPLE_DATA / name
    if not path.exists():
        known = [p.relative_to(SAMPLE_DATA).as_posix() for p in sorted(SAMPLE_DATA.rglob("*")) if p.is_file()]
        near = difflib.get_close_matches(name, known, n=1) or known
        raise FileNotFoundError(f"sample_data has no {name!r}. Nearest: {near[0] if near else 'it is empty'}")
    return path


def load_sample(name: str) -> Any:
    """Content of a file in sample_data/: objects for .json and .yaml, lists for .jsonl and .csv (dicts), else text."""
    path = sample_data(name)
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".json":
        return json.loads(text)
    if path.suffix == ".yaml":
        import yaml

        return yaml.safe_load(text)
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    return text


def artefact(name: str) -> Path:
    """Where a lesson keeps what a later one uses, in the learner's own folder; makes the folder."""
    path = my_work() / "artefacts" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
