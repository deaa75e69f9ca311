"""What a team sets to run the error-log analyst on its own logs, and the categories that it sorts into."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import yaml
from pydantic import Field

from helpers.poc.parameters import InputPath, ParameterError, Parameters

NONE = "none of these"  # what a model answers where no category fits; in tables: an empty category


@dataclass(frozen=True)
class Category:
    """One of a team's categories. The definition is what the model goes by, so it says what belongs there."""

    name: str
    definition: str


class ErrorLogParameters(Parameters):
    """Of the error-log analyst."""

    log_path: InputPath = Field("sample_data/logs", description="a log file or a folder of them; .gz is read too")
    format: str = Field(
        "auto", description="of the files: auto, or one of those in the docs", pattern=r"^[a-z0-9_ -]+$"
    )
    categories: InputPath = Field(
        "sample_data/logs/categories.yaml", description="file with the team's categories: a name and a definition each"
    )
    gold_path: InputPath = Field(
        "sample_data/logs/gold.csv", description="labelled lines (file,line,category); empty: there are none yet"
    )
    least_severity: Literal["ALL", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = Field(
        "WARNING",
        description="lines below it are only counted: CRITICAL to DEBUG; ALL: those without one too",
    )
    max_templates: int = Field(
        2000, ge=1, description="templates that are asked about, the most frequent first; the rest is listed as skipped"
    )
    batch_size: int = Field(1, ge=1, le=50, description="templates in one call of the sorting")
    examples: int = Field(
        10, ge=0, le=50, description="labelled templates of each category that the prompt shows; judged on the others"
    )
    allow_new: bool = Field(True, description="whether a template may fit none, and new categories are proposed")
    min_cluster: int = Field(5, ge=2, description="templates that a proposed category has at least")
    audience: str = Field("business users", description="for whom each template is said in plain words")
    language: Literal["en", "pt", "es", "de"] = Field("en", description="of the plain words: en, pt, es or de")
    grade: float = Field(8.0, ge=1, le=18, description="years of school that the plain words ask for at most")
    redaction_rules: InputPath = Field(
        "", description="file with the team's own patterns of what must not leave, as YAML: a name and a pattern each"
    )
    probes: int = Field(
        10, ge=0, le=200, description="templates asked again with a hidden instruction, to see whether it is obeyed"
    )
    label_lines: int = Field(50, ge=1, le=500, description="lines on the page for labelling by hand")

    @property
    def least(self) -> str:
        """The least severity as helpers.logs has it: "" takes lines without one too."""
        return "" if self.least_severity == "ALL" else self.least_severity


def read_categories(path: Path | str) -> tuple[Category, ...]:
    """The team's categories, from a YAML list of {name, definition}. Raises ParameterError that says what is wrong."""
    path = Path(path)
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ParameterError([f"categories: {path} cannot be read: {error}"]) from None
    if isinstance(found, dict) and isinstance(found.get("categories"), list):
        found = found["categories"]
    problems, categories = [], []
    for number, one in enumerate(found if isinstance(found, list) else (), 1):
        name, definition = (str(one.get(key) or "").strip() for key in ("name", "definition")) if _is(one) else ("", "")
        if not name or not definition:
            problems.append(f"categories: number {number} in {path.name} needs a name and a definition")
        elif name.casefold() in {known.name.casefold() for known in categories} or name.casefold() == NONE:
            problems.append(f"categories: {name!r} is there twice, or stands for no category")
        else:
            categories.append(Category(" ".join(name.split()), " ".join(definition.split())))
    if len(categories) < 2 and not problems:
        problems.append(f"categories: {path.name} must hold a list of at least two, each with a name and a definition")
    if problems:
        raise ParameterError(problems)
    return tuple(categories)


def _is(one: object) -> bool:
    return isinstance(one, dict)
